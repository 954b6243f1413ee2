"""Logits and labels into how well a task is solved."""

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.measures.statistics import Value, mean_interval, share_interval, undefined, wilson

BINS = 15
"""Bins of confidence."""


def accuracy(logits: Float[np.ndarray, "texts classes"], labels: Int[np.ndarray, "texts"]) -> Value:
    """The share of texts whose largest logit is their label's, with Wilson's interval;
    chance is the share of the largest class.
    """
    n = len(labels)
    share = float((logits.argmax(axis=1) == labels).mean())
    return Value(share, *wilson(share, n), n, n, float(np.bincount(labels).max()) / n)


def nll(logits: Float[np.ndarray, "texts classes"], labels: Int[np.ndarray, "texts"]) -> Value:
    """Mean of −log p(label) in nats, p the softmax of the logits, with an interval over
    texts; chance is log(classes).
    """
    wide = logits.astype(np.float64)
    peak = wide.max(axis=1)
    each = (
        np.log(np.exp(wide - peak[:, None]).sum(axis=1))
        + peak
        - wide[np.arange(len(labels)), labels]
    )
    return Value(*mean_interval(each), len(labels), len(labels), float(np.log(logits.shape[1])))


def macro_f1(logits: Float[np.ndarray, "texts classes"], labels: Int[np.ndarray, "texts"]) -> Value:
    """The mean over classes of F1 = 2·hits/(predicted + true), in [0, 1]; a class
    neither predicted nor there is left out.

    Chance is what the best constant guess scores: the largest class alone. The interval
    is over texts (linearised). For token tasks a text is a token that counts.
    """
    n, classes = logits.shape
    if not n:
        return undefined(0)
    guess = logits.argmax(axis=1)
    own, other = np.eye(classes)[labels], np.eye(classes)[guess]
    mass = own.sum(axis=0) + other.sum(axis=0)
    present = mass > 0
    each = 2 * (own * other).sum(axis=0)[present] / mass[present]
    influence = (
        (2 * own * other - _over(each, present) * (own + other))[:, present] / mass[present]
    ).mean(axis=1)
    value, largest = float(each.mean()), float(np.bincount(labels).max()) / n
    chance = 2 * largest / (1 + largest) / len(np.unique(labels))
    return Value(value, *share_interval(value, float(np.linalg.norm(influence))), n, n, chance)


def _over(
    each: Float[np.ndarray, "present"], present: Bool[np.ndarray, "classes"]
) -> Float[np.ndarray, "classes"]:
    """Numbers of the present classes in the places of all."""
    whole = np.zeros(len(present))
    whole[present] = each
    return whole


def calibration_error(
    logits: Float[np.ndarray, "texts classes"], labels: Int[np.ndarray, "texts"], bins: int = BINS
) -> Value:
    """Expected calibration error: the mean over texts of |accuracy − confidence| of
    their bin of confidence, in [0, 1]; 0 is best.

    Confidence is the largest softmax probability; `bins` of equal width over [0, 1]
    (Guo et al. 2017, eq. 3). The interval is over texts (linearised, each bin's sign
    held), and it does not show that few texts a bin bias the error upwards; chance is
    not defined.
    """
    n = len(labels)
    if not n:
        return undefined(0)
    wide = logits.astype(np.float64)
    shifted = np.exp(wide - wide.max(axis=1, keepdims=True))
    confidence = (shifted / shifted.sum(axis=1, keepdims=True)).max(axis=1)
    gap = (wide.argmax(axis=1) == labels) - confidence
    place = np.minimum(np.ceil(confidence * bins).astype(np.int64) - 1, bins - 1).clip(0)
    sums = np.bincount(place, weights=gap, minlength=bins)
    value = float(np.abs(sums).sum()) / n
    influence = (np.sign(sums)[place] * gap - value) / n
    return Value(value, *share_interval(value, float(np.linalg.norm(influence))), n, n, None)


def share(part: int, total: int) -> Value:
    """A share that was counted, not sampled: coverage of types or tokens, say. It has
    no interval.
    """
    return Value(part / total if total else np.nan, np.nan, np.nan, part, total, None)
