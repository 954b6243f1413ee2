"""Curves over training into how a measure emerges: start, peak and end, when half of
its change is done, and which of two is first.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.measures import MEASURES
from embexp.measures import emergence as emerging
from embexp.measures.emergence import Order, Time
from embexp.measures.statistics import Difference, holm, paired_difference
from embexp.report import select
from embexp.report.formatting import title, what
from embexp.report.select import Arm, Point, Row

LEAST_STEPS, LEAST_SEEDS = 4, 2
"""Fewer logged steps are no curve, and one seed has no interval."""
CONTROLS = {
    "random": ("random-labels",),
    **dict.fromkeys(("permuted", "random-labels", "pretrained-random-labels", "random-frozen"), ()),
}
"""For a regime those that learn nothing of the kind, the nearest first; where none of
them was run, the control is chance."""
OTHERS = ("pretrained-random-labels", "permuted")
"""The controls of every other regime."""
TESTS = ("rise", "decay", "change")
NOWHERE, NEVER = Point(math.nan, math.nan, math.nan), Time(math.nan, math.nan, math.nan)


class Curve(NamedTuple):
    """A measure of one arm over the steps at which all its seeds have a value."""

    steps: Int[np.ndarray, "steps"]
    seeds: tuple[int, ...]
    values: Float[np.ndarray, "seeds steps"]
    chance: float | None
    items: tuple[int, int]
    """The fewest items that a value stands on, and how many there were."""
    splits: frozenset[str] = frozenset()

    def of(
        self, seeds: Sequence[int], steps: Int[np.ndarray, "points"]
    ) -> Float[np.ndarray, "some points"]:
        """The values of some seeds at some steps."""
        return self.values[[self.seeds.index(seed) for seed in seeds]][
            :, np.searchsorted(self.steps, steps)
        ]


@dataclass(frozen=True)
class Emergence:
    """One measure of one arm along training; NaN where there is nothing, and then
    `reason` says why.

    start, peak, end: mean over seeds. The peak of a measure that is better low, or
    falls from its start, is its lowest point.
    peak_steps: the first and last of the steps at which seeds have their peak.
    rise, decay, change: peak − start, peak − end, end − start, paired by seed; p
    adjusted by Holm's method for each over the table.
    t50_to_peak: the time of half of the rise; NaN where the rise's interval holds 0.
    rise_at_peak: the normalised rise there: the peak's distance from the start over the
    end's.
    onset: the first step from which the curve stays apart from its control, to the end
    or to step `until`; infinite if there is none.
    """

    arm: Arm
    measure: str
    reason: str
    seeds: int = 0
    steps: int = 0
    items: tuple[int, int] = (0, 0)
    chance: float | None = None
    splits: frozenset[str] = frozenset()
    start: Point = NOWHERE
    peak: Point = NOWHERE
    end: Point = NOWHERE
    area: Point = NOWHERE
    peak_steps: tuple[int, int] | None = None
    rise: Difference | None = None
    decay: Difference | None = None
    change: Difference | None = None
    rise_at_peak: float = math.nan
    t50: Time = NEVER
    t90: Time = NEVER
    t50_to_peak: Time = NEVER
    control: str | None = None
    onset: float = math.nan
    until: int | None = None


class First(NamedTuple):
    """Which of two measures of an arm changes first; no order where one has no t50, and
    then why.
    """

    sentiment: Emergence
    semantic: Emergence
    order: Order | None
    reason: str


def curves_of(
    rows: Sequence[Row], measure: str, of: Mapping[str, Arm], stratum: str = "all"
) -> dict[Arm, Curve]:
    """The curve of each arm that has values, at the steps that its seeds share."""
    along = select.along(rows, measure, of, stratum)
    found = {}
    for arm in {arm for values in along.values() for arm in values}:
        own = {step: values[arm] for step, values in along.items() if arm in values}
        seeds = sorted(set().union(*own.values()))
        steps = [step for step, values in own.items() if len(values) == len(seeds)]
        if not steps:
            continue
        table = [[own[step][seed] for step in steps] for seed in seeds]
        every = [row for line in table for row in line]
        found[arm] = Curve(
            steps=np.array(steps),
            seeds=tuple(seeds),
            values=np.array([[row["value"] for row in line] for line in table], float),
            chance=every[0]["chance"],
            items=(min(row["n"] for row in every), max(row["total"] for row in every)),
            splits=select.splits_of(every),
        )
    return found


def is_enough(curve: Curve) -> bool:
    """Whether there are steps and seeds enough to speak of a curve."""
    return len(curve.seeds) >= LEAST_SEEDS and len(curve.steps) >= LEAST_STEPS


def emergence_of(arm: Arm, measure: str, curves: Mapping[Arm, Curve]) -> Emergence:
    """One measure of one arm."""
    if arm not in curves:
        return Emergence(arm, measure, "has no values")
    curve = curves[arm]
    steps, values = curve.steps, curve.values
    known: dict[str, Any] = {
        "seeds": len(values),
        "steps": len(steps),
        "items": curve.items,
        "chance": curve.chance,
    }
    known["splits"] = curve.splits
    known |= {"start": select.point(values[:, 0]), "end": select.point(values[:, -1])}
    if not is_enough(curve):
        few = f"{len(values)} seed" if len(values) < LEAST_SEEDS else f"{len(steps)} steps"
        return Emergence(arm, measure, f"has only {few}", **known)
    sign = _sign(measure, values)
    places = emerging.peaks(sign * values)
    peak = values[np.arange(len(values)), places]
    known |= {"peak": select.point(peak), "area": select.point(emerging.area(steps, values))}
    if np.ptp(values, axis=1).max() == 0:
        return Emergence(arm, measure, "does not change", **known)
    change = paired_difference(values[:, -1], values[:, 0])
    known |= {
        "rise": paired_difference(peak, values[:, 0]),
        "decay": emerging.decay(values, sign),
        "change": change,
    }
    known["peak_steps"] = (int(steps[places.min()]), int(steps[places.max()]))
    top = int(np.sort(places)[len(places) // 2])
    known |= _onset(arm, curves, sign, int(steps[top]))
    if top > 0 and not known["rise"].low <= 0 <= known["rise"].high:
        known["t50_to_peak"] = emerging.mean_time(steps[: top + 1], values[:, : top + 1])
    if change.low <= 0 <= change.high:
        return Emergence(arm, measure, "has no sure change", **known)
    return Emergence(
        arm,
        measure,
        "",
        rise_at_peak=known["rise"].mean / change.mean,
        t50=emerging.mean_time(steps, values),
        t90=emerging.mean_time(steps, values, 0.9),
        **known,
    )


def _sign(measure: str, values: Float[np.ndarray, "seeds steps"]) -> int:
    """1 where the peak is the highest point, −1 where it is the lowest: to the better
    side, else to where the mean curve departs most.
    """
    higher = MEASURES[measure].higher if measure in MEASURES else None
    mean = values.mean(axis=0)
    departed = mean[np.abs(mean - mean[0]).argmax()] - mean[0]
    return -1 if higher is False or (higher is None and departed < 0) else 1


def _onset(arm: Arm, curves: Mapping[Arm, Curve], sign: int, peak: int) -> dict[str, Any]:
    """When a curve leaves its control for good or, where it comes back, up to its peak;
    one step above the control is no leaving.
    """
    curve = curves[arm]
    seeds, steps, name = curve.seeds, curve.steps, "chance"
    control = None if curve.chance is None else np.full(curve.values.shape, curve.chance)
    if found := _control(arm, curves):
        other, seeds, name = found
        control = other.of(seeds, steps)
    if control is None:
        return {}
    values = sign * curve.of(seeds, steps)
    for until in (None, peak):
        onset = emerging.onset(steps, values, sign * control, until)
        if onset < (steps[-1] if until is None else until):
            return {"control": name, "onset": onset, "until": until}
    return {"control": name, "onset": math.inf}


def _control(arm: Arm, curves: Mapping[Arm, Curve]) -> tuple[Curve, tuple[int, ...], str] | None:
    """The nearest control that was run with the same encoder, with the seeds that both
    have and its name.

    It is the arm that differs in its regime alone or, where the control was run with
    one setting only, that one.
    """
    own = curves[arm]
    for regime in CONTROLS.get(arm.regime, OTHERS):
        others = [
            other for other in curves if (other.encoder, other.regime) == (arm.encoder, regime)
        ]
        chosen = [other for other in others if other.rest == arm.rest] or (
            others if len(others) == 1 else []
        )
        for other in chosen:
            seeds = tuple(sorted(set(own.seeds) & set(curves[other].seeds)))
            if len(seeds) >= LEAST_SEEDS and np.isin(own.steps, curves[other].steps).all():
                differing = [
                    select.field_text(field) for field in other.rest if field not in arm.rest
                ]
                return curves[other], seeds, ", ".join([regime, *differing])
    return None


def adjusted(found: Sequence[Emergence]) -> list[Emergence]:
    """With p values adjusted over the table, the tests of each kind by themselves."""
    ps = {
        name: iter(holm([getattr(each, name).p for each in found if getattr(each, name)]))
        for name in TESTS
    }
    return [
        replace(
            each,
            **{
                name: getattr(each, name)._replace(p=next(ps[name]))
                for name in TESTS
                if getattr(each, name)
            },
        )
        for each in found
    ]


def firsts_of(found: Sequence[Emergence], curves: Mapping[str, Mapping[Arm, Curve]]) -> list[First]:
    """The first measure of sentiment against each of meaning, for each arm."""
    sentiment = next((measure for measure in curves if what(measure) == "sentiment"), None)
    by = {(each.measure, each.arm): each for each in found}
    return [
        first_of(by[sentiment, each.arm], each, curves)
        for each in found
        if sentiment and what(each.measure) == "semantic"
    ]


def first_of(
    sentiment: Emergence, semantic: Emergence, curves: Mapping[str, Mapping[Arm, Curve]]
) -> First:
    """Which of two measures of an arm changes first."""
    for each in (sentiment, semantic):
        if each.reason:
            return First(sentiment, semantic, None, f"{title(each.measure)} {each.reason}")
    one, other = (curves[each.measure][each.arm] for each in (sentiment, semantic))
    seeds, steps = sorted(set(one.seeds) & set(other.seeds)), np.intersect1d(one.steps, other.steps)
    if len(seeds) < LEAST_SEEDS or len(steps) < LEAST_STEPS:
        return First(sentiment, semantic, None, "too few seeds and steps that both have")
    order = emerging.rises_first(
        steps, one.of(seeds, steps), other.of(seeds, steps), np.random.default_rng(0)
    )
    return First(sentiment, semantic, order, "")
