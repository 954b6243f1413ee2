"""How well scores part what has a class from what has not: AUROC and average precision."""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.measures.arrays import Items
from embexp.measures.entry import SHARE, Measure
from embexp.measures.statistics import Value, estimate, ranks, undefined

Positive = Bool[np.ndarray, "items"]
Influence = tuple[float, Items]
"""A number, and how much each item moves it."""


def auroc(scores: Items, positive: Positive) -> Influence:
    """The share of pairs of a positive and a negative item that scores order rightly.

    Ties count one half. The influences are those of DeLong, DeLong & Clarke-Pearson (1988,
    Biometrics 44, equations 3–5). There is one positive and one negative item at least.
    """
    count = np.where(positive, positive.sum(), (~positive).sum())
    own = np.empty(len(scores))  # of each item among those of its side
    for side in (positive, ~positive):
        own[side] = ranks(scores[side])
    placed = (ranks(scores) - own) / (len(scores) - count)
    right = np.where(positive, placed, 1 - placed)
    value = float(right[positive].mean())
    return value, (right - value) / count


def average_precision(scores: Items, positive: Positive) -> Influence:
    """The mean over positive items of the share of positives among all scored as high.

    Scikit-learn's definition; its influences are left out, as there is no simple form.
    """
    own = scores[positive]
    value = float((as_high(own, own) / as_high(scores, own)).mean())
    return value, np.full(len(scores), np.nan)


def as_high(scores: Items, least: Float[np.ndarray, "thresholds"]) -> Int[np.ndarray, "thresholds"]:
    """How many of the scores are not below each threshold."""
    return len(scores) - np.searchsorted(np.sort(scores), least)


def over_classes(
    measure: Callable[[Items, Positive], Influence],
    scores: Float[np.ndarray, "items classes"],
    labels: Bool[np.ndarray, "items classes"],
    chance: float | None,
) -> Value:
    """The mean of a measure over the classes that some items have and others have not."""
    n = len(scores)
    parted = [c for c in range(labels.shape[1]) if labels[:, c].any() and not labels[:, c].all()]
    if not parted:
        return undefined(n, chance)
    found = [measure(scores[:, c], labels[:, c]) for c in parted]
    value = float(np.mean([each for each, _ in found]))
    influence = np.mean([each for _, each in found], axis=0)
    return estimate(value, float(np.linalg.norm(influence)), n, chance)


def ranking_measures(
    scores: Float[np.ndarray, "items classes"], labels: Bool[np.ndarray, "items classes"]
) -> Iterator[tuple[str, Value]]:
    """AUROC and average precision, means over classes; chance of the latter is their share."""
    n = len(scores)
    yield "auroc", over_classes(auroc, scores, labels, 0.5)
    share = labels.mean(axis=0)[labels.any(axis=0) & ~labels.all(axis=0)] if n else np.empty(0)
    chance = float(share.mean()) if len(share) else None
    yield "average_precision", over_classes(average_precision, scores, labels, chance)


RANKING = (
    Measure(
        "auroc",
        "AUROC",
        SHARE,
        "task",
        True,
        0.5,
        "pairs of texts with and without a class in right order; Hanley & McNeil 1982",
    ),
    Measure(
        "average_precision",
        "average precision",
        SHARE,
        "task",
        True,
        None,
        "mean precision at each text that has a class",
    ),
)
"""`ranking_measures` computes them."""
