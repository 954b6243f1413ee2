"""Tests beside an interval: exact sign flips, equivalence within a margin, and power."""

from math import isinf, isnan, nan
from typing import NamedTuple

import numpy as np

from embexp.errors import InputError
from embexp.measures.arrays import Items
from embexp.measures.statistics import LEVEL
from embexp.measures.variance import student_quantile

EXACT = 16
"""Up to so many pairs all sign flips are counted."""
FLIPS, SEED = 99_999, 11
"""Flips drawn beyond, and the seed of their generator."""
POWER = 0.8
EQUIVALENT, BEYOND, INCONCLUSIVE, UNTESTED = (
    "equivalent",
    "beyond the margin",
    "inconclusive",
    "not tested",
)
"""The verdicts of `equivalence`."""


class Equivalence(NamedTuple):
    """The verdict of two one-sided tests.

    Args:
        p: the larger of the two one-sided p values.
        verdict: "equivalent" where p < 1 − `LEVEL`; "beyond the margin" where the
            two-sided interval at `LEVEL` lies outside the margin; "inconclusive" in
            between; "not tested" without an error.
        margin: in the unit of the difference.
    """

    p: float
    verdict: str
    margin: float


def sign_flip_p(differences: Items) -> float:
    """P of the exact two-sided test that paired differences are symmetric around 0.

    It is the share of sign flips whose mean is at least as far from 0 as the observed
    one (Fisher 1935, The Design of Experiments, § 21). All 2ⁿ are counted up to `EXACT`
    pairs, so that p is at least 2/2ⁿ; beyond, `FLIPS` are drawn by a fixed seed and
    p = (1 + hits)/(1 + flips) (Phipson & Smyth 2010, SAGMB 9:39). Items are taken as
    fixed: it tests these items over other replicates. NaN for no pair.

    Raises:
        InputError: a difference is NaN or infinite.

    >>> sign_flip_p(np.array([0.1, 0.3, 0.2, 0.2, 0.4]))
    0.0625
    """
    if not np.isfinite(differences).all():
        raise InputError("a difference is NaN or infinite; pair the replicates that both arms have")
    pairs = len(differences)
    if not pairs:
        return nan
    if pairs <= EXACT:
        signs = 1 - 2.0 * (np.arange(2**pairs)[:, None] >> np.arange(pairs) & 1)
    else:
        flipped = np.random.default_rng(SEED).integers(0, 2, size=(FLIPS, pairs), dtype=np.int8)
        signs = 1 - 2.0 * flipped
    least = abs(differences.sum()) - 1e-9 * np.abs(differences).sum()  # ties up to rounding
    hits = int((np.abs(signs @ differences) >= least).sum())
    return hits / len(signs) if pairs <= EXACT else (1 + hits) / (1 + FLIPS)


def equivalence(mean: float, error: float, df: float, margin: float) -> Equivalence:
    """Whether a difference is shown to lie inside ±margin: two one-sided t tests.

    Schuirmann 1987, J. Pharmacokinetics and Biopharmaceutics 15. The margin is stated
    before the results are seen. A difference that never varied (error 0) is not tested,
    as repeating it is no evidence.

    Args:
        mean, error, df: as in `MeanEstimate`; df may be infinite.
        margin: the smallest difference that matters, in the unit of the mean.

    Raises:
        InputError: the margin is not a positive number.

    >>> equivalence(0.002, 0.004, 11.0, margin=0.015).verdict
    'equivalent'
    """
    if not margin > 0 or isinf(margin):
        raise InputError(f"the margin is {margin}; equivalence needs a positive one")
    if isnan(mean) or isnan(error) or error == 0:
        return Equivalence(nan, UNTESTED, margin)
    from scipy.special import stdtr

    outside = (abs(mean) - margin) / error
    p = float(stdtr(df, outside))
    verdict = EQUIVALENT if p < 1 - LEVEL else INCONCLUSIVE
    return Equivalence(p, BEYOND if outside > student_quantile(df) else verdict, margin)


def detectable_difference(error: float, df: float, power: float = POWER) -> float:
    """The smallest true difference that the two-sided t test would have found.

    It is error times the noncentrality at which the test at 1 − `LEVEL` has this power
    (Cohen 1988, Statistical Power Analysis, ch. 2; the wrong tail is neglected). NaN
    without an error.

    Args:
        error, df: as in `MeanEstimate`; df may be infinite.

    Raises:
        InputError: the power is not between 1 − `LEVEL` and 1.
    """
    if not 1 - LEVEL < power < 1:
        raise InputError(f"the power is {power}; it lies between {1 - LEVEL:.2f} and 1")
    if isnan(error) or error == 0:
        return nan
    from scipy.special import nctdtrinc, ndtri

    reach = student_quantile(df)
    if isinf(df):
        return error * (reach + float(ndtri(power)))
    return error * float(nctdtrinc(df, 1 - power, reach))
