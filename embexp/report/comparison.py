"""What each arm gives for a measure over its seeds, and its difference from a baseline arm."""

import math
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np

from embexp.errors import InputError, unknown
from embexp.measures.statistics import Difference, holm, paired_difference
from embexp.report import select
from embexp.report.arms import Arm, Runs, Seeds, arms_of, order
from embexp.report.formatting import HOLE, Interval, interval, p_text, what
from embexp.report.select import Row, Values

BASELINE = "frozen"
SIGNIFICANT = 0.05
HEADLINE = 100
"""With fewer items, a measure of words stands in the details but not in the summary."""
NO_DIFFERENCE = Difference(math.nan, math.nan, math.nan, math.nan, math.nan, 0)


class Estimate(NamedTuple):
    """One measure of one arm over its seeds; NaN where there is nothing."""

    arm: Arm
    measure: str
    value: Interval
    over_items: tuple[float, float]
    """The interval over items within one seed, averaged over seeds."""
    support: select.Support
    difference: Difference
    """From the baseline arm, with Holm's adjustment of p over the table; `NO_DIFFERENCE`
    where there is no baseline."""
    starred: bool = False
    """Whether the difference is significant, with pairs enough for an exact test to say so."""


def few(measure: str, items: int) -> bool:
    """Whether so many items are too few for a headline; measures of the task have no limit."""
    return items < HEADLINE and what(measure) in ("semantic", "sentiment")


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


def estimate_of(values: Values, measure: str, arm: Arm, baseline: Arm | None) -> Estimate:
    """A measure of one arm, and its difference from the baseline's."""
    own = values.get(arm, {})
    rows = list(own.values())
    others = values.get(baseline, {}) if baseline and baseline != arm else {}
    pairs = [
        (own[seed]["value"], others[seed]["value"]) for seed in sorted(own.keys() & others.keys())
    ]
    support = select.support_of(rows)
    compared = pairs and select.splits_of(others.values()) == support.splits
    return Estimate(
        arm,
        measure,
        select.mean_of(row["value"] for row in rows),
        over_items=(_average(rows, "low"), _average(rows, "high")),
        support=support,
        difference=paired_difference(*np.transpose(pairs)) if compared else NO_DIFFERENCE,
    )


def _average(rows: Sequence[Row], field: str) -> float:
    """The mean of a field; NaN where a row lacks it or there is none."""
    numbers = [math.nan if row[field] is None else row[field] for row in rows]
    return sum(numbers) / len(numbers) if numbers else math.nan


def judged(estimates: Sequence[Estimate]) -> list[Estimate]:
    """The estimates with p values adjusted over all of them, and stars."""
    differences = adjusted([each.difference for each in estimates])
    least = least_pairs(count_tests(differences))
    return [
        each._replace(difference=found, starred=found.p < SIGNIFICANT and found.n >= least)
        for each, found in zip(estimates, differences, strict=True)
    ]


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
