"""The world is what its configuration says: independent factors, labels, hidden words, seeds."""

from dataclasses import replace

import numpy as np
import pytest

from embexp.data import tokenize
from embexp.data.describe import describe
from embexp.errors import InputError
from embexp.synthetic import World, WorldConfig, load_corpus, make_world
from embexp.synthetic.texts import labelled_corpus, unlabelled_texts
from embexp.synthetic.world import NEGATOR

SMALL = WorldConfig(words=600, topics=6, texts=600)


@pytest.fixture(scope="module")
def small() -> World:
    return make_world(SMALL)


def of_word(made: World, truth: np.ndarray) -> dict[str, int]:
    return dict(zip(made.words, truth.tolist(), strict=True))


def test_topic_and_polarity_are_independent_exactly(small):
    table = np.array(
        [[((small.topic == t) & (small.polarity == p)).sum() for p in (-1, 0, 1)] for t in range(6)]
    )
    assert (table == table[0]).all()
    assert table[0][0] == table[0][2] > 0
    assert len(small.words) == len(set(small.words)) == 600
    assert not small.polarity[small.topic < 0].any()


def test_synonyms_share_both_and_antonyms_the_topic_only(small):
    topic, polarity = of_word(small, small.topic), of_word(small, small.polarity)
    relations = small.relations()
    for a, b, synonym in zip(relations.words1, relations.words2, relations.synonyms, strict=True):
        assert topic[a] == topic[b]
        assert polarity[a] == (polarity[b] if synonym else -polarity[b])
        assert synonym or polarity[a]
    polar = relations.polar(small.lexicon())
    assert 0 < (~relations.synonyms).sum() == (~polar.synonyms).sum()
    assert polar.synonyms.sum() < relations.synonyms.sum()


def test_similarity_scores_the_topic_and_knows_nothing_of_polarity(small):
    topic, polarity = of_word(small, small.topic), of_word(small, small.polarity)
    pairs = small.similarity(4000)
    same = [topic[a] == topic[b] for a, b in zip(pairs.words1, pairs.words2, strict=True)]
    assert same == pairs.scores.astype(bool).tolist()
    assert all(a != b for a, b in zip(pairs.words1, pairs.words2, strict=True))
    alike = np.array(
        [polarity[a] * polarity[b] for a, b in zip(pairs.words1, pairs.words2, strict=True)]
    )
    assert abs(np.corrcoef(alike, pairs.scores)[0, 1]) < 4 / np.sqrt(4000)


def test_questions_go_from_positive_to_negative(small):
    topic, polarity, concept = (
        of_word(small, truth) for truth in (small.topic, small.polarity, small.concept)
    )
    for a, b, c, d in small.questions(50).words:
        assert (polarity[a], polarity[b], polarity[c], polarity[d]) == (1, -1, 1, -1)
        assert topic[a] == topic[b] != topic[c] == topic[d]
        assert (concept[a], concept[c]) == (concept[b], concept[d])


def said(made: World, text: str) -> int:
    """The polarity that a text's words say, negation heeded."""
    polarity, total, sign = of_word(made, made.polarity), 0, 1
    for word in text.split():
        total += sign * polarity[word]
        sign = -1 if word == NEGATOR else 1
    return total


def test_labels_follow_polarity_or_by_the_configuration_the_topic(small):
    topic = of_word(small, small.topic)
    for share, by_polarity, by_topic in ((0.0, 1.0, 0.5), (1.0, 0.5, 1.0), (0.5, 0.75, 0.75)):
        made = make_world(
            replace(SMALL, topic_label=share, noise=0.0, agreement=1.0, focus=1.0, texts=1200)
        )
        part = labelled_corpus(made).splits["train"]
        told = np.array([said(made, text) > 0 for text in part.texts])
        half = np.array([max(topic[word] for word in text.split()) < 3 for text in part.texts])
        assert np.mean(told == part.labels) == pytest.approx(by_polarity, abs=0.06)
        assert np.mean(half == part.labels) == pytest.approx(by_topic, abs=0.06)
        assert np.mean(told == half) == pytest.approx(0.5, abs=0.06)


def test_noise_turns_labels_and_negation_turns_words(small):
    made = make_world(replace(SMALL, noise=0.2, agreement=1.0, negation=0.3))
    part = labelled_corpus(made).splits["train"]
    told = np.array([said(made, text) > 0 for text in part.texts])
    assert np.mean(told == part.labels) == pytest.approx(0.8, abs=0.06)
    tokens = [word for text in part.texts for word in text.split()]
    polarity = of_word(made, made.polarity)
    polar = sum(polarity[word] != 0 for word in tokens)
    assert tokens.count(NEGATOR) / polar == pytest.approx(0.3, abs=0.03)
    unnegated = labelled_corpus(make_world(replace(SMALL, negation=0.0))).splits["train"]
    assert all(NEGATOR not in text.split() for text in unnegated.texts)


def test_some_synonyms_are_seen_in_the_test_split_only(small):
    splits = labelled_corpus(small).splits
    seen = {
        name: {word for text in split.texts for word in text.split()}
        for name, split in splits.items()
    }
    hidden = {small.words[i] for i in np.flatnonzero(small.hidden)}
    assert hidden
    assert not hidden & (seen["train"] | seen["validation"])
    assert len(hidden & seen["test"]) > len(hidden) / 3
    assert hidden <= {word for text in unlabelled_texts(small, 3000) for word in text.split()}
    firsts = {small.words[i] for i in np.flatnonzero(small.synonym == 0)}
    assert not hidden & firsts


def test_words_fall_off_by_zipf(small):
    counts = dict.fromkeys(small.words, 0)
    for text in unlabelled_texts(small, 4000):
        for word in text.split():
            counts[word] += 1
    group = np.flatnonzero((small.topic == 2) & (small.polarity == 1))
    found = np.array([counts[small.words[i]] for i in group])
    expected = 1 / np.arange(1, len(group) + 1)
    assert found / found.sum() == pytest.approx(expected / expected.sum(), abs=0.02)


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_unlabelled_text_shows_polarity_by_cooccurrence(share):
    made = make_world(replace(SMALL, cooccurrence=share, negation=0.0))
    polarity = of_word(made, made.polarity)
    together = []
    for text in unlabelled_texts(made, 1500):
        signs = np.array([polarity[word] for word in text.split() if polarity[word]])
        if len(signs) > 1:
            together.append((signs.sum() ** 2 - len(signs)) / (len(signs) * (len(signs) - 1)))
    assert np.mean(together) == pytest.approx(share, abs=0.05)


def test_a_seed_makes_the_same_world_and_another_seed_another(small):
    again, other = (
        labelled_corpus(make_world(config)) for config in (SMALL, replace(SMALL, seed=1))
    )
    assert again.checksum == labelled_corpus(small).checksum != other.checksum
    assert again.splits["test"].texts == labelled_corpus(small).splits["test"].texts
    assert unlabelled_texts(make_world(SMALL), 5) == unlabelled_texts(small, 5)
    table = small.vectors(topic=1.0, seed=3).table
    assert (table == make_world(SMALL).vectors(topic=1.0, seed=3).table).all()
    assert not (table == small.vectors(topic=1.0, seed=4).table).any()


def test_it_is_a_named_data_set_whose_words_survive_tokenising():
    corpus = load_corpus("world:words=300,topics=4,texts=200,seed=2")
    assert corpus.labels == ("negative", "positive")
    assert {name: len(split) for name, split in corpus.splits.items()} == {
        "train": 160,
        "validation": 20,
        "test": 20,
    }
    assert all(tokenize(text) == text.split() for text in corpus.splits["train"].texts)
    assert set(describe(corpus)["duplicates"].values()) == {0}
    assert abs(corpus.splits["train"].labels.mean() - 0.5) < 0.1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("world:word=9", "did you mean 'words'"),
        ("world:words=many", "words must be a whole number, not 'many'"),
        ("world:noise=2", "noise must be a share"),
        ("world:words=50,topics=20", "leave no polar concept"),
        ("world:synonyms=1", "needs two synonyms"),
        ("world:topics=1", "topics must be 2 to 10000"),
    ],
)
def test_settings_that_make_no_world(name, message):
    with pytest.raises(InputError, match=message):
        load_corpus(name)


@pytest.mark.slow
def test_a_hundred_thousand_words():
    made = make_world("world:words=100000,topics=100")
    assert len(made.words) == 100_000
    assert len(labelled_corpus(made).splits["train"]) == 3200


def test_vectors_hold_what_they_are_told_to(small):
    def closeness(**parts: float) -> tuple[float, float, float]:
        unit = small.vectors(**parts).table[small.polarity != 0]
        unit = unit / np.linalg.norm(unit, axis=1, keepdims=True)
        topic, sign, concept = (
            truth[small.polarity != 0] for truth in (small.topic, small.polarity, small.concept)
        )
        cosine, off = unit @ unit.T, ~np.eye(len(unit), dtype=bool)
        same_topic, same_sign = topic[:, None] == topic, sign[:, None] == sign
        pair = same_topic & ~same_sign & (concept[:, None] == concept)
        return tuple(
            float(cosine[mask & off].mean() - cosine[~mask & off].mean())
            for mask in (same_topic, same_sign, pair)
        )

    assert closeness() == pytest.approx((0, 0, 0), abs=0.02)
    told = closeness(topic=1.0)
    assert told[0] == pytest.approx(0.5, abs=0.05)
    assert told[1] == pytest.approx(0, abs=0.02)
    told = closeness(polarity=1.0)
    assert told[:2] == pytest.approx((0, 1), abs=0.02)
    assert closeness(pair=1.0)[2] == pytest.approx(0.5, abs=0.05)


def test_a_world_is_described_with_its_configuration():
    facts = describe(load_corpus("world:words=300,topics=5,texts=100"))
    config = WorldConfig(words=300, topics=5, texts=100)
    assert facts["from"] == f"made by embexp.synthetic from {config}"
    assert "words=300,topics=5,seed=0" in facts["from"]
    assert facts["rows"] == {"train": 80, "validation": 10, "test": 10}
    assert WorldConfig.parse(f"world:{WorldConfig(words=300, seed=4)}") == WorldConfig(
        words=300, seed=4
    )


def test_other_names_are_those_of_named_data_sets_and_files(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text("words,label\n" + "".join(f"text {i},{i % 2}\n" for i in range(20)))
    assert load_corpus(path, text="words").splits["train"].texts[0].startswith("text")
    with pytest.raises(InputError, match="did you mean 'imdb'"):
        load_corpus("imdbb")
    with pytest.raises(InputError, match="'world:seed=1' has no columns"):
        load_corpus("world:seed=1", text="words")


CHECKSUMS = {
    "": "309e38893fa30e47d85054265c9075f544d9b2fbddb67f4f3b92708ff75bb18e",
    "words=500,texts=2000": "ef07bddcfff318f6b94836c55e1b2e8c580dc57161e84c8fa0efabda8820435f",
    "words=300,topics=4,texts=200,seed=2": (
        "5bc068c24cada1e53bc044f31cb29357666c565a42c9afea75223c50c7cfd44d"
    ),
}
"""Checksums of worlds as they were when results on worlds were first published."""


@pytest.mark.parametrize("settings", CHECKSUMS)
def test_a_name_stands_for_the_same_texts_for_ever(settings):
    assert load_corpus(f"world:{settings}").checksum == CHECKSUMS[settings]
