"""Baselines of tasks whose labels are sets of classes: each class is told apart by itself."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float, Shaped

from embexp.baselines.family import Family, Fit, Settings
from embexp.baselines.features import Model, on_means, on_tf_idf
from embexp.baselines.logistic import Linear, binary
from embexp.baselines.mean_vectors import regression
from embexp.baselines.texts import LabelledTexts, Texts
from embexp.baselines.tf_idf import GRID

MEANS_GRID = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
"""C of `sets_mean_vectors`."""
Logits = Float[np.ndarray, "texts classes"]
Sets = Shaped[np.ndarray, "texts classes"]


def set_loss(scores: Logits, labels: Sets) -> float:
    """The mean over texts of −log p(set) in nats, classes independent; 0 for no texts."""
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
    one: Callable[[Any, Any, float], Linear], features: Any, labels: Sets, penalty: float
) -> tuple[Model, bool]:
    """Log-odds of classes by a model of each; one that all texts have, or none, has its rate.

    Args:
        one: the model of one class, from features, whether texts have it, and C.
    """
    odds = rates(labels)
    parted = [c for c in range(labels.shape[1]) if 0 < labels[:, c].sum() < len(labels)]
    fitted = {c: one(features, labels[:, c] > 0, penalty) for c in parted}

    def logits(others: Any) -> Logits:
        found = np.tile(odds, (others.shape[0], 1))
        for c, linear in fitted.items():
            found[:, c] = linear.outputs(others)[:, 0]
        return found

    return logits, all(linear.converged for linear in fitted.values())


def sets_tf_idf(train: LabelledTexts, held: LabelledTexts) -> Family:
    """A logistic regression for each class on TF-IDF, with words or words and bigrams, and C."""
    return on_tf_idf(train, held, partial(each_class, binary), set_loss, GRID)


def sets_mean_vectors(train: LabelledTexts, held: LabelledTexts) -> Family:
    """A logistic regression for each class on mean vectors."""
    return on_means(train, held, partial(each_class, regression), set_loss, MEANS_GRID)
