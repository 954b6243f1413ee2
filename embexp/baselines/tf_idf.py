"""Logistic regression on TF-IDF weights."""

import numpy as np
from jaxtyping import Float
from scipy.sparse import csr_array

from embexp.baselines.baseline import Fitted, LabelledTexts, LogProbabilities, Texts, log_loss
from embexp.baselines.logistic import Trial, one_vs_rest, rest_probabilities, search
from embexp.baselines.ngrams import NGrams

GRID = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""C, which multiplies the loss of the texts."""
ORDERS = (1, 2)
"""Words alone, or words and bigrams."""


def tf_idf(train: LabelledTexts, validation: LabelledTexts) -> Fitted:
    """Logistic regression on TF-IDF, with words or words and bigrams, and C, by validation loss.

    A text's weight for an n-gram is (1 + log tf)·(1 + log((1 + texts)/(1 + df))), and
    its weights are divided by their Euclidean norm (scikit-learn's, with sublinear tf).
    Each class is fitted against the rest (`one_vs_rest`).
    """
    ngrams = NGrams(train)
    counts, held_counts = ngrams.count(train), ngrams.count(validation)
    idf = inverse_frequencies(counts, ngrams.columns)

    def best(order: int) -> Trial:
        columns = max(ngrams.words, 1) if order == 1 else ngrams.columns
        features, held = (
            weighted(each[:, :columns], idf[:columns]) for each in (counts, held_counts)
        )

        def trial(penalty: float) -> Trial:
            linear = one_vs_rest(lambda _: features, train.labels, penalty)
            scores = rest_probabilities(held @ linear.weights + linear.bias)
            loss = log_loss(scores, validation.labels)
            return Trial(loss, {"C": penalty, "ngrams": order}, linear)

        return search(GRID, trial)

    _, chosen, linear = min(map(best, ORDERS), key=lambda trial: trial.loss)
    columns = len(linear.weights)

    def score(texts: Texts) -> LogProbabilities:
        features = weighted(ngrams.count(texts)[:, :columns], idf[:columns])
        return rest_probabilities(features @ linear.weights + linear.bias)

    at_edge = chosen["C"] in (GRID[0], GRID[-1])
    return Fitted(score, chosen, at_edge, linear.converged)


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
