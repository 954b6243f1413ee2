"""The values that the seeds of each arm have at a checkpoint of training."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from embexp.errors import unknown
from embexp.measures.statistics import mean_interval
from embexp.report.arms import Arm, arms_of
from embexp.report.formatting import Interval

Row = Mapping[str, Any]
Rows = Sequence[Row]
"""Joined rows, from `records.read_rows`."""
Values = dict[Arm, dict[int, Row]]
"""The row of each seed of each arm; rows without a value are left out."""
Steps = Mapping[int, Values]
"""The values at each step."""

EVALUATED = ("words", "validation", "train", "test")
CHECKPOINTS = {"selected": ("test", *EVALUATED), "start": EVALUATED, "last": EVALUATED}
"""Checkpoints by name, with the splits in which a measure is looked up, in order."""


def mean_of(values: Iterable[float]) -> Interval:
    """The mean of one value for each seed."""
    return Interval(*mean_interval(list(values)))


def splits_of(rows: Iterable[Row]) -> frozenset[str]:
    """The splits that values come from; measures of the table's words come from none."""
    return frozenset(row["split"] for row in rows) - {"words"}


def at(
    rows: Rows,
    measure: str,
    checkpoint: str | int = "selected",
    of: Mapping[str, Arm] | None = None,
    stratum: str = "all",
) -> Values:
    """The values of a measure at a checkpoint of training.

    Args:
        rows: from `records.read_rows`.
        measure: its name.
        checkpoint: the step that validation `selected` (that of the run's test rows),
            the `start`, the `last` step, or a step's number. At the selected step a
            measure of the test split is taken from there; else, and at the other
            checkpoints, values come from the words or the validation split, which have
            rows at every evaluation step, or from the training split where nothing was
            held out.
        of: the arm of each digest, where the rows alone do not tell it (runs that
            failed have none).
        stratum: of the words, by how often their rows were updated.
    """
    if isinstance(checkpoint, str):
        require("checkpoint", [checkpoint], CHECKPOINTS)
    of = arms_of(rows) if of is None else of
    own = _of_one_split(_of(rows, measure, stratum), CHECKPOINTS.get(str(checkpoint), EVALUATED))
    steps = _steps(rows, own, checkpoint)
    found: Values = defaultdict(dict)
    for row in own:
        if row["step"] == steps.get(row["digest"]) and row["value"] is not None:
            found[of[row["digest"]]][row["seed"]] = row
    return dict(found)


def along(
    rows: Rows, measure: str, of: Mapping[str, Arm] | None = None, stratum: str = "all"
) -> Steps:
    """The values of a measure, over the items of a stratum, at each step that has some."""
    of = arms_of(rows) if of is None else of
    rows = _of(rows, measure, stratum)
    return {
        step: values
        for step in sorted({row["step"] for row in rows})
        if (values := at(rows, measure, step, of, stratum))
    }


def measures_in(rows: Iterable[Row]) -> list[str]:
    """The names of the measures that have rows, as they first appear."""
    return list(dict.fromkeys(row["measure"] for row in rows))


def valued(rows: Iterable[Row]) -> list[str]:
    """The names of the measures that have values."""
    return measures_in(row for row in rows if row["value"] is not None)


def chosen(
    there: Collection[str], named: Sequence[str] | None, usual: Iterable[str]
) -> Sequence[str]:
    """The measures that are named or, where none are, the usual ones that are there.

    Raises:
        InputError: a measure that is named is not there.
    """
    require("measure", named or (), there)
    return [name for name in usual if name in there] if named is None else named


def require(kind: str, names: Iterable[str], there: Collection[str]) -> None:
    """Refuses names that are not there.

    Raises:
        InputError: gives the nearest of those that are.
    """
    for name in names:
        if name not in there:
            raise unknown(kind, name, there)


def _of(rows: Iterable[Row], measure: str, stratum: str) -> list[Row]:
    return [row for row in rows if row["measure"] == measure and row["stratum"] == stratum]


def _of_one_split(rows: Rows, order: Sequence[str]) -> list[Row]:
    """The rows of one split for each run: the first of the order that it has."""
    there: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        there[row["digest"]].add(row["split"])
    split = {
        digest: next(name for name in (*order, *sorted(splits)) if name in splits)
        for digest, splits in there.items()
    }
    return [row for row in rows if row["split"] == split[row["digest"]]]


def _steps(rows: Rows, own: Rows, checkpoint: str | int) -> dict[str, int]:
    """The step of each run, by digest, that a checkpoint stands for."""
    if isinstance(checkpoint, int):
        return {row["digest"]: checkpoint for row in own}
    if checkpoint == "selected":
        return {row["digest"]: row["step"] for row in rows if row["split"] == "test"}
    return {
        row["digest"]: row["step"]
        for row in sorted(own, key=lambda row: row["step"], reverse=checkpoint == "start")
    }
