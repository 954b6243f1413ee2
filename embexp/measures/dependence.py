"""Standard errors where items that share words (or stems, or texts) are dependent.

They are computed from influence values, which say how much each item moves a number and
sum to about 0: the error is the root of the sum of their products over all dependent
pairs of items. Where every item is on its own, this is the ordinary delta method.
"""

from functools import cached_property
from math import nan

import numpy as np

from embexp.measures.arrays import Items, Places


def shared_error(
    first: Places,
    second: Places,
    influence: Items,
) -> float:
    """The standard error of a sum over pairs (of words), where pairs that share an end depend.

    Dyadic-robust variance (Aronow, Samii & Assenova 2015, Political Analysis 23), at
    least the one for items that share both ends. The ends are numbered from 0.
    """
    if not len(influence):
        return nan
    nodes = int(max(first.max(), second.max())) + 1
    touched = np.bincount(first, weights=influence, minlength=nodes) + np.bincount(
        second, weights=influence, minlength=nodes
    )
    pair = np.minimum(first, second) * nodes + np.maximum(first, second)
    order = np.argsort(pair)
    once = np.add.reduceat(influence[order], np.flatnonzero(np.diff(pair[order], prepend=-1)))
    return float(np.sqrt(max(touched @ touched - once @ once, once @ once)))


def grouped_error(group: Places, influence: Items) -> float:
    """The standard error of a sum over items, where items of one group (stem) are dependent.

    Groups count from 0.
    """
    sums = np.bincount(group, weights=influence)
    return float(np.sqrt(sums @ sums))


class Ranked:
    """Mid-ranks of values as shares less ½, and the effect of one more value of each size."""

    def __init__(self, x: Items) -> None:
        _, self.group, count = np.unique(x, return_inverse=True, return_counts=True)
        self.varies = len(count) > 1
        self.centred = ((np.cumsum(count) - count / 2) / len(x))[self.group] - 0.5

    @cached_property
    def own_shift(self) -> Items:
        """`shifted` of the ranks themselves."""
        return self.shifted(self.centred)

    def shifted(self, y: Items) -> Items:
        """For each item k the mean over i of y_i·([x_k < x_i] + ½[x_k = x_i]).

        It is the effect of weight on k, which raises the ranks above it.
        """
        sums = np.bincount(self.group, weights=y)
        return (sums[::-1].cumsum()[::-1] - sums / 2)[self.group] / len(y)


def ranked(x: Items | Ranked) -> Ranked:
    """Values with their ranks, which are found once where several numbers need them."""
    return x if isinstance(x, Ranked) else Ranked(x)


def rank_influence(x: Items | Ranked, y: Items | Ranked) -> tuple[float, Items]:
    """Spearman's ρ and each item's influence on it.

    An item acts through its own ranks and through the ranks of the items that it
    passes: the derivative of ρ by the item's weight, over the number of items. NaN
    where a side does not vary.
    """
    a, b = ranked(x), ranked(y)
    if not (a.varies and b.varies):
        return nan, np.full(len(a.centred), nan)
    u, v = a.centred, b.centred
    xy, xx, yy = u @ v, u @ u, v @ v
    rho = float(np.clip(xy / np.sqrt(xx * yy), -1, 1))
    cross = u * v + a.shifted(v) + b.shifted(u)
    influence = cross / np.sqrt(xx * yy) - rho / 2 * (
        (u * u + 2 * a.own_shift) / xx + (v * v + 2 * b.own_shift) / yy
    )
    return rho, influence - influence.mean()


def partial_influence(
    x: Items | Ranked, y: Items | Ranked, given: Items | Ranked
) -> tuple[float, Items]:
    """The partial correlation of ranks (a − bc)/√((1 − b²)(1 − c²)), and each item's influence.

    a is Spearman's ρ of x and y, b and c are those of x and y with `given`. NaN where
    `given` agrees perfectly with one of them.
    """
    x, y, given = ranked(x), ranked(y), ranked(given)
    (a, by_a), (b, by_b), (c, by_c) = (
        rank_influence(*sides) for sides in ((x, y), (x, given), (y, given))
    )
    scale = float(np.sqrt(max(1 - b * b, 0) * max(1 - c * c, 0)))
    if not scale > 1e-9:
        return nan, np.full(len(x.centred), nan)
    rho = float(np.clip((a - b * c) / scale, -1, 1))
    influence = (
        by_a / scale
        + (rho * b / (1 - b * b) - c / scale) * by_b
        + (rho * c / (1 - c * c) - b / scale) * by_c
    )
    return rho, influence
