"""Antonyms against synonyms: scikit-learn's area, WordNet's own files, chance, and what
is refused."""

import numpy as np
import pytest
from measured import measured
from sklearn.metrics import roc_auc_score

from embexp.errors import InputError
from embexp.measures import dependence
from embexp.measures.relations import Relations, word_relations
from embexp.words import Vectors


def antonym_auc(vectors: Vectors, relations: Relations):
    return measured("antonym_auc(mine)", vectors, relations={"mine": relations})


def random_relations(rng: np.random.Generator, words: int = 80, pairs: int = 200) -> Relations:
    drawn = [rng.choice(words, 2, replace=False) for _ in range(pairs)]
    return Relations(
        "drawn",
        tuple(f"w{a}" for a, _ in drawn),
        tuple(f"w{b}" for _, b in drawn),
        np.arange(pairs) % 3 > 0,
    )


def test_auc_equals_scikit_learn_with_ties_and_unknown_words_left_out():
    rng = np.random.default_rng(0)
    given = random_relations(rng)
    words = [f"W{i}" for i in range(70)]
    vectors = Vectors(
        words, rng.integers(-1, 2, size=(70, 3)).astype(float)
    )  # coarse, so that cosines tie
    unit = vectors.table / np.maximum(np.linalg.norm(vectors.table, axis=1, keepdims=True), 1e-9)
    both = [
        (int(a[1:]), int(b[1:]), s)
        for a, b, s in zip(given.words1, given.words2, given.synonyms, strict=True)
        if max(int(a[1:]), int(b[1:])) < 70
    ]
    cosine = [round(float(unit[a].astype(float) @ unit[b]), 5) for a, b, _ in both]
    value = antonym_auc(vectors, given)
    assert value.value == pytest.approx(roc_auc_score([s for *_, s in both], cosine), abs=1e-6)
    assert (value.n, value.total, value.chance) == (len(both), 200, 0.5)
    assert len(both) < 200


def test_random_tables_have_chance_in_the_interval_and_told_tables_have_not():
    inside = []
    for seed in range(100):
        rng = np.random.default_rng(seed)
        value = antonym_auc(
            Vectors([f"w{i}" for i in range(80)], rng.normal(size=(80, 20))), random_relations(rng)
        )
        inside.append(value.low <= 0.5 <= value.high)
    assert np.mean(inside) >= 0.88
    told = Relations("told", ("a", "b", "c"), ("b", "c", "d"), np.array([True, False, True]))
    value = antonym_auc(
        Vectors(["a", "b", "c", "d"], np.array([[1, 0], [1, 0.1], [-1, 0], [-1, 0.1]])), told
    )
    assert value.value == 1


def test_shared_error_equals_a_loop_over_dependent_items():
    rng = np.random.default_rng(1)
    ends, influence = rng.integers(0, 8, size=(40, 2)), rng.normal(size=40) + 0.3
    ends[:, 1] = (ends[:, 0] + 1 + ends[:, 1] % 7) % 8
    expected = sum(
        influence[i] * influence[j]
        for i in range(40)
        for j in range(40)
        if set(ends[i]) & set(ends[j])
    )
    assert dependence.shared_error(ends[:, 0], ends[:, 1], influence) ** 2 == pytest.approx(
        expected
    )
    alone = np.arange(40)
    assert dependence.shared_error(alone, alone + 40, influence) == pytest.approx(
        np.linalg.norm(influence)
    )
    groups = rng.integers(0, 5, size=40)
    expected = sum(
        influence[i] * influence[j] for i in range(40) for j in range(40) if groups[i] == groups[j]
    )
    assert dependence.grouped_error(groups, influence) ** 2 == pytest.approx(expected)


def test_polar_pairs_are_synonyms_of_one_polarity_and_antonyms_of_opposite():
    given = Relations(
        "few",
        ("good", "good", "good", "bad", "high"),
        ("fine", "bad", "poor", "good", "low"),
        np.array([True, True, False, True, False]),
    )
    polar = given.polar({"good": 2.0, "fine": 1.0, "bad": -1.0, "poor": -3.0})
    assert list(zip(polar.words1, polar.words2, polar.synonyms.tolist(), strict=True)) == [
        ("good", "fine", True),
        ("good", "poor", False),
    ]
    with pytest.raises(InputError, match="both polarities"):
        given.polar({"good": 1.0, "fine": 1.0})


LICENCE = "  1 This software and database is being provided to you\n"
ADJECTIVES = (
    "00001740 00 a 03 good 0 fine(p) 0 well_off 0 001 ! 00002098 a 0102 | having good qualities\n"
    "00002098 00 a 02 ill 0 bad 0 001 ! 00001740 a 0201 | not good\n"
    "00003131 00 s 02 fine 0 good 1 000 | again\n"
)


@pytest.fixture
def dict_folder(tmp_path, monkeypatch):
    (tmp_path / "data.adj").write_text(LICENCE + ADJECTIVES)
    (tmp_path / "data.noun").write_text(
        LICENCE
        + "00001740 03 n 02 Hot_dog 0 frank 0 000 | food\n"
        + "00009999 03 n 02 heat 0 warmth 0 000 | what\n"
    )
    for part in ("adv", "verb"):
        (tmp_path / f"data.{part}").write_text(LICENCE)
    monkeypatch.delenv("EMBEXP_DATA", raising=False)
    return tmp_path


def as_set(given: Relations) -> set[tuple[str, str, bool]]:
    return set(zip(given.words1, given.words2, given.synonyms.tolist(), strict=True))


def test_wordnets_own_folder_is_read_by_name_by_path_and_by_part(dict_folder, monkeypatch):
    expected = {("fine", "good", True), ("bad", "ill", True), ("bad", "good", False)}
    assert as_set(word_relations(dict_folder, "adj")) == expected
    assert as_set(word_relations(dict_folder)) == expected | {("heat", "warmth", True)}
    monkeypatch.setenv("WNSEARCHDIR", str(dict_folder))
    assert as_set(word_relations()) == expected | {("heat", "warmth", True)}
    (dict_folder / "data.adj").write_text("not a synset at all\n")
    with pytest.raises(InputError, match=r"data\.adj, line 1 is no synset"):
        word_relations(dict_folder)


def test_own_files_with_and_without_parts(tmp_path):
    file = tmp_path / "mine.tsv"
    file.write_text(
        "relation\tword1\tword2\nsynonym\tBig\tlarge\nsynonym\tlarge\tbig\nantonym\tbig\tsmall\n"
    )
    assert as_set(word_relations(file)) == {("big", "large", True), ("big", "small", False)}
    file.write_text("synonym,adj,big,large\nantonym,adj,big,small\nsynonym,noun,size,extent\n")
    assert len(word_relations(file, "adj")) == 2
    with pytest.raises(InputError, match="0 synonym and 0 antonym"):
        word_relations(file, "verb")
    file.write_text("synonym,big,large\nopposite,big,small\n")
    with pytest.raises(InputError, match="line 2"):
        word_relations(file)
    with pytest.raises(InputError, match="did you mean 'noun'"):
        word_relations(file, "nouns")
    with pytest.raises(InputError, match="nor is there a file"):
        word_relations("wordne")


def test_without_wordnet_the_sentence_says_how_to_have_it(monkeypatch):
    for name in ("EMBEXP_DATA", "WNSEARCHDIR", "WNHOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pathlib.Path.is_file", lambda self: False)
    with pytest.raises(InputError, match="wordnet-base"):
        word_relations()
