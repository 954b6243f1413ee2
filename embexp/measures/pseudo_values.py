"""Scores of items, or of groups of items, for numbers that are no mean over items."""

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Items, Places
from embexp.measures.variance import Scores, finite_scores


def pseudo_values(value: float, influence: Items) -> Items:
    """Scores of items whose mean is a number that is no mean, such as a rank correlation.

    They are value + n·influence (the infinitesimal jackknife: Efron 1982, The Jackknife,
    the Bootstrap and Other Resampling Plans, ch. 6). A row for each replicate makes a
    table for `crossed_mean`.

    Args:
        influence: how much each item moves the value; their sum is about 0
            (`dependence.rank_influence`).
    """
    return value + len(influence) * influence


def grouped(scores: Scores, group: Places) -> Float[np.ndarray, "replicates groups"]:
    """Scores of groups of items that depend on each other, such as the words of one stem.

    Each replicate keeps its mean μ: a group has μ + (groups/n)·Σ(x − μ) over its items,
    so that large groups count by their size (linearised, as `dependence.grouped_error`).

    Args:
        group: of each item, counted from 0 without gaps.
    """
    x = finite_scores(scores)
    mean = x.mean(axis=1, keepdims=True)
    sums = np.array([np.bincount(group, weights=row) for row in x - mean])
    return mean + sums * (sums.shape[1] / x.shape[1])
