"""Measures of how purely clusters of a table's rows hold one category of words each."""

import warnings

import numpy as np

from embexp.measures.arrays import Places, Rows
from embexp.measures.categories import Categories
from embexp.measures.entry import SHARE, Measure
from embexp.measures.geometry import unit_rows
from embexp.measures.pair_rows import word_rows
from embexp.measures.statistics import Value, undefined, wilson
from embexp.measures.summary import of_vectors
from embexp.words import Vectors

SEEDS, RESTARTS, SHUFFLES = 5, 10, 200


def purity(vectors: Vectors, gold: Categories, seeds: int = SEEDS) -> Value:
    """The share of words whose cluster's most frequent category is theirs, in [0, 1].

    Clusters are scikit-learn's k-means on unit vectors with as many clusters as
    categories, the best of `RESTARTS` starts; the value is the mean over `seeds` such
    runs. Only known words count (n of total), and only categories with a known word.
    Chance is the mean purity of the same clusters when categories are shuffled over the
    words: it lies well above 1/k. The interval is Wilson's over words at the number of
    trials whose variance is that of words and of seeds together.
    """
    index = word_rows(vectors.words, any_case=True)
    known = [
        (index[word], category)
        for word, category in zip(gold.words, gold.categories, strict=True)
        if word in index
    ]
    if len(known) < 2:
        return undefined(len(gold))
    rows, names = zip(*known, strict=True)
    category = np.unique(names, return_inverse=True)[1]
    return cluster_purity(vectors.table[list(rows)], category, seeds)._replace(total=len(gold))


def cluster_purity(
    rows: Rows,
    category: Places,
    seeds: int = SEEDS,
) -> Value:
    """`purity` of rows whose category is a number from 0; undefined for a single category."""
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning

    k, n = int(category.max()) + 1, len(category)
    if k < 2:
        return undefined(n)
    unit, rng = unit_rows(rows.astype(np.float64)), np.random.default_rng(0)
    shares, chances = np.empty(seeds), np.empty(seeds)
    for seed in range(seeds):
        model = KMeans(k, n_init=RESTARTS, random_state=seed)  # pyright: ignore[reportArgumentType]
        with warnings.catch_warnings():  # equal rows make fewer clusters
            warnings.simplefilter("ignore", ConvergenceWarning)
            cluster = model.fit_predict(unit)
        shares[seed] = _purity(cluster, category)
        chances[seed] = np.mean(
            [_purity(cluster, rng.permutation(category)) for _ in range(SHUFFLES // seeds)]
        )
    share = float(shares.mean())
    words, drawn = share * (1 - share) / n, float(shares.var(ddof=1)) if seeds > 1 else 0.0
    trials = max(1, round(share * (1 - share) / (words + drawn))) if words > 0 else n
    return Value(share, *wilson(share, trials), n, n, float(chances.mean()))


def _purity(cluster: Places, category: Places) -> float:
    from sklearn.metrics.cluster import contingency_matrix

    return float(contingency_matrix(category, cluster).max(axis=0).sum() / len(category))


def _entry(name: str, title: str, reference: str, resource: str) -> Measure:
    return Measure(
        name,
        f"cluster purity, {title}",
        SHARE,
        "semantic",
        True,
        None,
        reference,
        function=of_vectors(purity, "categories"),
        parameters={"seeds": SEEDS},
        resource={"categories": resource},
    )


PURITY = (
    _entry("purity_ap", "AP", "Almuhareb & Poesio 2005; k-means, k = categories", "ap"),
    _entry("purity_battig", "Battig", "Battig & Montague 1969; k-means", "battig"),
    _entry("purity_essli", "ESSLLI", "ESSLLI 2008 verbs; too few for a headline", "essli"),
)
OWN_PURITY = _entry("purity", "{}", "a user's own categories; k-means", "")
