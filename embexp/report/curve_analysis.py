"""How a measure emerges along its curve: start, peak and end, when it changes, and what is first.

The numbers are those of `embexp.measures.emergence` and `embexp.measures.onset`; here they
are taken for each arm.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.measures import MEASURES, emergence as emerging
from embexp.measures.emergence import Time
from embexp.measures.onset import Departure, Order, leaves_first, onset
from embexp.measures.statistics import Difference, paired_difference
from embexp.report.arms import Arm
from embexp.report.comparison import NO_DIFFERENCE, adjusted
from embexp.report.curves import LEAST_SEEDS, LEAST_STEPS, Curve, Curves, control_of
from embexp.report.formatting import Interval, title, what
from embexp.report.select import Support, mean_of, support_of

TESTS = ("rise", "decay", "change")
NO_ORDER, NO_SUPPORT = Order(math.nan, math.nan, math.nan, math.nan, 0), support_of(())
NO_CURVE = Curve(np.empty(0, int), (), np.empty((0, 0)), NO_SUPPORT)
NOWHERE, NEVER = Interval(math.nan, math.nan, math.nan), Time(math.nan, math.nan, math.nan)


class Onset(NamedTuple):
    """When a curve leaves its control.

    step: the first from which it stays apart, to the end or to step `until`; infinite
    if there is none, NaN without a control.
    distance: of the seeds that both have, above 0 on the side of the peak.
    """

    control: str | None
    step: float
    until: int | None = None
    distance: Curve = NO_CURVE


NO_ONSET = Onset(None, math.nan)


class Emergence(NamedTuple):
    """One measure of one arm along training; NaN where there is nothing.

    reason: why there is no t50; empty where there is one.
    start, peak, end: mean over seeds. The peak of a measure that is better low, or
    falls from its start, is its lowest point.
    area: the mean over log(1 + step).
    peak_steps: the first and last of the steps at which seeds have their peak.
    rise, decay, change: peak − start, peak − end, end − start, paired by seed, with p
    adjusted by Holm's method for each over the table.
    t50_to_peak: the time of half of the rise; NaN where the rise's interval holds 0.
    rise_at_peak: the peak's distance from the start over the end's.
    onset: when the curve leaves its control.
    """

    arm: Arm
    measure: str
    reason: str
    support: Support = NO_SUPPORT
    steps: int = 0
    start: Interval = NOWHERE
    peak: Interval = NOWHERE
    end: Interval = NOWHERE
    area: Interval = NOWHERE
    peak_steps: tuple[int, int] | None = None
    rise: Difference = NO_DIFFERENCE
    decay: Difference = NO_DIFFERENCE
    change: Difference = NO_DIFFERENCE
    rise_at_peak: float = math.nan
    t50: Time = NEVER
    t90: Time = NEVER
    t50_to_peak: Time = NEVER
    onset: Onset = NO_ONSET


class Precedence(NamedTuple):
    """Which of two measures of an arm leaves its control first.

    Where one does not leave it in training the order is `NO_ORDER`, and `reason` says why.
    """

    sentiment: Emergence
    semantic: Emergence
    reason: str
    order: Order = NO_ORDER


def emergence_of(arm: Arm, measure: str, curves: Curves) -> Emergence:
    """One measure of one arm."""
    if arm not in curves:
        return Emergence(arm, measure, "has no values")
    curve = curves[arm]
    steps, seeds, values = curve.steps, curve.seeds, curve.values
    found = Emergence(
        arm,
        measure,
        "",
        support=curve.support,
        steps=len(steps),
        start=mean_of(values[:, 0], measure),
        end=mean_of(values[:, -1], measure),
    )
    if not curve.is_enough:
        few = f"{len(seeds)} seed" if len(seeds) < LEAST_SEEDS else f"{len(steps)} steps"
        return found._replace(reason=f"has only {few}")
    sign = _sign(measure, values)
    places = emerging.peaks(sign * values)
    peak = values[np.arange(len(values)), places]
    found = found._replace(
        peak=mean_of(peak, measure), area=mean_of(emerging.area(steps, values), measure)
    )
    if np.ptp(values, axis=1).max() == 0:
        return found._replace(reason="does not change")
    rise, change = (paired_difference(each, values[:, 0]) for each in (peak, values[:, -1]))
    top = int(np.sort(places)[len(places) // 2])
    found = found._replace(
        peak_steps=(int(steps[places.min()]), int(steps[places.max()])),
        rise=rise,
        decay=emerging.decay(values, sign),
        change=change,
        onset=_onset(arm, curves, sign, int(steps[top])),
    )
    if top > 0 and not rise.low <= 0 <= rise.high:
        to_peak = emerging.mean_time(steps[: top + 1], values[:, : top + 1])
        found = found._replace(t50_to_peak=to_peak)
    if change.low <= 0 <= change.high:
        return found._replace(reason="has no sure change")
    return found._replace(
        rise_at_peak=rise.mean / change.mean,
        t50=emerging.mean_time(steps, values),
        t90=emerging.mean_time(steps, values, 0.9),
    )


def _sign(measure: str, values: Float[np.ndarray, "seeds steps"]) -> int:
    """1 where the peak is the highest point, −1 where it is the lowest.

    It lies to the better side, else where the mean curve departs most from its start.
    """
    higher = MEASURES[measure].higher if measure in MEASURES else None
    mean = values.mean(axis=0)
    falls = mean[np.abs(mean - mean[0]).argmax()] < mean[0]
    return -1 if higher is False or (higher is None and falls) else 1


def _onset(arm: Arm, curves: Curves, sign: int, peak: int) -> Onset:
    """When a curve leaves its control for good or, where it comes back, up to its peak."""
    curve = curves[arm]
    if not (found := control_of(arm, curves)):
        return NO_ONSET
    name, seeds, control = found
    values = sign * (curve.of(seeds, curve.steps) - control)
    distance = curve._replace(seeds=seeds, values=values)
    for until in (None, peak):
        step = onset(curve.steps, Departure(values, until))
        if math.isfinite(step):
            return Onset(name, step, until, distance)
    return Onset(name, math.inf, None, distance)


def with_adjusted_tests(found: Sequence[Emergence]) -> list[Emergence]:
    """The same with p values adjusted over the table, the tests of each kind apart."""
    for name in TESTS:
        tests = adjusted([getattr(each, name) for each in found])
        found = [each._replace(**{name: own}) for each, own in zip(found, tests, strict=True)]
    return [*found]


def precedences_of(found: Sequence[Emergence], curves: Mapping[str, Curves]) -> list[Precedence]:
    """The first measure of sentiment against each of meaning, for each arm."""
    sentiment = next((measure for measure in curves if what(measure) == "sentiment"), None)
    by = {(each.measure, each.arm): each for each in found}
    return [
        precedence_of(by[sentiment, each.arm], each)
        for each in found
        if sentiment and what(each.measure) == "semantic"
    ]


def precedence_of(sentiment: Emergence, semantic: Emergence) -> Precedence:
    """Which of two measures of an arm leaves its control first."""
    for each in (sentiment, semantic):
        if why := _without_onset(each):
            return Precedence(sentiment, semantic, f"{title(each.measure)} {why}")
    one, other = (each.onset.distance for each in (sentiment, semantic))
    seeds = tuple(sorted(set(one.seeds) & set(other.seeds)))
    steps = np.intersect1d(one.steps, other.steps)
    if len(seeds) < LEAST_SEEDS or len(steps) < LEAST_STEPS:
        return Precedence(sentiment, semantic, "too few seeds and steps that both have")
    first, second = (
        Departure(each.of(seeds, steps), until)
        for each, until in ((one, sentiment.onset.until), (other, semantic.onset.until))
    )
    order = leaves_first(steps, first, second, np.random.default_rng(0))
    return Precedence(sentiment, semantic, "", order)


def _without_onset(each: Emergence) -> str:
    """Why a measure does not leave its control in training; empty where it does."""
    if each.peak_steps is None:
        return each.reason
    if each.onset.control is None:
        return "has no control"
    if math.isinf(each.onset.step):
        return "has no onset"
    return "is apart at the first step" if each.onset.step == each.onset.distance.steps[0] else ""
