"""Purity against scikit-learn and by hand, chance on random tables."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics.cluster import contingency_matrix

from embexp.errors import InputError
from embexp.measures.categories import Categories, categories
from embexp.measures.purity import cluster_purity, purity
from embexp.measures.statistics import wilson
from embexp.words import Vectors


def test_purity_equals_scikit_learns_contingencies():
    rng = np.random.default_rng(2)
    gold = np.repeat(np.arange(4), 25)
    rows = np.eye(4)[gold] + 0.4 * rng.normal(size=(100, 4))
    value = cluster_purity(rows, gold)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    clusters = [KMeans(4, n_init=10, random_state=seed).fit_predict(unit) for seed in range(5)]
    shares = [contingency_matrix(gold, each).max(axis=0).sum() / 100 for each in clusters]
    assert value.value == pytest.approx(np.mean(shares))
    assert 0.25 < value.chance < 0.5
    assert value.low > value.chance


@pytest.mark.long
def test_random_tables_have_chance_in_the_interval():
    rng = np.random.default_rng(3)
    values = [
        cluster_purity(rng.normal(size=(120, 10)), rng.permutation(np.arange(120) % 6))
        for _ in range(20)
    ]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.9


def test_the_interval_holds_words_and_seeds_together():
    rng = np.random.default_rng(4)
    rows, gold = rng.normal(size=(200, 10)), np.arange(200) % 20  # no clusters: seeds disagree
    one, several = cluster_purity(rows, gold, seeds=1), cluster_purity(rows, gold)
    assert one[:3] == pytest.approx((one.value, *wilson(one.value, 200)))
    narrow = wilson(several.value, 200)
    assert several.high - several.low > narrow[1] - narrow[0]
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    clusters = [KMeans(20, n_init=10, random_state=seed).fit_predict(unit) for seed in range(5)]
    shares = [contingency_matrix(gold, each).max(axis=0).sum() / 200 for each in clusters]
    words = several.value * (1 - several.value) / 200
    width = 3.92 * np.sqrt(words + np.var(shares, ddof=1))
    assert several.high - several.low == pytest.approx(width, rel=0.03)


def test_equal_rows_and_single_categories():
    assert cluster_purity(np.ones((6, 2)), np.array([0, 0, 1, 1, 2, 2])).value <= 1
    assert cluster_purity(np.ones((6, 2)), np.zeros(6, int)).n == 0
    gold = Categories("few", ("a", "b", "c", "absent"), ("x", "x", "y", "y"))
    value = purity(Vectors(["A", "b", "c"], np.array([[1, 0], [1, 0.1], [0, 1]])), gold)
    assert (value.value, value.n, value.total) == (1, 3, 4)
    assert purity(Vectors(["z"], np.array([[1.0, 0]])), gold).n == 0


def test_files_of_categories(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        ",category,word\n0,fruit,Apple\n1,fruit,pear\n2,tree,pear\n3,tree,oak\n4,tree,\n"
    )
    found = categories(file)
    assert (found.words, found.categories) == (("apple", "oak"), ("fruit", "tree"))
    file.write_text("category,word\nfruit,apple\n")
    with pytest.raises(InputError, match="holds 1 categories"):
        categories(file)
    file.write_text("fruit,apple\nfruit\n")
    with pytest.raises(InputError, match="line 2: expected a category and a word"):
        categories(file)
    with pytest.raises(InputError, match="did you mean 'battig'"):
        categories("batti")


@pytest.mark.data
def test_known_sets(data_dir):
    found = categories("ap")
    assert (len(found), len(set(found.categories))) == (402, 21)
    assert len(categories("essli")) == 45
