"""What each arm gives for a measure over its seeds, and its difference from a baseline arm."""

import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from embexp.errors import InputError, unknown
from embexp.measures.equivalence import detectable_difference, sign_flip_p
from embexp.measures.statistics import Difference, holm, paired_difference
from embexp.measures.variance import MeanEstimate
from embexp.report import select
from embexp.report.arms import Arm, Runs, Seeds, arms_of, order
from embexp.report.formatting import HOLE, Interval, interval, p_text
from embexp.report.inference import (
    SEEDS,
    Inference,
    Sure,
    difference as difference_of,
    level,
    verdict,
)
from embexp.report.select import Row, Values

BASELINE = "frozen"
SIGNIFICANT = 0.05
NO_DIFFERENCE = Difference(math.nan, math.nan, math.nan, math.nan, math.nan, 0)
UNKNOWN = Sure(MeanEstimate(math.nan, math.nan, math.nan, math.nan, math.nan, ()), "")


class Estimate(NamedTuple):
    """One measure of one arm over its seeds; NaN where there is nothing."""

    arm: Arm
    measure: str
    value: Interval
    over_items: tuple[float, float]
    """The interval over items within one seed, averaged over seeds."""
    support: select.Support
    sources: str
    """What the interval of the value covers, such as `seeds and texts`."""
    difference: Difference
    """From the baseline arm, with Holm's adjustment of p over the family; `NO_DIFFERENCE`
    where there is no baseline."""
    sure: Sure
    """The same difference with its error and what that covers; p is not adjusted."""
    margin: float | None
    exploratory: bool = False
    """Whether the measure is outside the family, so that p is not adjusted."""
    starred: bool = False
    """Whether the difference is significant, with pairs enough for an exact test to say so."""

    @property
    def detectable(self) -> float:
        """The smallest true difference that the test would have found with power .8."""
        return detectable_difference(self.sure.estimate.error, self.sure.estimate.df)

    @property
    def verdict(self) -> str:
        """Whether the difference lies within the margin, in words."""
        return verdict(self.sure.estimate, self.margin)


def fitting(runs: Runs, baseline: str | None, by: str) -> dict[str, Any]:
    """An experiment's baseline and compared field, as options of `tables.comparison`.

    What these runs do not have is left out.
    """
    arms = set(arms_of(runs.values()).values())
    if not arms or by not in next(iter(arms)).fields:
        return {}
    try:
        base_of(arms, by, baseline)
    except InputError:
        baseline = None
    return {"by": by, "baseline": baseline}


def base_of(arms: Collection[Arm], by: str, baseline: str | None) -> str:
    """The value of the field `by` that the others are compared with.

    A regime may be named without its vectors where one arm alone has it. Without a
    name it is the regime `BASELINE`, else the first value.

    Raises:
        InputError: no arm has that value, or the arms do not differ in that field.
    """
    select.require("field in which these runs differ", [by], next(iter(arms)).fields)
    ordered = sorted(arms, key=lambda arm: order(arm, by))
    levels = list(dict.fromkeys(arm.level(by) for arm in ordered))
    wanted = BASELINE if baseline is None else baseline
    named = dict.fromkeys(arm.label for arm in ordered if by == "regime" and arm.regime == wanted)
    found = [wanted] if wanted in levels else list(named)
    if baseline is not None and len(found) != 1:
        raise unknown(by, baseline, found or levels)
    return (found or levels)[0]


def baseline_of(arm: Arm, by: str, base: str, arms: Sequence[Arm]) -> Arm | None:
    """The arm that another is compared with.

    It has the baseline's value of the field `by` and agrees in every other field that
    both have. Where the baseline was run with this encoder at one setting only (a
    frozen table has no use for several rates), that arm is taken; where several fit,
    none is.
    """
    others = [other for other in arms if other.level(by) == base]
    same = [
        other
        for other in others
        if all(
            value == other.fields[name] or HOLE in (value, other.fields[name])
            for name, value in arm.without(by).items()
        )
    ]
    near = [other for other in others if by == "regime" and other.encoder == arm.encoder]
    found = same or near
    return found[0] if len(found) == 1 else None


def estimate_of(
    values: Values,
    measure: str,
    arms: tuple[Arm, Arm | None],
    runs: Runs,
    inference: Inference,
) -> Estimate:
    """A measure of one arm, and its difference from the baseline's.

    Args:
        arms: the arm and its baseline.
    """
    arm, baseline = arms
    own = values.get(arm, {})
    rows = list(own.values())
    others = values.get(baseline, {}) if baseline and baseline != arm else {}
    seeds = sorted(own.keys() & others.keys())
    support = select.support_of(rows)
    value = select.mean_of((row["value"] for row in rows), measure)
    sources = SEEDS if len(rows) > 1 else ""
    if (found := level(measure, rows, inference.scores, runs)) is not None:
        value, sources = Interval(*found.estimate[:3]), found.sources
    difference, sure = NO_DIFFERENCE, UNKNOWN
    if seeds and select.splits_of(others.values()) == support.splits:
        left, right = ([each[seed] for seed in seeds] for each in (own, others))
        sure = difference_of(measure, left, right, inference.scores, runs)
        pairs = [np.array([row["value"] for row in each], float) for each in (left, right)]
        over_seeds = paired_difference(*pairs)
        low, high, p = sure.estimate.low, sure.estimate.high, sure.estimate.p
        if sure.sources == SEEDS:
            p = sign_flip_p(pairs[0] - pairs[1])
        difference = over_seeds._replace(low=low, high=high, p=p)
    return Estimate(
        arm,
        measure,
        value,
        over_items=(_average(rows, "low"), _average(rows, "high")),
        support=support,
        sources=sources,
        difference=difference,
        sure=sure,
        margin=inference.margin_of(measure),
    )


def _average(rows: Sequence[Row], field: str) -> float:
    """The mean of a field; NaN where a row lacks it or there is none."""
    numbers = [math.nan if row[field] is None else row[field] for row in rows]
    return sum(numbers) / len(numbers) if numbers else math.nan


def judged(estimates: Sequence[Estimate], family: Collection[str]) -> list[Estimate]:
    """The estimates, those of the family with p values adjusted over all of it, and stars."""
    inside = [each for each in estimates if each.measure in family]
    differences = iter(adjusted([each.difference for each in inside]))
    least = least_pairs(count_tests([each.difference for each in inside]))
    found = []
    for each in estimates:
        if each.measure not in family:
            found.append(each._replace(exploratory=True))
            continue
        own = next(differences)
        starred = own.p < SIGNIFICANT and own.n >= least
        found.append(each._replace(difference=own, starred=starred))
    return found


def adjusted(differences: Sequence[Difference]) -> list[Difference]:
    """The differences with p values adjusted over all of them by Holm's method."""
    ps = holm([each.p for each in differences])
    return [each._replace(p=p) for each, p in zip(differences, ps, strict=True)]


def count_tests(differences: Sequence[Difference]) -> int:
    """How many of the differences were tested: those with a p value."""
    return sum(not math.isnan(each.p) for each in differences)


def least_pairs(tests: int) -> int:
    """The fewest pairs of seeds with which a difference may be starred.

    The smallest p of the exact test by sign flips is 2/2ⁿ for n pairs; Holm's method
    asks for `SIGNIFICANT` / `tests` at most.

    >>> least_pairs(1), least_pairs(10)
    (6, 9)
    """
    return math.ceil(math.log2(2 * max(1, tests) / SIGNIFICANT))


def tested(difference: Difference) -> tuple[str, str]:
    """A difference with its interval, and its p value."""
    return interval(difference), p_text(difference.p)


def object_of(each: Any, seeds: Seeds) -> dict[str, Any]:
    """What an object of JSON says of every measure of an arm, an `Estimate` or `Emergence`."""
    arm, support = each.arm, each.support
    return {
        "encoder": arm.encoder,
        "arm": arm.label,
        "regime": arm.regime,
        "vectors": arm.vectors,
        "control": arm.control,
        **{name: None if value == HOLE else value for name, value in arm.rest},
        "measure": each.measure,
        "seeds": support.seeds,
        "failed": seeds.failed,
        "missing": seeds.missing,
        "n": support.n,
        "total": support.total,
        "chance": support.chance,
        "errors": "; ".join(seeds.errors) or None,
    }
