"""k-means and purity against scikit-learn and by hand, chance on random tables."""

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics.cluster import contingency_matrix

from embexp.errors import InputError
from embexp.measures.categories import Categories, categories, cluster_purity, k_means, purity
from embexp.words import Vectors


@pytest.mark.parametrize("spread", [0.3, 2.0])
def test_clusters_are_as_tight_as_scikit_learns(spread):
    rng = np.random.default_rng(0)
    rows = np.repeat(rng.normal(size=(6, 5)) * 3, 30, axis=0) + spread * rng.normal(size=(180, 5))
    cluster = k_means(rows, 6, np.random.default_rng(1))
    inertia = sum(
        ((rows[cluster == k] - rows[cluster == k].mean(axis=0)) ** 2).sum() for k in range(6)
    )
    best = KMeans(6, n_init=10, random_state=0).fit(rows).inertia_
    assert inertia <= best * 1.02
    assert len(np.unique(cluster)) == 6


def test_purity_equals_scikit_learns_contingencies():
    rng = np.random.default_rng(2)
    gold = np.repeat(np.arange(4), 25)
    rows = np.eye(4)[gold] + 0.4 * rng.normal(size=(100, 4))
    value = cluster_purity(rows, gold)
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    cluster = KMeans(4, n_init=20, random_state=0).fit_predict(unit)
    assert value.value == pytest.approx(
        contingency_matrix(gold, cluster).max(axis=0).sum() / 100, abs=0.02
    )
    assert 0.25 < value.chance < 0.5
    assert value.low > value.chance


def test_random_tables_have_chance_in_the_interval():
    rng = np.random.default_rng(3)
    values = [
        cluster_purity(rng.normal(size=(120, 10)), rng.permutation(np.arange(120) % 6))
        for _ in range(20)
    ]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.9


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
    file.write_text("fruit\n")
    with pytest.raises(InputError, match="line 1"):
        categories(file)
    with pytest.raises(InputError, match="did you mean 'battig'"):
        categories("batti")


@pytest.mark.data
def test_known_sets(data_dir):
    found = categories("ap")
    assert (len(found), len(set(found.categories))) == (402, 21)
    assert len(categories("essli")) == 45
