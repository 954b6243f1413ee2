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
    weights = TfIdf(train)
    features = cache(lambda order: (weights.of(train, order), weights.of(held, order)))

    def fit(settings: Settings, penalty: float) -> Fit:
        order = int(settings["ngrams"])
        own, others = features(order)
        linear = one_vs_rest(lambda _: own, train.labels, penalty)

        def of(features: csr_array) -> LogProbabilities:
            return rest_probabilities(features @ linear.weights + linear.bias)

        def score(_: Settings, texts: Texts) -> LogProbabilities:
            return of(weights.of(texts, order))

        return Fit([{}], [log_loss(of(others), held.labels)], score, linear.converged)

    return Family(fit, [{"ngrams": order} for order in ORDERS], GRID)


class TfIdf:
    """The TF-IDF weights of texts, by the n-grams and frequencies of training."""

    def __init__(self, train: LabelledTexts) -> None:
        self.ngrams = NGrams(train)
        self.idf = inverse_frequencies(self.ngrams.count(train), self.ngrams.columns)
        self.columns = {1: max(self.ngrams.words, 1), 2: self.ngrams.columns}

    def of(self, texts: Texts, order: int) -> csr_array:
        """Those of words alone (1), or of words and bigrams (2)."""
        own = self.columns[order]
        return weighted(self.ngrams.count(texts)[:, :own], self.idf[:own])


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
