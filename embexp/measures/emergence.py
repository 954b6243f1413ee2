"""Curves of a measure over training: when it rises, how far, and whether it falls again.

A curve is an array of values at rising steps (0 first); the leading axis, where there
is one, is the seeds. Times are interpolated on log(1 + t), as steps are logged
geometrically. What is not defined is NaN.
"""

from math import log1p, nan
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.statistics import Difference, mean_interval, paired_difference

Steps = Int[np.ndarray, "steps"]
Curves = Float[np.ndarray, "seeds points"]
AnyCurves = Float[np.ndarray, "*seeds points"]
"""One curve, or one of each seed."""
PerSeed = Float[np.ndarray, "*seeds"]
Others = Float[np.ndarray, "others places"]


class Time(NamedTuple):
    """A time in steps with its interval; NaN where there is none."""

    steps: float
    low: float
    high: float


def normalised_rise(curves: AnyCurves) -> AnyCurves:
    """(m_t − m_0)/(m_T − m_0): 0 at the start, 1 at the end, above 1 where it was higher before.

    NaN where both ends are equal.
    """
    first, last = curves[..., :1], curves[..., -1:]
    height = last - first
    return (curves - first) / np.where(height != 0, height, nan)


def time_to(steps: Steps, curves: AnyCurves, share: float = 0.5) -> PerSeed:
    """The step at which the normalised rise first reaches a share: t50 for ½, t90 for .9.

    It is interpolated from the step before. NaN for a curve that does not change from
    start to end, or holds NaN.

    Args:
        share: above 0 and at most 1.
    """
    check_steps(steps, curves)
    rise, log_steps = normalised_rise(curves), np.log1p(steps)
    after = np.argmax(rise >= share, axis=-1)
    before = np.maximum(after - 1, 0)
    low, high = (
        np.take_along_axis(rise, place[..., None], axis=-1)[..., 0] for place in (before, after)
    )
    with np.errstate(invalid="ignore"):  # of curves without a time
        part = (share - low) / (high - low)
    times = log_steps[before] + part * (log_steps[after] - log_steps[before])
    return np.asarray(np.expm1(np.where(np.isfinite(rise).all(axis=-1), times, nan)))


def mean_time(steps: Steps, curves: Curves, share: float = 0.5) -> Time:
    """`time_to` of the curve averaged over seeds, with an interval by the jackknife.

    Averaging first keeps a single seed's noise from reaching the share early. The mean
    curve's log(1 + t) ± Student's t · √((n − 1)/n · Σ(θ₋ᵢ − θ̄)²), where θ₋ᵢ leaves out
    seed i (Efron & Tibshirani 1993, ch. 11). Over simulated curves of 3 to 10 seeds it
    holds the truth in 93 to 98 of 100, percentiles of a bootstrap in 75 to 93.
    """
    time = float(time_to(steps, curves.mean(axis=0), share))
    bounds = np.expm1(
        jackknifed(log1p(time), np.log1p(time_to(steps, _leaving_one_out(curves), share)))
    )
    return Time(time, *map(float, np.clip(bounds, 0, steps[-1])))


def _leaving_one_out(curves: Curves) -> Float[np.ndarray, "draws points"]:
    """For each seed the mean of the others; nothing where there are no others."""
    seeds = len(curves)
    return (curves.sum(axis=0) - curves) / (seeds - 1) if seeds > 1 else curves[:0]


def jackknifed(value: float, without: PerSeed) -> tuple[float, float]:
    """Bounds of a statistic from its values without each seed; NaN where one is not finite.

    See `mean_time`.
    """
    seeds = len(without)
    if seeds < 2 or not np.isfinite([value, *without]).all():
        return nan, nan
    _, low, high = mean_interval(without)
    half_width = (high - low) / 2 * (seeds - 1)
    return value - half_width, value + half_width


def area(steps: Steps, curves: AnyCurves) -> PerSeed:
    """The mean of a curve over log(1 + t) (trapezoids): large where it rises early and high."""
    check_steps(steps, curves)
    log_steps = np.log1p(steps)
    return np.asarray(np.trapezoid(curves, log_steps, axis=-1) / (log_steps[-1] - log_steps[0]))


def peaks(curves: Curves) -> Int[np.ndarray, "seeds"]:
    """For each seed the place of the step at which the mean of the other seeds is largest.

    The largest of noisy values lies above the others by chance alone; a value at a step
    that other seeds chose does not.

    Raises:
        InputError: fewer than two seeds.
    """
    if len(curves) < 2:
        raise InputError(
            f"a peak is found on the other seeds, but there is {len(curves)}; run two or more"
        )
    return _leaving_one_out(curves).argmax(axis=1)


def decay(curves: Curves, sign: int = 1) -> Difference:
    """Peak (`peaks`) − end, paired by seed: above 0 where structure was there and went.

    A curve that only wavers gives 0 on average. With sign −1 the peak is the lowest
    point.
    """
    return paired_difference(curves[np.arange(len(curves)), peaks(sign * curves)], curves[:, -1])


def check_steps(steps: Steps, curves: AnyCurves, others: Others | None = None) -> None:
    """Refuses steps that do not rise from 0 on, or that are not those of the curves."""
    if others is not None and curves.shape != others.shape:
        raise InputError(
            f"two measures are compared seed by seed: {curves.shape} (seeds, steps) "
            f"against {others.shape}"
        )
    if curves.shape[-1] != len(steps):
        raise InputError(
            f"a curve has a value at each step: {curves.shape[-1]} values, {len(steps)} steps"
        )
    if len(steps) < 2 or steps[0] < 0 or (np.diff(steps) <= 0).any():
        raise InputError(
            "the steps of a curve are two or more and rise, from 0 on; "
            f"they are {np.asarray(steps).tolist()[:8]}"
        )
