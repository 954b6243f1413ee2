"""Rank correlations, intervals and tests: the statistics behind every value in a table.

Pure functions of small arrays. Intervals are two-sided at `LEVEL`; what cannot be
computed (too few values) is NaN, never a guess.
"""

from collections.abc import Sequence
from math import atanh, isnan, nan, sqrt, tanh
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from embexp.errors import InputError
from embexp.measures.arrays import Items

LEVEL = 0.95
"""Of all intervals."""
Z = NormalDist().inv_cdf((1 + LEVEL) / 2)


class Value(NamedTuple):
    """One measured number with what is needed to judge it.

    Args:
        value: the number; NaN where it is not defined (nothing to measure, or no
            variation).
        low, high: its interval; NaN where it has none.
        n, total: how many items (pairs, words, rows) it stands on, and how many there
            were to measure.
        chance: what a table that knows nothing scores; None where there is no such
            level.
        stratum: which items, by how often their rows were updated.
    """

    value: float
    low: float
    high: float
    n: int
    total: int
    chance: float | None
    stratum: str = "all"


class Difference(NamedTuple):
    """A mean difference over pairs (of seeds, say).

    Args:
        low, high: its interval.
        p: of the two-sided test.
        effect: d_z, in standard deviations.
        n: pairs.
    """

    mean: float
    low: float
    high: float
    p: float
    effect: float
    n: int


def undefined(total: int, chance: float | None = None) -> Value:
    """The value of a measure that found nothing to measure."""
    return Value(nan, nan, nan, 0, total, chance)


def estimate(
    value: float,
    error: float,
    n: int,
    chance: float | None = None,
    *,
    total: int | None = None,
    least: float = 0.0,
    most: float = 1.0,
) -> Value:
    """A value of n items with its normal interval, kept inside [least, most].

    Args:
        error: its standard error.
        total: how many items there were to measure; n if not given.
    """
    interval = normal_interval(value, error, least, most)
    return Value(value, *interval, n, n if total is None else total, chance)


def exact(value: float, chance: float | None = None) -> Value:
    """One exact number, such as a cosine: it has no interval within a table."""
    return Value(value, nan, nan, 1, 1, chance)


def ranks(x: Items) -> Items:
    """Ranks from 0; tied values share the mean of their ranks."""
    _, group, count = np.unique(x, return_inverse=True, return_counts=True)
    return (np.cumsum(count) - (count + 1) / 2)[group]


def spearman(x: Items, y: Items) -> float:
    """Spearman's ρ: Pearson's correlation of the ranks, ties sharing their mean rank.

    It is NaN where either side does not vary.

    Raises:
        InputError: a side holds NaN.
    """
    x, y = np.asarray(x, float), np.asarray(y, float)
    if np.isnan(x).any() or np.isnan(y).any():
        raise InputError("a rank correlation of NaN is not defined; did training diverge?")
    a, b = (ranks(side) - (len(side) - 1) / 2 for side in (x, y))
    scale = sqrt((a @ a) * (b @ b))
    return float(np.clip(a @ b / scale, -1, 1)) if scale > 0 else nan


def fisher_interval(rho: float, n: int) -> tuple[float, float]:
    """The interval of Spearman's ρ over n items by Fisher's z transformation.

    It is tanh(atanh ρ ± z·√((1 + ρ²/2)/(n − 3))). The standard error is Bonett &
    Wright's (2000, Psychometrika 65). NaN up to 3 items; ρ = ±1 gives one point.
    """
    return correlation_interval(rho, sqrt((1 + rho**2 / 2) / (n - 3)) if n > 3 else nan)


def correlation_interval(rho: float, error: float) -> tuple[float, float]:
    """The interval of a correlation, in [−1, 1], from the standard error of its Fisher's z."""
    if isnan(rho) or isnan(error):
        return nan, nan
    if abs(rho) == 1:
        return rho, rho
    low, high = normal_interval(atanh(rho), error)
    return tanh(low), tanh(high)


def rank_correlation(x: Items, y: Items, total: int | None = None) -> Value:
    """Spearman's ρ as a value with Fisher's interval and chance 0.

    n counts the items, `total` those that there were (n if not given).
    """
    rho = spearman(x, y)
    return Value(
        rho, *fisher_interval(rho, len(x)), len(x), len(x) if total is None else total, 0.0
    )


def wilson(share: float, n: int) -> tuple[float, float]:
    """Wilson's score interval for a share of n trials (1927, JASA 22). NaN where n is 0."""
    if n <= 0 or isnan(share):
        return nan, nan
    z2 = Z**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half_width = sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n**2))) / (1 + z2 / n)
    return min(max(middle - half_width, 0.0), share), max(min(middle + half_width, 1.0), share)


def mean_interval(
    values: Sequence[float] | Items,
) -> tuple[float, float, float]:
    """Mean, low and high by Student's t with n − 1 degrees of freedom.

    One value has NaN bounds; no value gives three NaN.

    >>> mean, low, high = mean_interval([0.86, 0.87, 0.88])
    >>> round(mean, 3), round(low, 3), round(high, 3)
    (0.87, 0.845, 0.895)
    """
    numbers = np.asarray(values, float)
    if len(numbers) < 2:
        return (float(numbers[0]) if len(numbers) else nan), nan, nan
    from scipy.special import stdtrit

    mean, n = float(numbers.mean()), len(numbers)
    t = float(stdtrit(n - 1, (1 + LEVEL) / 2))
    half_width = t * float(numbers.std(ddof=1)) / sqrt(n)
    return mean, mean - half_width, mean + half_width


def paired_difference(
    a: Sequence[float] | Items,
    b: Sequence[float] | Items,
) -> Difference:
    """The mean of a − b over pairs (one a seed), with the paired t test's interval and p.

    The effect size is d_z = mean / sd (ddof 1).

    Differences that are all 0 have p = 1 and effect 0. Differences that are all the
    same but not 0 have no test (p and effect NaN): what no seed moves, such as the
    score of a frozen table, is known exactly, and repeating it is no evidence.

    Raises:
        InputError: the sides differ in length.
    """
    left, right = np.asarray(a, float), np.asarray(b, float)
    if left.shape != right.shape:
        raise InputError(
            f"a paired difference needs the same seeds on both sides: {left.size} against "
            f"{right.size}"
        )
    differences = left - right
    mean, low, high = mean_interval(differences)
    n = len(differences)
    if n < 2:
        return Difference(mean, low, high, nan, nan, n)
    spread = float(differences.std(ddof=1))
    if spread <= 1e-12 * max(np.abs(left).max(), np.abs(right).max()):
        same = bool(np.all(differences == 0))
        return Difference(mean, mean, mean, 1.0 if same else nan, 0.0 if same else nan, n)
    from scipy.special import stdtr

    effect = mean / spread
    return Difference(mean, low, high, float(2 * stdtr(n - 1, -abs(effect) * sqrt(n))), effect, n)


def holm(ps: Sequence[float]) -> list[float]:
    """P values adjusted for the number of tests, in the order given.

    Holm 1979, Scand. J. Stat. 6. NaN is no test and stays.

    >>> holm([0.01, 0.04, 0.03])
    [0.03, 0.06, 0.06]
    """
    adjusted, running = list(map(float, ps)), 0.0
    tests = sorted((i for i, p in enumerate(adjusted) if not isnan(p)), key=adjusted.__getitem__)
    for done, i in enumerate(tests):
        running = max(running, min(1.0, (len(tests) - done) * adjusted[i]))
        adjusted[i] = running
    return adjusted


def normal_interval(
    value: float, error: float, least: float = -np.inf, most: float = np.inf
) -> tuple[float, float]:
    """Value ± z·error, kept inside [least, most]; NaN where either is not known."""
    if isnan(value) or isnan(error):
        return nan, nan
    half_width = Z * error
    return max(value - half_width, least), min(value + half_width, most)
