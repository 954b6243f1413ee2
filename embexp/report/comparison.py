"""Values of each seed into entries of a comparison: mean, interval, difference from the
baseline arm, test and holes.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from embexp.errors import unknown
from embexp.measures.statistics import Difference, holm, mean_interval, paired_difference
from embexp.report import select
from embexp.report.formatting import what
from embexp.report.select import Arm, Values

BASELINE = "glove-frozen"
SIGNIFICANT = 0.05
HEADLINE = 100
"""A measure of words on fewer items than this stands in the details, but is refused in
the summary."""


@dataclass(frozen=True)
class Seeds:
    """Which of the table's seeds an arm has."""

    finished: int
    failed: int
    missing: int
    """Seeds that other arms have but this one never ended."""
    errors: tuple[str, ...]

    def __str__(self) -> str:
        holes = [
            f"{count} {what}"
            for count, what in ((self.failed, "failed"), (self.missing, "not run"))
            if count
        ]
        return f"{self.finished}/{self.finished + self.failed + self.missing}" + (
            f" ({', '.join(holes)})" if holes else ""
        )


@dataclass(frozen=True)
class Entry:
    """One measure of one arm over its seeds; NaN where there is nothing."""

    arm: Arm
    measure: str
    mean: float
    low: float
    high: float
    over_items: tuple[float, float]
    """The interval over items within one seed, averaged over seeds."""
    seeds: int
    items: tuple[int, int]
    """The fewest and the most items over the seeds, of `total`."""
    total: int
    chance: float | None
    splits: frozenset[str]
    difference: Difference | None
    """From the baseline arm, p adjusted by Holm's method over the table; None where
    there is no such arm."""

    @property
    def differs(self) -> bool:
        """Whether the difference from the baseline is significant after the adjustment."""
        return self.difference is not None and self.difference.p < SIGNIFICANT

    @property
    def too_few(self) -> bool:
        """Whether a measure of words has too few of them to stand in the summary."""
        return (
            self.seeds > 0
            and self.items[1] < HEADLINE
            and what(self.measure) in ("semantic", "sentiment")
        )


def fitting(
    cells: Mapping[str, Mapping[str, Any]], baseline: str | None, by: str
) -> dict[str, Any]:
    """An experiment's own baseline and what it compares, as options of `comparison`, as
    far as these cells have them.
    """
    arms = select.arms(cell["spec"] for cell in cells.values())
    if not arms or by not in arms[0].fields:
        return {}
    return {"by": by, "baseline": baseline if baseline in {arm.level(by) for arm in arms} else None}


def base_of(arms: Collection[Arm], by: str, baseline: str | None) -> str:
    """The value of a field that the others are compared with.

    Raises:
        InputError: no arm has that value, or the arms do not differ in that field.
    """
    if by not in (fields := next(iter(arms)).fields):
        raise unknown("field in which these cells differ", by, fields)
    levels = list(
        dict.fromkeys(arm.level(by) for arm in sorted(arms, key=lambda arm: sort_key(arm, by, "")))
    )
    base = baseline or (BASELINE if BASELINE in levels else levels[0])
    if base not in levels:
        raise unknown(by, base, levels)
    return base


def sort_key(arm: Arm, by: str, base: str) -> tuple[Any, ...]:
    """A sorting key: encoders, other fields (numbers by size) and regimes; last the
    field that is compared, its baseline first.
    """
    return (
        *(select.key(value) for value in arm.without(by).values()),
        arm.level(by) != base,
        select.key(arm.fields[by]),
    )


def baseline_of(arm: Arm, by: str, base: str, arms: Sequence[Arm]) -> Arm | None:
    """The arm that another is compared with: with the baseline's value of the field
    `by`, and else the same.

    Where the baseline was run with this encoder at one setting only (a frozen table has
    no use for several rates), that one is taken.
    """
    others = [other for other in arms if other.level(by) == base]
    same = [other for other in others if other.without(by) == arm.without(by)]
    near = [other for other in others if by == "regime" and other.encoder == arm.encoder]
    return same[0] if same else near[0] if len(near) == 1 else None


def entry_of(values: Values, measure: str, arm: Arm, baseline: Arm | None) -> Entry:
    """A measure of one arm, and what it differs from the baseline's by."""
    rows = list(values.get(arm, {}).values())
    mean, low, high = mean_interval([row["value"] for row in rows])
    splits = select.splits_of(rows)
    other = baseline if rows and baseline in values and baseline != arm else None
    if other and select.splits_of(values[other].values()) != splits:
        other = None
    counts = [row["n"] for row in rows] or [0]
    return Entry(
        arm=arm,
        measure=measure,
        mean=mean,
        low=low,
        high=high,
        over_items=(average([row["low"] for row in rows]), average([row["high"] for row in rows])),
        seeds=len(rows),
        items=(min(counts), max(counts)),
        total=max((row["total"] for row in rows), default=0),
        chance=next((row["chance"] for row in rows), None),
        splits=splits,
        difference=paired_difference(*select.paired(values, arm, other)) if other else None,
    )


def average(numbers: Sequence[float | None]) -> float:
    """The mean; NaN where a number is missing or there is none."""
    known = [each for each in numbers if each is not None]
    return sum(known) / len(known) if known and len(known) == len(numbers) else math.nan


def adjusted(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with p values adjusted over all of them."""
    ps = iter(holm([entry.difference.p for entry in entries if entry.difference]))
    return [
        replace(entry, difference=entry.difference._replace(p=next(ps)))
        if entry.difference
        else entry
        for entry in entries
    ]


def seeds_of(cells: Mapping[str, Mapping[str, Any]], of: Mapping[str, Arm]) -> dict[Arm, Seeds]:
    """Which seeds of the table each arm has."""
    ended: dict[Arm, dict[int, str | None]] = defaultdict(dict)
    for digest, cell in cells.items():
        ended[of[digest]][cell["spec"]["seed"]] = cell["error"]
    every = set().union(*ended.values())
    return {
        arm: Seeds(
            finished=sum(error is None for error in errors.values()),
            failed=sum(error is not None for error in errors.values()),
            missing=len(every - errors.keys()),
            errors=tuple(
                f"seed {seed}: {' '.join(error.split())}"
                for seed, error in sorted(errors.items())
                if error is not None
            ),
        )
        for arm, errors in ended.items()
    }
