"""Means over replicates that are known by one value each: with item errors, and over splits."""

from math import inf, nan, sqrt

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.measures.variance import (
    ROUNDING,
    MeanEstimate,
    Replicates,
    finite_scores,
    mean_estimate,
    satterthwaite,
)


def replicate_mean(values: Replicates, item_errors: Float[np.ndarray, "_"]) -> MeanEstimate:
    """The mean over replicates of a measure that has no score for each item.

    Its variance is s²/S + the mean of the squared item errors. This is conservative: s²
    holds the residual σ_e²/n once, and so does an item error, so that the sum is σ_e²/n
    too large. Where the residual is all there is, the interval is up to √(S + 1) times too
    wide; with scores of items `crossed_mean` is to be preferred. Degrees of freedom are
    Satterthwaite's, with the item errors taken as known. One value has the error over
    items alone.

    Args:
        values: one for each replicate.
        item_errors: the standard error over items of each value. Of a difference of two
            arms it is that of the paired difference; where only those of the arms are
            known, √(a² + b²) is too large unless items agree less than by chance.

    Raises:
        InputError: the sides differ in length, or a number is NaN, infinite or a
            negative error.
    """
    if len(values) != len(item_errors):
        raise InputError(f"{len(values)} values have {len(item_errors)} item errors")
    for numbers in (values, item_errors):
        finite_scores(numbers)
    if (item_errors < 0).any():
        raise InputError(f"a standard error is {item_errors.min()}, and none is below 0")
    if not len(values):
        return mean_estimate(nan, nan, nan, ())
    of_items = (float(np.mean(item_errors**2)), inf)
    if len(values) == 1:
        total, df = satterthwaite([of_items])
        return mean_estimate(float(values[0]), sqrt(total), df, ("items",))
    total, df = satterthwaite([(_variance(values) / len(values), len(values) - 1.0), of_items])
    return mean_estimate(float(values.mean()), sqrt(total), df, ("replicates", "items"))


def resampled_mean(values: Replicates, train: int, test: int) -> MeanEstimate:
    """The mean over J random splits, with the corrected resampled t interval.

    Training texts of different splits overlap, so that s²/J is too small. The variance
    is (1/J + test/train)·s² with J − 1 degrees of freedom (Nadeau & Bengio 2003, Machine
    Learning 52: the corrected resampled t test). One split has an error of NaN.

    Args:
        values: one for each split; for two arms, their differences.
        train, test: texts that a split trains on, and is tested on.

    Raises:
        InputError: no text is trained on or tested on, or a value is NaN.
    """
    if min(train, test) < 1:
        raise InputError(f"a split trains on {train} texts and is tested on {test}; it needs both")
    finite_scores(values)
    splits = len(values)
    if splits < 2:
        return mean_estimate(float(values[0]) if splits else nan, nan, nan, ())
    total, df = satterthwaite([((1 / splits + test / train) * _variance(values), splits - 1.0)])
    return mean_estimate(float(values.mean()), sqrt(total), df, ("splits",))


def _variance(values: Replicates) -> float:
    """The variance (ddof 1); 0 where values differ by rounding only."""
    spread = float(values.std(ddof=1))
    return 0.0 if spread <= ROUNDING * np.abs(values).max() else spread**2
