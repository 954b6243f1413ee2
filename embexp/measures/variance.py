"""Means over replicates and items, with errors that cover both: variance components.

A replicate is a seed, or a draw of the training texts with one seed; an item is a text, a
word or a pair. The score of replicate s on item i is taken as x_si = μ + S_s + I_i + e_si,
the two-way crossed model with random effects. The items are a sample as much as the seeds
are, and an interval over seeds alone leaves out the variance of I.

The mean of S replicates and n items has the variance σ_S²/S + σ_I²/n + σ_e²/(S·n). With
the mean squares of the analysis of variance its unbiased estimate is
(MS_S + MS_I − MS_e)/(S·n), which may be negative. The one used here truncates the
component that is known better. With fewer replicates than items it is

    (MS_S + max(MS_I − MS_e, 0))/(S·n)

and otherwise the two change places; with as many of both the larger mean square is
kept. Degrees of freedom are Satterthwaite's (1946, Biometrics Bulletin 2), of the mean
squares that are left. Hillis (2007, Statistics in Medicine 26:596) has this form for
readers and cases. The textbook's estimate may come out at 0 or below with few
replicates, and truncating both components is too wide where the residual dominates.
Simulated coverage is in `results/validity/coverage.md`; below 5 replicates it may fall
under .93, as Satterthwaite's approximation is too optimistic there.
"""

from collections.abc import Sequence
from math import inf, isnan, nan, sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Real

from embexp.errors import InputError
from embexp.measures.statistics import LEVEL

Scores = Bool[np.ndarray, "replicates items"] | Real[np.ndarray, "replicates items"]
"""A score of each replicate on each item: right or wrong, a log-probability, a pseudo-value."""
OtherScores = Bool[np.ndarray, "_ _"] | Real[np.ndarray, "_ _"]
"""Scores of another arm, which should have the same shape."""
Replicates = Float[np.ndarray, "replicates"]

ROUNDING = 1e-12
"""Deviations below this share of the largest score are rounding, and count as 0."""


class MeanEstimate(NamedTuple):
    """A mean, or a mean difference, with its uncertainty.

    Args:
        mean: in the unit of the scores.
        low, high: its two-sided interval at `LEVEL` by Student's t; NaN where the error
            is.
        error: its standard error; NaN where nothing was repeated.
        df: degrees of freedom of the error; infinite where it is known; NaN where the
            error is 0 or NaN.
        sources: what the error covers: "replicates", "items", both, "splits" or none.
    """

    mean: float
    low: float
    high: float
    error: float
    df: float
    sources: tuple[str, ...]

    @property
    def p(self) -> float:
        """P of the two-sided t test of mean 0.

        Without any error it is 1 for a mean of 0 and else NaN: what never varied was
        not tested.
        """
        if self.error == 0:
            return 1.0 if self.mean == 0 else nan
        if isnan(self.error):
            return nan
        from scipy.special import stdtr

        return float(2 * stdtr(self.df, -abs(self.mean) / self.error))


class MeanSquares(NamedTuple):
    """Mean squares of a two-way table; NaN where a side has one entry only."""

    replicates: float
    items: float
    residual: float


class Components(NamedTuple):
    """Variances of the effects of replicates and items, and of the residual."""

    replicates: float
    items: float
    residual: float


def mean_squares(scores: Scores, scale: float | None = None) -> MeanSquares:
    """Mean squares of the analysis of variance of a table with one score in each place.

    Args:
        scale: size of the numbers that the scores were made of, by which rounding is
            told from variation; their own largest size if not given.

    Raises:
        InputError: a score is NaN or infinite.
    """
    x = finite_scores(scores)
    replicates, items = x.shape
    if not x.size:
        return MeanSquares(nan, nan, nan)
    x = x - x.mean()
    by_replicate, by_item = x.mean(axis=1), x.mean(axis=0)
    rest = (x - by_replicate[:, None] - by_item).ravel()
    least = (ROUNDING * (np.abs(scores).max() if scale is None else scale)) ** 2
    sides = (
        (by_replicate, items, replicates - 1),
        (by_item, replicates, items - 1),
        (rest, 1, (replicates - 1) * (items - 1)),
    )
    found = (times * float(each @ each) / df if df else nan for each, times, df in sides)
    return MeanSquares(*(0.0 if square <= least else square for square in found))


def variance_components(scores: Scores) -> Components:
    """Unbiased variances of replicates, items and residual by the analysis of variance.

    A component may be negative, which says that it is small beside the residual. With
    one replicate the variance over items holds the residual, too, and the other two are
    NaN; likewise with one item. Unit: that of the scores, squared.

    Source: Searle, Casella & McCulloch 1992, Variance Components, ch. 4.
    """
    squares = mean_squares(scores)
    replicates, items = scores.shape
    if not scores.size:
        return Components(nan, nan, nan)
    if items == 1:
        return Components(squares.replicates, nan, nan)
    if replicates == 1:
        return Components(nan, squares.items, nan)
    return Components(
        (squares.replicates - squares.residual) / items,
        (squares.items - squares.residual) / replicates,
        squares.residual,
    )


def crossed_mean(scores: Scores, scale: float | None = None) -> MeanEstimate:
    """The mean score, with an error that covers replicates and items.

    With one replicate the error covers items alone, with one item replicates alone
    (`sources` says so), and with one of each it is NaN; no score gives NaN. Where both
    sides would have no variance but scores vary, the residual's is taken. Where nothing
    varies the error is 0 and the interval one point, which says only that this sample
    does not vary.

    Args:
        scale: as for `mean_squares`.

    Raises:
        InputError: a score is NaN or infinite.

    >>> right = np.array([[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 0, 1]])
    >>> found = crossed_mean(right)
    >>> round(found.mean, 3), round(found.low, 3), round(found.high, 3)
    (0.667, -0.097, 1.43)
    """
    replicates, items = scores.shape
    squares = mean_squares(scores, scale)
    sources = ("replicates",) * (replicates > 1) + ("items",) * (items > 1)
    if not scores.size:
        return mean_estimate(nan, nan, nan, ())
    mean = float(np.mean(scores, dtype=float))
    if not sources:
        return mean_estimate(mean, nan, nan, ())
    total, df = satterthwaite(_terms(squares, replicates, items))
    if len(sources) == 2 and total > 0:
        df = max(df, min(replicates, items) - 1.0)
    return mean_estimate(mean, sqrt(total / scores.size), df, sources)


def crossed_difference(scores: Scores, others: OtherScores) -> MeanEstimate:
    """The mean of scores − others, paired by replicate and by item, as `crossed_mean` has it.

    Raises:
        InputError: the tables differ in shape, or hold NaN or infinity.
    """
    if scores.shape != others.shape:
        raise InputError(
            f"a paired difference needs the same replicates and items on both sides: "
            f"{scores.shape} against {others.shape}"
        )
    one, other = finite_scores(scores), finite_scores(others)
    scale = max(np.abs(each).max(initial=0.0) for each in (one, other))
    return crossed_mean(one - other, float(scale))


def satterthwaite(squares: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The sum of independent mean squares (signed) and its approximate degrees of freedom.

    They are (Σ m)²/Σ(m²/df), Satterthwaite 1946; NaN where all squares are 0.

    Args:
        squares: each with its degrees of freedom.
    """
    total = sum(square for square, _ in squares)
    spread = sum(square**2 / df for square, df in squares)
    return float(total), float(total**2 / spread if spread else inf if total else nan)


def student_quantile(df: float, level: float = LEVEL) -> float:
    """How many standard errors a two-sided interval reaches; df may be infinite."""
    from scipy.special import stdtrit

    return float(stdtrit(df, (1 + level) / 2))


def _terms(squares: MeanSquares, replicates: int, items: int) -> list[tuple[float, float]]:
    """The mean squares whose sum over replicates·items is the variance of the mean."""
    sides = [(squares.replicates, replicates - 1.0), (squares.items, items - 1.0)]
    if 1 in (replicates, items):
        return [side for side in sides if side[1]]
    fewer, more = sorted(sides, key=lambda side: (side[1], -side[0]))
    rest = (replicates - 1.0) * (items - 1.0)
    if more[0] > squares.residual:
        return [fewer, more, (-squares.residual, rest)]
    return [fewer] if fewer[0] > 0 else [(squares.residual, rest)]


def mean_estimate(mean: float, error: float, df: float, sources: tuple[str, ...]) -> MeanEstimate:
    """A mean with its interval by Student's t; one point where the error is 0."""
    half_width = 0.0 if error == 0 else student_quantile(df) * error
    return MeanEstimate(mean, mean - half_width, mean + half_width, error, df, sources)


def finite_scores(scores: OtherScores | Float[np.ndarray, "_"]) -> Float[np.ndarray, "..."]:
    """The scores as floats.

    Raises:
        InputError: one is NaN or infinite.
    """
    x = np.asarray(scores, float)
    if not np.isfinite(x).all():
        raise InputError(
            f"{np.count_nonzero(~np.isfinite(x))} of {x.size} scores are NaN or infinite; "
            "keep the items that all replicates have"
        )
    return x
