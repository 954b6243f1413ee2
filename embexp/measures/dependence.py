"""What single items add to a number into its standard error, where items that share
words (or stems, or texts) are dependent.

A number's influence values say how much each item moves it; they sum to about 0, and
the error is the root of the sum of their products over all dependent pairs of items.
One item on its own gives the ordinary delta method.
"""

from math import atanh, isnan, nan, tanh
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from embexp.measures.statistics import LEVEL


def shared_error(
    first: Int[np.ndarray, "items"],
    second: Int[np.ndarray, "items"],
    influence: Float[np.ndarray, "items"],
) -> float:
    """The standard error of a sum over items with two ends each (pairs of words), where
    items that share an end are dependent.

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


def grouped_error(group: Int[np.ndarray, "items"], influence: Float[np.ndarray, "items"]) -> float:
    """The standard error of a sum over items, where items of one group (words with one
    stem) are dependent. Groups count from 0.
    """
    sums = np.bincount(group, weights=influence)
    return float(np.sqrt(sums @ sums))


def normal_interval(
    value: float, error: float, least: float = -np.inf, most: float = np.inf, level: float = LEVEL
) -> tuple[float, float]:
    """Value ± z·error, kept inside [least, most]; NaN where either is not known."""
    if isnan(value) or isnan(error):
        return nan, nan
    reach = NormalDist().inv_cdf((1 + level) / 2) * error
    return max(value - reach, least), min(value + reach, most)


def correlation_interval(rho: float, error: float, level: float = LEVEL) -> tuple[float, float]:
    """The interval of a correlation with this standard error by Fisher's z, so that it
    stays in [−1, 1].
    """
    if isnan(rho) or isnan(error) or abs(rho) >= 1:
        return (nan, nan) if isnan(rho) or isnan(error) else (rho, rho)
    low, high = normal_interval(atanh(rho), error / (1 - rho**2), level=level)
    return tanh(low), tanh(high)


class Ranked:
    """Values as their mid-ranks' shares, less ½, and what one more value of each size
    would do to a mean over them.
    """

    def __init__(self, x: Float[np.ndarray, "items"]) -> None:
        values, self.group = np.unique(x, return_inverse=True)
        self.varies = len(values) > 1
        count = np.bincount(self.group)
        self.centred = ((np.cumsum(count) - count / 2) / len(x))[self.group] - 0.5

    def shifted(self, y: Float[np.ndarray, "items"]) -> Float[np.ndarray, "items"]:
        """For each item k the mean over i of y_i·([x_k < x_i] + ½[x_k = x_i]): weight
        on k raises the ranks above it.
        """
        sums = np.bincount(self.group, weights=y)
        return (sums[::-1].cumsum()[::-1] - sums / 2)[self.group] / len(y)


def rank_influence(
    x: Float[np.ndarray, "items"], y: Float[np.ndarray, "items"]
) -> tuple[float, Float[np.ndarray, "items"]]:
    """Spearman's ρ and each item's influence on it: through its own ranks, and through
    the ranks of the items that it passes.

    The derivative of ρ by the item's weight, over the number of items. NaN where a side
    does not vary.
    """
    a, b = Ranked(x), Ranked(y)
    if not (a.varies and b.varies):
        return nan, np.full(len(x), nan)
    u, v = a.centred, b.centred
    xy, xx, yy = u @ v, u @ u, v @ v
    rho = float(np.clip(xy / np.sqrt(xx * yy), -1, 1))
    cross = u * v + a.shifted(v) + b.shifted(u)
    influence = cross / np.sqrt(xx * yy) - rho / 2 * (
        (u * u + 2 * a.shifted(u)) / xx + (v * v + 2 * b.shifted(v)) / yy
    )
    return rho, influence - influence.mean()
