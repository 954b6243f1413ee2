"""Runs that were made again, compared row by row with those that a folder of results holds."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from statistics import stdev
from typing import Any, NamedTuple

import numpy as np

from embexp.measures.summary import STRATA
from embexp.records import Results, rounded
from embexp.records.scores import ItemScores
from embexp.report.arms import BASELINE, arms_of

Record = Mapping[str, Any]
FIELDS = ("step", "value", "low", "high", "n", "total", "chance")
"""What equal rows agree in, besides what they measure."""
ENVIRONMENT = ("code", "versions", "device")
"""What a run's line tells of the programs and the machine that made it."""
DEVIATIONS = 3
"""How many standard deviations over the other seeds of its arm a value may move elsewhere."""
ROUNDING = 1e-4
"""What a value may always move elsewhere, as a share of it, or of 1 if that is more: machines
round differently, also where all seeds agree. Tables show three digits."""


class Mismatch(NamedTuple):
    """A number that was not found again.

    Args:
        field: which number of the row; `row` if there is none now, `run` if the run failed
            `now`, `scores` if so many single items have others `now`.
        low, high: between which `now` was to lie; None where it was to be `recorded`.
    """

    split: str
    measure: str
    step: int
    stratum: str
    field: str
    recorded: Any
    now: Any
    low: float | None = None
    high: float | None = None


class Rerun(NamedTuple):
    """How a run that was made again agrees with its recorded rows.

    Args:
        exact: whether rows were to be equal, as the environment is the recorded one.
        rows: how many are recorded.
        equal: those of which all numbers are the same, to the digits that are recorded.
        within: those of the rest that are near enough.
        missing: those of the rest that cannot be compared: the run, made elsewhere, has not come
            to their step, or words are no longer divided into their stratum.
    """

    digest: str
    arm: str
    seed: int
    exact: bool
    rows: int
    equal: int
    within: int
    missing: int
    mismatches: Sequence[Mismatch]

    @property
    def beyond(self) -> int:
        """How many numbers were not found again."""
        return len(self.mismatches)


class Curve:
    """The rows of one run, found by what they measure and at which step."""

    def __init__(self, rows: Iterable[Record]) -> None:
        self.rows = {(_measured(row), row["step"]): row for row in rows}
        self.measured = {measured for measured, _ in self.rows}
        self.last = max((step for _, step in self.rows), default=0)
        tested = (step for (split, *_), step in self.rows if split == "test")
        self.selected = next(tested, None)

    def like(self, row: Record, of: "Curve") -> Record | None:
        """The row that stands where one stands in another run.

        That is at its step, or else at the step that validation selected, or at the last,
        where it stands there in the other run.
        """
        steps = [row["step"]]
        steps += [self.selected] if row["step"] == of.selected else []
        steps += [self.last] if row["step"] == of.last else []
        found = (self.rows.get((_measured(row), step)) for step in steps)
        return next((each for each in found if each), None)


Scores = Mapping[str, Mapping[str, ItemScores]]
"""Scores of single items by digest and measure."""


def reruns(
    recorded: Results,
    again: Results,
    *,
    rounds: bool,
    scores: tuple[Scores, Scores] = ({}, {}),
) -> list[Rerun]:
    """How the runs that were made again, of those that are recorded, agree with their rows.

    In the same environment all numbers are to be equal, the scores of single items among
    them. Elsewhere a value may move by `DEVIATIONS` standard deviations over the other seeds of
    its arm: its own would make room for whatever it is. If fewer than two others have it, it may
    lie anywhere in its recorded interval. By `ROUNDING` it may always move.

    Args:
        recorded: a folder that is verified, without trials.
        again: runs of the same specs that were made now.
        rounds: whether recorded numbers may be rounded, as `records.rounded` does.
        scores: those recorded and those now.
    """
    arms, rows = arms_of(recorded.runs.values()), _by_run(recorded.rows)
    curves = {digest: Curve(rows[digest]) for digest in recorded.runs}
    now = _by_run(again.rows)
    found = []
    for digest, line in again.runs.items():
        if digest not in arms:
            continue
        arm, seed = arms[digest], line["spec"]["seed"]
        exact = same_environment(recorded.runs[digest], line)
        rerun = Rerun(digest, str(arm), seed, exact, len(rows[digest]), 0, 0, 0, ())
        if line["error"] is not None:
            failed = Mismatch("", "", 0, "", "run", None, line["error"])
            found.append(rerun._replace(mismatches=[failed]))
            continue
        seeds = [curves[each] for each in curves if arms[each] == arm and each != digest]
        rerun = _compared(rerun, Curve(now[digest]), curves[digest], seeds, rounds)
        other = [*_other_scores(*(each.get(digest, {}) for each in scores))] if exact else []
        found.append(rerun._replace(mismatches=[*rerun.mismatches, *other]))
    return found


def same_environment(recorded: Record, now: Record) -> bool:
    """Whether two lines of a run tell of the same code, libraries, flags and machine.

    A line that tells less, as those of earlier versions do of the processor, is of another
    one. So is that of a baseline, as no line tells the version of scikit-learn.
    """
    baseline = recorded["spec"]["regime"].startswith(BASELINE)
    return not baseline and all(recorded[name] == now[name] for name in ENVIRONMENT)


def _compared(rerun: Rerun, now: Curve, own: Curve, seeds: Sequence[Curve], rounds: bool) -> Rerun:
    """The comparison of a run's recorded curve with that of the same run now."""
    equal = within = missing = 0
    mismatches = []
    for row in own.rows.values():
        other = now.like(row, own)
        place = (row["split"], row["measure"], row["step"], row["stratum"])
        if other is None:
            former = row["stratum"] not in ("all", *STRATA)
            if rerun.exact or not (former or _measured(row) in now.measured):
                mismatches.append(Mismatch(*place, "row", row["value"], None))
            else:
                missing += 1
        elif (field := _differing(row, other, rounds)) is None:
            equal += 1
        elif rerun.exact:
            mismatches.append(Mismatch(*place, field, row[field], other[field]))
        else:
            low, high = bounds(row, own, seeds)
            value = other["value"]
            if value == row["value"] or (None not in (value, low, high) and low <= value <= high):
                within += 1
            else:
                mismatches.append(Mismatch(*place, "value", row["value"], value, low, high))
    return rerun._replace(equal=equal, within=within, missing=missing, mismatches=mismatches)


def bounds(row: Record, own: Curve, seeds: Sequence[Curve]) -> tuple[float | None, float | None]:
    """Between which values that of a row may lie where another machine has made it.

    Args:
        own: the run of the row.
        seeds: the other runs of its arm.
    """
    value = row["value"]
    if value is None:
        return None, None
    least = ROUNDING * max(1, abs(value))
    alike = (each["value"] for curve in seeds if (each := curve.like(row, own)))
    if len(values := [each for each in alike if each is not None]) > 1:
        least = max(least, DEVIATIONS * stdev(values))
        return value - least, value + least
    low, high = (value if row[end] is None else row[end] for end in ("low", "high"))
    return min(value - least, low), max(value + least, high)


def _other_scores(
    recorded: Mapping[str, ItemScores], now: Mapping[str, ItemScores]
) -> Iterator[Mismatch]:
    """The measures of which single items have other scores now."""
    for measure, own in recorded.items():
        other = now.get(measure, own[:0])
        if not np.array_equal(own, other, equal_nan=own.dtype.kind == "f"):
            alike = min(len(own), len(other))
            count = len(own) - int((own[:alike] == other[:alike]).sum())
            yield Mismatch("test", measure, 0, "all", "scores", None, count)


def _differing(row: Record, other: Record, rounds: bool) -> str | None:
    """The first field in which two rows differ."""
    for field in FIELDS:
        same = row[field] == other[field]
        if not same and not (rounds and row[field] == rounded(other[field])):
            return field
    return None


def _measured(row: Record) -> tuple[str, str, str]:
    return row["split"], row["measure"], row["stratum"]


def _by_run(rows: Iterable[Record]) -> Mapping[str, list[Record]]:
    found: dict[str, list[Record]] = defaultdict(list)
    for row in rows:
        found[row["digest"]].append(row)
    return found
