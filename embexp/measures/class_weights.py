"""Weights of classes with which all count alike, and the loss under them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from jaxtyping import Float

from embexp.measures.solved import Solved
from embexp.measures.statistics import Value, mean_interval
from embexp.measures.task import Labels, losses

LOSS = "weighted_nll"
"""The measure that then stands in place of `nll`."""


def balanced(labels: Labels, classes: int) -> Float[np.ndarray, "classes"]:
    """The weight of each class with which all count alike: items/(classes·its own items).

    It is scikit-learn's `class_weight="balanced"`; a class without items has 0.

    >>> balanced(np.array([0, 0, 0, 1]), 2)
    array([0.6666667, 2.       ], dtype=float32)
    """
    own = np.bincount(labels, minlength=classes)
    weights = np.divide(len(labels), classes * own, out=np.zeros(classes), where=own > 0)
    return weights.astype(np.float32)


def weighted(solved: Solved, weights: Float[np.ndarray, "classes"]) -> Solved:
    """The measures of classes, with a loss that is the mean of −log p(label) times its weight."""

    def measures(logits: Any, labels: Labels, *others: Any) -> Iterator[tuple[str, Value]]:
        for name, value in solved.measures(logits, labels, *others):
            if name == solved.loss:
                main = logits[:, 0] if logits.ndim == 3 else logits
                each = losses(main, labels) * weights[labels]
                yield LOSS, Value(*mean_interval(each), len(labels), len(labels), None)
            else:
                yield name, value

    return solved._replace(measures=measures, loss=LOSS)
