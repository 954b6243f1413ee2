"""Logistic regression on TF-IDF weights."""

from functools import cache

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from embexp.baselines.family import Family, Fit, LogProbabilities, Settings, log_loss
from embexp.baselines.logistic import one_vs_rest, rest_probabilities
from embexp.baselines.ngrams import NGrams
from embexp.baselines.texts import LabelledTexts, Texts

GRID = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""C, which multiplies the loss of the texts."""
ORDERS = (1, 2)
"""Words alone, or words and bigrams."""


def tf_idf(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Logistic regression on TF-IDF, with words or words and bigrams, and C.

    A text's weight for an n-gram is (1 + log tf)·(1 + log((1 + texts)/(1 + df))), and
    its weights are divided by their Euclidean norm (scikit-learn's, with sublinear tf).
    Each class is fitted against the rest (`one_vs_rest`).
    """
    ngrams = NGrams(train)
    counts, held_counts = ngrams.count(train), ngrams.count(held)
    idf = inverse_frequencies(counts, ngrams.columns)
    columns = {1: max(ngrams.words, 1), 2: ngrams.columns}

    @cache
    def features(order: int) -> tuple[csr_array, csr_array]:
        own = columns[order]
        return weighted(counts[:, :own], idf[:own]), weighted(held_counts[:, :own], idf[:own])

    def fit(settings: Settings, penalty: float) -> Fit:
        order = int(settings["ngrams"])
        own, others = features(order)
        linear = one_vs_rest(lambda _: own, train.labels, penalty)

        def of(features: csr_array) -> LogProbabilities:
            return rest_probabilities(features @ linear.weights + linear.bias)

        def score(_: Settings, texts: Texts) -> LogProbabilities:
            counted = ngrams.count(texts)[:, : columns[order]]
            return of(weighted(counted, idf[: columns[order]]))

        return Fit([{}], [log_loss(of(others), held.labels)], score, linear.converged)

    return Family(fit, [{"ngrams": order} for order in ORDERS], GRID)


def inverse_frequencies(counts: csr_array, columns: int) -> Float[np.ndarray, "features"]:
    """1 + log((1 + texts)/(1 + texts that have it)) of each n-gram."""
    texts, having = len(counts.indptr) - 1, np.bincount(counts.indices, minlength=columns)
    return 1 + np.log((1 + texts) / (1 + having))


def weighted(counts: csr_array, idf: Float[np.ndarray, "features"]) -> csr_array:
    """TF-IDF weights, each text's divided by their Euclidean norm."""
    data = (1 + np.log(counts.data)) * idf[counts.indices]
    text = np.repeat(np.arange(len(counts.indptr) - 1), np.diff(counts.indptr))
    norms = np.sqrt(np.bincount(text, weights=data**2))
    return csr_array((data / norms[text], counts.indices, counts.indptr), shape=counts.shape)
