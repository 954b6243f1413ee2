"""Similarity against gensim, neighbours against plain loops, chance against random tables."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import semantic
from embexp.measures.geometry import nearest
from embexp.measures.pairs import WordPairs, similarity_pairs
from embexp.words import Vectors


def table_for(
    pairs: WordPairs, rng: np.random.Generator, known: float = 1.0, dim: int = 20
) -> Vectors:
    words = sorted({*pairs.words1, *pairs.words2})
    words = [word for word in words if rng.random() < known]
    return Vectors(words, rng.normal(size=(len(words), dim)))


@pytest.mark.parametrize("name", ["simlex999", "wordsim353"])
def test_similarity_equals_gensim_and_leaves_unknown_words_out(name):
    from gensim.models import KeyedVectors
    from gensim.test.utils import datapath

    pairs = similarity_pairs(name)
    vectors = table_for(pairs, np.random.default_rng(1), known=0.8)
    vectors = Vectors(
        [word.title() if row % 3 else word for row, word in enumerate(vectors.words)], vectors.table
    )
    keyed = KeyedVectors(vectors.dim)
    keyed.add_vectors(vectors.words, vectors.table)
    file = {"simlex999": "simlex999.txt", "wordsim353": "wordsim353.tsv"}[name]
    _, (rho, _), unknown = keyed.evaluate_word_pairs(datapath(file), dummy4unknown=False)
    value = semantic.similarity(vectors, pairs, any_case=True)
    assert value.value == pytest.approx(rho, abs=1e-6)
    assert 100 * (1 - value.n / value.total) == pytest.approx(unknown)
    assert 0 < value.n < value.total == len(pairs)


def test_similarity_of_random_tables_has_chance_in_its_interval():
    pairs = similarity_pairs("wordsim353")
    values = [
        semantic.similarity(table_for(pairs, np.random.default_rng(seed), dim=100), pairs)
        for seed in range(60)
    ]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.87


def test_similarity_edges():
    pairs = WordPairs("two", ("a", "b"), ("b", "c"), np.array([1.0, 2.0]))
    assert semantic.similarity(Vectors(["x"], np.ones((1, 2))), pairs)[3:6] == (0, 2, 0.0)
    assert np.isnan(semantic.similarity(Vectors(["a", "b", "c"], np.eye(3)), pairs).value)
    both_cases = Vectors(["B", "a", "b", "c"], np.array([[1, 0], [1, 0.1], [0, 1], [0, 1]]))
    assert (
        semantic.similarity(both_cases, pairs, any_case=True).value == -1
    )  # "B" stands first, so it is the "b" that counts
    assert semantic.similarity(both_cases, pairs).value == 1
    assert semantic.similarity(Vectors(["A", "b", "c"], np.eye(3)), pairs).n == 1
    zero = Vectors(["a", "b", "c"], np.array([[0, 0], [1, 0], [1, 0.5]]))
    assert semantic.similarity(zero, pairs).value == 1


def neighbour_overlap(table, start, k=10, queries=None):
    rows = np.arange(len(table)) if queries is None else queries
    found, before = (nearest(each, rows, k) for each in (table, start))
    return semantic.kept_neighbours(found, before, rows, len(table))


def plain_neighbours(table, query, k):
    cosines = []
    for row in range(len(table)):
        lengths = np.linalg.norm(table[row]) * np.linalg.norm(table[query])
        cosines.append(-np.inf if row == query else table[row] @ table[query] / lengths)
    return sorted(range(len(table)), key=lambda row: -cosines[row])[:k]


def test_nearest_and_overlap_equal_plain_loops(monkeypatch):
    rng = np.random.default_rng(2)
    start = rng.normal(size=(80, 6))
    table, queries = start + rng.normal(size=start.shape), np.array([3, 50, 79])
    monkeypatch.setattr("embexp.measures.geometry.BLOCK", 160)  # two queries at a time
    found, before = (
        [plain_neighbours(each, query, 7) for query in queries] for each in (table, start)
    )
    assert nearest(table, queries, 7).tolist() == found
    expected = np.mean([len(set(a) & set(b)) / 7 for a, b in zip(found, before, strict=True)])
    value = neighbour_overlap(table, start, 7, queries)
    assert value.value == pytest.approx(expected)
    assert (value.n, value.chance) == (3, pytest.approx(7 / 79))


def test_overlap_with_itself_is_one_and_of_random_tables_is_chance():
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=(2, 1000, 30)).astype(np.float32)
    assert neighbour_overlap(first, first).value == 1
    value = neighbour_overlap(first, second)
    assert value.low <= value.chance <= value.high


def test_overlap_of_random_tables_has_chance_in_its_interval_though_neighbours_are_mutual():
    rng = np.random.default_rng(4)
    values = [
        neighbour_overlap(rng.normal(size=(200, 10)), rng.normal(size=(200, 10))) for _ in range(60)
    ]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.88


def test_neighbours_refuse_a_table_that_diverged():
    with pytest.raises(InputError, match="row 2"):
        nearest(np.array([[1.0], [1], [np.nan]]), np.arange(1), 1)
