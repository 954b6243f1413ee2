"""Baselines of tasks whose labels are sets of classes: each class is told apart by itself."""

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from embexp.baselines.family import Family, Fit, Settings
from embexp.baselines.logistic import Linear, binary
from embexp.baselines.mean_vectors import regression, scaling
from embexp.baselines.texts import LabelledTexts, Texts
from embexp.baselines.tf_idf import GRID, ORDERS, TfIdf

Logits = Float[np.ndarray, "texts classes"]
Sets = Shaped[np.ndarray, "texts classes"]


def set_loss(scores: Logits, labels: Sets) -> float:
    """The mean over texts of −log p(set) in nats; 0 for no texts."""
    return float((np.logaddexp(0, scores) - scores * labels).sum()) / max(len(labels), 1)


def rates(labels: Sets) -> Float[np.ndarray, "classes"]:
    """The log-odds of each class in training, (with + 1)/(without + 1)."""
    having = labels.sum(axis=0)
    return np.log((having + 1.0) / (len(labels) - having + 1.0))


def base_rates(train: LabelledTexts, held: LabelledTexts) -> Family:
    """The share of each class in training, for every text."""
    odds = rates(train.labels)

    def score(_: Settings, texts: Texts) -> Logits:
        return np.tile(odds, (len(texts), 1))

    def fit(_: Settings, __: float) -> Fit:
        return Fit([{}], [set_loss(score({}, held), held.labels)], score)

    return Family(fit)


def each_class(
    features: Any, labels: Sets, fit: Callable[[Any, Any], Linear]
) -> tuple[Callable[[Any], Logits], bool]:
    """Logits from features by a model of each class, and whether these converged.

    A class that all training texts have, or none, has its rate for every text.

    Args:
        fit: makes the model of one class, from features and whether texts have it.
    """
    odds = rates(labels)
    parted = [c for c in range(labels.shape[1]) if 0 < labels[:, c].sum() < len(labels)]
    fitted: dict[int, Linear] = {c: fit(features, labels[:, c] > 0) for c in parted}

    def logits(others: Any) -> Logits:
        found = np.tile(odds, (others.shape[0], 1))
        for c, linear in fitted.items():
            found[:, c] = (others @ linear.weights + linear.bias)[:, 0]
        return found

    return logits, all(linear.converged for linear in fitted.values())


def sets_tf_idf(train: LabelledTexts, held: LabelledTexts) -> Family:
    """A logistic regression for each class on TF-IDF, with words or words and bigrams, and C."""
    weights = TfIdf(train)
    features = cache(lambda order: (weights.of(train, order), weights.of(held, order)))

    def fit(settings: Settings, penalty: float) -> Fit:
        order = int(settings["ngrams"])
        own, others = features(order)
        model = partial(binary, penalty=penalty)
        logits, converged = each_class(own, train.labels, model)

        def score(_: Settings, texts: Texts) -> Logits:
            return logits(weights.of(texts, order))

        return Fit([{}], [set_loss(logits(others), held.labels)], score, converged)

    return Family(fit, [{"ngrams": order} for order in ORDERS], GRID)


def sets_mean_vectors(train: LabelledTexts, held: LabelledTexts) -> Family:
    """A logistic regression for each class on mean vectors.

    Features have the mean 0 and the variance 1 in training.
    """
    centre, scale = scaling(train.known_means())

    def features(texts: Texts) -> Float[np.ndarray, "texts dim"]:
        return (texts.known_means() - centre) / scale

    own, others = features(train), features(held)

    def fit(_: Settings, penalty: float) -> Fit:
        logits, converged = each_class(own, train.labels, partial(regression, penalty=penalty))

        def score(_: Settings, texts: Texts) -> Logits:
            return logits(features(texts))

        return Fit([{}], [set_loss(logits(others), held.labels)], score, converged)

    return Family(fit, grid=MEANS_GRID)


MEANS_GRID = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""C of `sets_mean_vectors`."""
