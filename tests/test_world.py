"""The world is as it says: independent factors, labels by the dials, words unseen in
training, the same for a seed."""

import contextlib
from dataclasses import asdict, replace

import numpy as np
import pytest

from embexp import cli
from embexp.data import describe, load_corpus, tokenize
from embexp.data.world import NEGATOR, Dials, World, world
from embexp.errors import InputError

SMALL = Dials(words=600, topics=6, texts=600)


@pytest.fixture(scope="module")
def small() -> World:
    return world(SMALL)


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


def test_labels_follow_polarity_or_by_the_dial_the_topic(small):
    topic = of_word(small, small.topic)
    for dial, by_polarity, by_topic in ((0.0, 1.0, 0.5), (1.0, 0.5, 1.0), (0.5, 0.75, 0.75)):
        made = world(
            replace(SMALL, topic_label=dial, noise=0.0, agreement=1.0, focus=1.0, texts=1200)
        )
        part = made.corpus().splits["train"]
        told = np.array([said(made, text) > 0 for text in part.texts])
        half = np.array([max(topic[word] for word in text.split()) < 3 for text in part.texts])
        assert np.mean(told == part.labels) == pytest.approx(by_polarity, abs=0.06)
        assert np.mean(half == part.labels) == pytest.approx(by_topic, abs=0.06)
        assert np.mean(told == half) == pytest.approx(0.5, abs=0.06)


def test_noise_turns_labels_and_negation_turns_words(small):
    made = world(replace(SMALL, noise=0.2, agreement=1.0, negation=0.3))
    part = made.corpus().splits["train"]
    told = np.array([said(made, text) > 0 for text in part.texts])
    assert np.mean(told == part.labels) == pytest.approx(0.8, abs=0.06)
    tokens = [word for text in part.texts for word in text.split()]
    polarity = of_word(made, made.polarity)
    polar = sum(polarity[word] != 0 for word in tokens)
    assert tokens.count(NEGATOR) / polar == pytest.approx(0.3, abs=0.03)
    unnegated = world(replace(SMALL, negation=0.0)).corpus().splits["train"]
    assert all(NEGATOR not in text.split() for text in unnegated.texts)


def test_some_synonyms_are_seen_in_the_test_split_only(small):
    splits = small.corpus().splits
    seen = {
        name: {word for text in split.texts for word in text.split()}
        for name, split in splits.items()
    }
    hidden = {small.words[i] for i in np.flatnonzero(small.hidden)}
    assert hidden
    assert not hidden & (seen["train"] | seen["validation"])
    assert len(hidden & seen["test"]) > len(hidden) / 3
    assert hidden <= {word for text in small.unlabelled(3000) for word in text.split()}
    firsts = {small.words[i] for i in np.flatnonzero(small.synonym == 0)}
    assert not hidden & firsts


def test_words_fall_off_by_zipf(small):
    counts = dict.fromkeys(small.words, 0)
    for text in small.unlabelled(4000):
        for word in text.split():
            counts[word] += 1
    group = np.flatnonzero((small.topic == 2) & (small.polarity == 1))
    found = np.array([counts[small.words[i]] for i in group])
    expected = 1 / np.arange(1, len(group) + 1)
    assert found / found.sum() == pytest.approx(expected / expected.sum(), abs=0.02)


@pytest.mark.parametrize("dial", [0.0, 1.0])
def test_unlabelled_text_shows_polarity_by_the_dial(dial):
    made = world(replace(SMALL, cooccurrence=dial, negation=0.0))
    polarity = of_word(made, made.polarity)
    together = []
    for text in made.unlabelled(1500):
        signs = np.array([polarity[word] for word in text.split() if polarity[word]])
        if len(signs) > 1:
            together.append((signs.sum() ** 2 - len(signs)) / (len(signs) * (len(signs) - 1)))
    assert np.mean(together) == pytest.approx(dial, abs=0.05)


def test_a_seed_makes_the_same_world_and_another_seed_another(small):
    again, other = world(SMALL).corpus(), world(replace(SMALL, seed=1)).corpus()
    assert again.checksum == small.corpus().checksum != other.checksum
    assert again.splits["test"].texts == small.corpus().splits["test"].texts
    assert world(SMALL).unlabelled(5) == small.unlabelled(5)
    table = small.vectors(topic=1.0, seed=3).table
    assert (table == world(SMALL).vectors(topic=1.0, seed=3).table).all()
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
    assert set(corpus.duplicates().values()) == {0}
    assert abs(corpus.splits["train"].labels.mean() - 0.5) < 0.1


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("world:word=9", "did you mean 'words'"),
        ("world:words=many", "words is a whole number, not 'many'"),
        ("world:noise=2", "noise is a share"),
        ("world:words=50,topics=20", "leave no polar concept"),
        ("world:synonyms=1", "needs two synonyms"),
        ("world:topics=1", "topics are 2 or more"),
    ],
)
def test_dials_that_make_no_world(name, message):
    with pytest.raises(InputError, match=message):
        load_corpus(name)


@pytest.mark.slow
def test_a_hundred_thousand_words():
    made = world("world:words=100000,topics=100")
    assert len(made.words) == 100_000
    assert len(made.corpus().splits["train"]) == 3200


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


def test_the_world_is_listed_with_its_dials_and_described(capsys):
    with contextlib.suppress(SystemExit):
        cli.main(["data", "list"])
    (line,) = [
        line for line in capsys.readouterr().out.splitlines() if line.startswith("data set  world ")
    ]
    assert "words=2000,topics=10,seed=0" in line
    facts = describe("world:words=300,topics=5,texts=100")
    assert facts["dials"] == asdict(Dials(words=300, topics=5, texts=100))
    assert facts["rows"] == {"train": 80, "validation": 10, "test": 10}
    assert Dials.parse(f"world:{Dials(words=300, seed=4)}") == Dials(words=300, seed=4)
