"""The values that the seeds of each arm have at a checkpoint of training."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

from embexp.errors import unknown
from embexp.measures.statistics import mean_interval
from embexp.report.arms import Arm, arms_of
from embexp.report.formatting import Interval, ends, inside, title, what

Row = Mapping[str, Any]
Rows = Sequence[Row]
"""Joined rows, from `records.read_rows`."""
Values = dict[Arm, dict[int, Row]]
"""The row of each seed of each arm; rows without a value are left out."""
Steps = Mapping[int, Values]
"""The values at each step."""

EVALUATED = ("words", "validation", "train", "test")
HEADLINE = 100
"""With fewer items, a measure of words stands in the details but not in the summary."""
CHECKPOINTS = {"selected": ("test", *EVALUATED), "start": EVALUATED, "last": EVALUATED}
"""Checkpoints by name, with the splits in which a measure is looked up, in order."""


def mean_of(values: Iterable[float], measure: str = "") -> Interval:
    """The mean of one value for each seed, with an interval inside the measure's range.

    Differences have no measure.
    """
    return inside(Interval(*mean_interval(list(values))), *ends(measure))


class Support(NamedTuple):
    """What the values of a measure stand on.

    n: the fewest items of a value; `most` is the greatest number, of `total`.
    chance: the level of chance, None where it has none.
    splits: those that the values come from.
    """

    seeds: int
    n: int
    most: int
    total: int
    chance: float | None
    splits: frozenset[str]


def support_of(rows: Sequence[Row]) -> Support:
    """What the values of some rows stand on; nothing where there are none."""
    counts = [row["n"] for row in rows] or [0]
    return Support(
        seeds=len({row["seed"] for row in rows}),
        n=min(counts),
        most=max(counts),
        total=max((row["total"] for row in rows), default=0),
        chance=rows[0]["chance"] if rows else None,
        splits=splits_of(rows),
    )


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
        checkpoint: the step that validation `selected` (that of the run's test rows, or
            the only one of what has none),
            the `start`, the `last` step, or a step's number. At the selected step a
            measure of the test split is taken from there; else, and at the other
            checkpoints, values come from the words or the validation split, which have
            rows at every evaluation step, or from the training split where nothing was
            held out.
        of: the arm of each digest, where the rows alone do not tell it (runs that
            failed have none).
        stratum: of the words, by how often training has them (`STRATA`).
    """
    of = arms_of(rows) if of is None else of
    if isinstance(checkpoint, int):
        return along(rows, measure, of, stratum).get(checkpoint, {})
    require("checkpoint", [checkpoint], CHECKPOINTS)
    own = _of_one_split(rows, measure, stratum, CHECKPOINTS[checkpoint])
    if checkpoint == "selected":
        stepwise = [*own, *(row for row in rows if row["split"] == "test")]
    else:
        stepwise = sorted(own, key=itemgetter("step"), reverse=checkpoint == "start")
    steps = {row["digest"]: row["step"] for row in stepwise}
    return _by_arm((row for row in own if row["step"] == steps.get(row["digest"])), of)


def along(rows: Rows, measure: str, of: Mapping[str, Arm], stratum: str = "all") -> Steps:
    """The values of a measure, over the items of a stratum, at each step that has some."""
    step = itemgetter("step")
    own = sorted(_of_one_split(rows, measure, stratum, EVALUATED), key=step)
    found = {at: _by_arm(each, of) for at, each in groupby(own, step)}
    return {at: values for at, values in found.items() if values}


def measures_in(rows: Iterable[Row]) -> list[str]:
    """The names of the measures that have rows, as they first appear."""
    return list(dict.fromkeys(row["measure"] for row in rows))


def valued(rows: Iterable[Row]) -> list[str]:
    """The names of the measures that have values."""
    return measures_in(row for row in rows if row["value"] is not None)


def few(measure: str, items: int) -> bool:
    """Whether so many items are too few for a headline; measures of the task have no limit."""
    return items < HEADLINE and what(measure) in ("semantic", "sentiment")


def headed(measure: str, rows: Iterable[Row], *, on: str = "") -> str:
    """The title of a measure over its values; their number, where it is too few for a headline.

    Args:
        on: the title, if it is another one.
    """
    own = (row["n"] for row in rows if row["measure"] == measure and row["value"] is not None)
    most = max(own, default=0)
    return (on or title(measure)) + f"\n(n {most}, too few for a headline)" * few(measure, most)


def chosen(
    there: Collection[str], named: Sequence[str] | None, usual: Iterable[str]
) -> Sequence[str]:
    """The measures that are named or, where none are, the usual ones that are there.

    Raises:
        InputError: a measure that is named is not there.
    """
    require("measure", named or (), there)
    return named or [name for name in usual if name in there]


def rows_of(
    rows: Rows, of: Mapping[str, Arm], stratum: str, checkpoint: str | int = "selected"
) -> Rows:
    """The rows of some runs, which must include the stratum and a numbered step, if any do.

    Raises:
        InputError: no row of these runs has the stratum, or the step.
    """
    known = [row for row in rows if row["digest"] in of]
    if known:
        require("stratum", [stratum], {row["stratum"] for row in known})
    if known and isinstance(checkpoint, int):
        require("step", [str(checkpoint)], {str(row["step"]) for row in known})
    return known


def require(kind: str, names: Iterable[str], there: Collection[str]) -> None:
    """Refuses names that are not there.

    Raises:
        InputError: gives the nearest of those that are.
    """
    for name in names:
        if name not in there:
            raise unknown(kind, name, there)


def _of_one_split(rows: Rows, measure: str, stratum: str, splits: Sequence[str]) -> Rows:
    """A measure's rows of one split for each run: the first of the splits that it has."""
    own = [row for row in rows if row["measure"] == measure and row["stratum"] == stratum]
    last_first = sorted(own, key=lambda row: splits.index(row["split"]), reverse=True)
    split = {row["digest"]: row["split"] for row in last_first}
    return [row for row in own if row["split"] == split[row["digest"]]]


def _by_arm(rows: Iterable[Row], of: Mapping[str, Arm]) -> Values:
    found: Values = defaultdict(dict)
    for row in rows:
        if row["value"] is not None:
            found[of[row["digest"]]][row["seed"]] = row
    return dict(found)
