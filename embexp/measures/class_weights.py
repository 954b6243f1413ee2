"""Weights of classes with which all count alike, and the loss under them."""

import numpy as np
from jaxtyping import Float

from embexp.measures.statistics import Value, mean_interval
from embexp.measures.task import Labels, Logits, losses


def balanced(labels: Labels, classes: int) -> Float[np.ndarray, "classes"]:
    """The weight of each class with which all count alike: items/(classes·its own items).

    It is scikit-learn's `class_weight="balanced"`; a class without items has 0.

    >>> balanced(np.array([0, 0, 0, 1]), 2)
    array([0.6666667, 2.       ], dtype=float32)
    """
    own = np.bincount(labels, minlength=classes)
    weights = np.divide(len(labels), classes * own, out=np.zeros(classes), where=own > 0)
    return weights.astype(np.float32)


def weighted_nll(logits: Logits, labels: Labels, weights: Float[np.ndarray, "classes"]) -> Value:
    """The mean of −log p(label) in nats, times the weight of the label's class."""
    main = logits[:, 0] if logits.ndim == 3 else logits
    each = losses(main, labels) * weights[labels]
    return Value(*mean_interval(each), len(labels), len(labels), None)
