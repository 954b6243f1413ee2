"""Joined rows into arms, and into the values that each arm's seeds have at one moment
of training.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.errors import unknown
from embexp.measures.statistics import mean_interval

Row = Mapping[str, Any]
Values = dict["Arm", dict[int, Row]]
"""The row of each seed of each arm; a row without a value is left out."""

COUNTS = ("train_texts", "max_words", "length")
"""Fields that bound how much is taken."""
ALONG = ("words", "validation", "train", "test")
MOMENTS = {"picked": ("test", *ALONG), "start": ALONG, "last": ALONG}
"""Moments by name, with the splits that are looked through for a measure, in order."""


class Arm(NamedTuple):
    """What is compared: cells that differ in nothing but their seed."""

    encoder: str
    regime: str
    rest: tuple[tuple[str, Any], ...] = ()
    """The other fields of the spec that tell arms apart, with their values; lists and
    objects as JSON."""

    def __str__(self) -> str:
        return " / ".join([self.encoder, self.regime, *map(field_text, self.rest)])

    @property
    def fields(self) -> dict[str, Any]:
        """What tells the arm apart, by name."""
        return {"encoder": self.encoder, **dict(self.rest), "regime": self.regime}

    def level(self, field: str) -> str:
        """The value of one field as people read it."""
        return value_text((field, self.fields[field]))

    def without(self, field: str) -> dict[str, Any]:
        """All fields but one."""
        return {name: value for name, value in self.fields.items() if name != field}


def splits_of(rows: Iterable[Row]) -> frozenset[str]:
    """The splits that values come from; a measure of the table's words comes from none."""
    return frozenset(row["split"] for row in rows) - {"words"}


class Point(NamedTuple):
    """A mean over seeds with its interval; NaN bounds where there is one seed."""

    mean: float
    low: float
    high: float


def point(values: Iterable[float]) -> Point:
    """The mean of one value for each seed."""
    return Point(*mean_interval(list(values)))


def field_text(field: tuple[str, Any]) -> str:
    """One field of a spec as people read it: `train_texts=100`, and `all` where there
    is no bound.
    """
    return f"{field[0]}={value_text(field)}"


def value_text(field: tuple[str, Any]) -> str:
    """A field's value; a number of things that has no bound is `all`, any other that is
    not given `none`.
    """
    name, value = field
    return str(value) if value is not None else "all" if name in COUNTS else "none"


def arms(specs: Iterable[Mapping[str, Any]]) -> list[Arm]:
    """The arm of each spec.

    Beside encoder and regime it has the fields without which two cells of one arm would
    differ in more than their seed; of fields that change together, the first.
    """
    specs = [{key: _plain(value) for key, value in spec.items() if key != "seed"} for spec in specs]
    names: list[str] = []
    for name in dict.fromkeys(
        key for spec in specs for key in spec if key not in ("encoder", "regime")
    ):
        groups = defaultdict(set)
        for spec in specs:
            groups[_arm(spec, names)].add(spec.get(name))
        if any(len(values) > 1 for values in groups.values()):
            names.append(name)
    return [_arm(spec, names) for spec in specs]


def order(arm: Arm) -> tuple[Any, ...]:
    """A sorting key: encoders, then the other fields (numbers by size), then regimes."""
    return tuple(map(key, arm.fields.values()))


def key(value: Any) -> tuple[int, float, str]:
    """A sorting key of a field's value: numbers by size, then texts, and what is not
    given first among these.
    """
    return (0, float(value), "") if isinstance(value, int | float) else (1, 0.0, str(value or ""))


def at(
    rows: Sequence[Row],
    measure: str,
    moment: str | int = "picked",
    of: Mapping[str, Arm] | None = None,
    stratum: str = "all",
) -> Values:
    """The values of a measure at a moment of training.

    That is the step that validation `picked` (the one of the cell's test rows), the
    `start`, the `last` step, or a step by number. At the picked step a measure of the
    test split comes from there; otherwise, and at the other moments, from the words or
    the validation split, which have rows at every seam, or from the training split
    where nothing was held out. `of` gives the arm of each digest where the rows alone
    do not tell it (cells that failed have none).
    """
    if isinstance(moment, str) and moment not in MOMENTS:
        raise unknown("moment", moment, MOMENTS)
    of = arms_of(rows) if of is None else of
    own = _of_one_split(
        [row for row in rows if row["measure"] == measure and row["stratum"] == stratum],
        MOMENTS.get(str(moment), ALONG),
    )
    steps = _steps(rows, own, moment)
    found: Values = defaultdict(dict)
    for row in own:
        if row["step"] == steps.get(row["digest"]) and row["value"] is not None:
            found[of[row["digest"]]][row["seed"]] = row
    return dict(found)


def along(
    rows: Sequence[Row], measure: str, of: Mapping[str, Arm] | None = None, stratum: str = "all"
) -> dict[int, Values]:
    """The values of a measure, over the items of a stratum, at each step that it has."""
    of = arms_of(rows) if of is None else of
    rows = [row for row in rows if row["measure"] == measure and row["stratum"] == stratum]
    return {
        step: values
        for step in sorted({row["step"] for row in rows})
        if (values := at(rows, measure, step, of, stratum))
    }


def paired(
    values: Values, one: Arm, other: Arm
) -> tuple[Float[np.ndarray, "seeds"], Float[np.ndarray, "seeds"]]:
    """The values of two arms for the seeds that both have, in the same order."""
    a, b = values.get(one, {}), values.get(other, {})
    seeds = sorted(a.keys() & b.keys())
    return np.array([a[seed]["value"] for seed in seeds]), np.array(
        [b[seed]["value"] for seed in seeds]
    )


def arms_of(rows: Sequence[Row]) -> dict[str, Arm]:
    """The arm of each cell, by digest."""
    specs = {row["digest"]: row["spec"] for row in rows}
    return dict(zip(specs, arms(specs.values()), strict=True))


def check_stratum(rows: Sequence[Row], stratum: str) -> None:
    """Refuses a stratum that no row is of.

    Raises:
        InputError: names those that there are.
    """
    if rows and stratum not in (there := {row["stratum"] for row in rows}):
        raise unknown("stratum", stratum, there)


def measures_in(rows: Sequence[Row]) -> list[str]:
    """The names of the measures that have rows, as they first appear."""
    return list(dict.fromkeys(row["measure"] for row in rows))


def _of_one_split(rows: Sequence[Row], order: Sequence[str]) -> list[Row]:
    """The rows of one split for each cell: the first of the order that it has."""
    there: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        there[row["digest"]].add(row["split"])
    split = {
        digest: next(name for name in (*order, *sorted(splits)) if name in splits)
        for digest, splits in there.items()
    }
    return [row for row in rows if row["split"] == split[row["digest"]]]


def _steps(rows: Sequence[Row], own: Sequence[Row], moment: str | int) -> dict[str, int]:
    """The step of each cell, by digest, that a moment means."""
    if isinstance(moment, int):
        return {row["digest"]: moment for row in own}
    if moment == "picked":
        return {row["digest"]: row["step"] for row in rows if row["split"] == "test"}
    return {
        row["digest"]: row["step"]
        for row in sorted(own, key=lambda row: row["step"], reverse=moment == "start")
    }


def _arm(spec: Mapping[str, Any], names: Sequence[str]) -> Arm:
    return Arm(spec["encoder"], spec["regime"], tuple((name, spec.get(name)) for name in names))


def _plain(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list | tuple) else value
