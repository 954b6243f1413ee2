"""What linear models read of texts, TF-IDF weights or scaled means, and families of such models."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped
from scipy.sparse import csr_array

from embexp.baselines.family import Family, Fit, Settings
from embexp.baselines.ngrams import NGrams
from embexp.baselines.texts import LabelledTexts, Texts

ORDERS = (1, 2)
"""Words alone, or words and bigrams."""
Scores = Float[np.ndarray, "texts outputs"]
Model = Callable[[Any], Scores]
"""Features to scores."""
Learn = Callable[[Any, Shaped[np.ndarray, "texts *classes"], float], tuple[Model, bool]]
"""Features, labels and C to a model, and whether its solver converged."""
Loss = Callable[[Scores, Any], float]


def on_tf_idf(
    train: LabelledTexts, held: LabelledTexts, learn: Learn, loss: Loss, grid: Sequence[float]
) -> Family:
    """Models on TF-IDF weights of words, or of words and bigrams.

    Args:
        grid: values of C, from the smallest.
    """
    weights = TfIdf(train)
    features = cache(lambda order: (weights.of(train, order), weights.of(held, order)))

    def fit(settings: Settings, penalty: float) -> Fit:
        order = int(settings["ngrams"])
        own, others = features(order)
        model, converged = learn(own, train.labels, penalty)

        def score(_: Settings, texts: Texts) -> Scores:
            return model(weights.of(texts, order))

        return Fit([{}], [loss(model(others), held.labels)], score, converged)

    return Family(fit, [{"ngrams": order} for order in ORDERS], grid)


def on_means(
    train: LabelledTexts, held: LabelledTexts, learn: Learn, loss: Loss, grid: Sequence[float]
) -> Family:
    """Models on mean vectors, whose features have the mean 0 and the variance 1 in training.

    A feature that does not vary there counts for nothing.
    """
    centre, scale = scaling(train.known_means())

    def features(texts: Texts) -> Float[np.ndarray, "texts dim"]:
        return (texts.known_means() - centre) / scale

    own, others = features(train), features(held)

    def fit(_: Settings, penalty: float) -> Fit:
        model, converged = learn(own, train.labels, penalty)

        def score(_: Settings, texts: Texts) -> Scores:
            return model(features(texts))

        return Fit([{}], [loss(model(others), held.labels)], score, converged)

    return Family(fit, grid=grid)


class TfIdf:
    """The TF-IDF weights of texts, by the n-grams and frequencies of training.

    A text's weight for an n-gram is (1 + log tf)·(1 + log((1 + texts)/(1 + df))), and its
    weights are divided by their Euclidean norm (scikit-learn's, with sublinear tf).
    """

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


def scaling(
    means: Float[np.ndarray, "texts dim"],
) -> tuple[Float[np.ndarray, "dim"], Float[np.ndarray, "dim"]]:
    """The mean and the deviation of each feature; infinity for one that does not vary."""
    centre, spread = means.mean(axis=0, dtype=np.float64), means.std(axis=0, dtype=np.float64)
    return centre, np.where(spread > 1e-12 * np.abs(centre).clip(1e-12), spread, np.inf)
