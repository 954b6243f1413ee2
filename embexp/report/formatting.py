"""Grids of text and the way numbers and names are written in them."""

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from embexp import measures as measuring
from embexp.errors import InputError
from embexp.measures.variance import MeanEstimate

HOLE = "—"
"""Stands where there is no value."""
TERMINAL = 80
"""Characters of a line that every terminal has."""


class Interval(NamedTuple):
    """A mean with its 95 % interval; NaN bounds where there is none."""

    mean: float
    low: float
    high: float


Bounded = TypeVar("Bounded", Interval, MeanEstimate)
Line = tuple[str, ...]
"""Texts beside each other."""


@dataclass(frozen=True)
class Grid:
    """A table of texts, ready for any output format.

    The first `labels` columns are names, the others numbers.
    """

    title: str
    header: Line
    body: tuple[Line, ...]
    labels: int


def narrow(grid: Grid, width: int, also: int = 0) -> list[Grid]:
    """The grid cut into blocks that fit a width, each with the names; a wider column stands alone.

    Args:
        width: in characters, of which each column has three between it and the next.
        also: how many of the first numbers stand in each block, too.
    """
    columns = list(zip(grid.header, *grid.body, strict=True))
    names, numbers = columns[: grid.labels + also], columns[grid.labels + also :]
    room = width - sum(map(_width, names))
    blocks: list[list[Line]] = [[]]
    left = room
    for column in numbers:
        if blocks[-1] and _width(column) > left:
            blocks.append([])
            left = room
        blocks[-1].append(column)
        left -= _width(column)
    cut = [list(zip(*names, *block, strict=True)) for block in blocks]
    return [replace(grid, header=header, body=tuple(body)) for header, *body in cut]


def _width(column: Line) -> int:
    return max(map(len, column)) + 3


@dataclass(frozen=True)
class Table:
    """A table as people read it (grids, caption, notes) and as programs do (objects)."""

    title: str
    caption: Line
    summary: tuple[Grid, ...]
    details: tuple[Grid, ...]
    notes: Line
    """What failed, and what was ignored."""
    objects: tuple[dict[str, Any], ...]
    """One for each arm and measure, with values that JSON has."""
    answer: Mapping[str, Any] | None = None
    """What a comparison says, the last object; `answer` is its sentences."""
    narrow: tuple[Grid, ...] = ()
    """The summary in blocks for a terminal of `TERMINAL` columns; the summary itself if empty."""

    @property
    def blocks(self) -> tuple[Grid, ...]:
        """The summary in blocks of which each fits a line of `TERMINAL` columns."""
        cut = (narrow(grid, TERMINAL - 1) for grid in self.summary)
        return self.narrow or tuple(chain.from_iterable(cut))

    @property
    def closing(self) -> Line:
        """The sentences that a comparison ends with."""
        return (self.answer["answer"],) if self.answer else ()


def title(measure: str) -> str:
    """The title of a measure; its name where it is not in the catalogue."""
    with suppress(InputError):
        return measuring.describe(measure).title
    return measure


def titled(measure: str, splits: Collection[str]) -> str:
    """The title of a measure, with the splits its values come from.

    The test split alone is not named.
    """
    return title(measure) + ("" if {*splits} <= {"test"} else f" ({' or '.join(sorted(splits))})")


def what(measure: str) -> str:
    """The kind of structure a measure sees; empty where it is not in the catalogue."""
    with suppress(InputError):
        return measuring.describe(measure).what
    return ""


def ends(measure: str) -> tuple[float, float]:
    """The least and the greatest value of a measure, infinite where that is not known."""
    with suppress(InputError):
        return measuring.describe(measure).ends
    return -math.inf, math.inf


def inside(of: Bounded, least: float, most: float) -> Bounded:
    """The same with an interval that holds possible values only.

    Student's t knows no ends: a share over few items may reach past 0 or 1. What is cut off
    cannot be true, so the interval covers as often as before.
    """
    return (
        of if math.isnan(of.low) else of._replace(low=max(of.low, least), high=min(of.high, most))
    )


def interval(of: tuple[Any, ...]) -> str:
    """`.643 [.628, .658]`: the first three values, a mean with its interval."""
    mean, low, high, *_ = of
    return f"{number(mean)} {bounds(low, high)}".rstrip()


def bounds(low: float, high: float, digits: int = 3) -> str:
    """`[.628, .658]`; empty where there is no interval."""
    return "" if math.isnan(low) else f"[{number(low, digits)}, {number(high, digits)}]"


def number(value: float, digits: int = 3) -> str:
    """`.870`, `−.046`, `1.000`: no zero before the point, a true minus, no minus zero."""
    if not math.isfinite(value):
        return HOLE
    text = f"{abs(value):.{digits}f}"
    return ("−" if value < 0 and float(text) else "") + text.removeprefix("0")


def p_text(value: float) -> str:
    """`.042`, `< .001`."""
    return "< .001" if value < 0.001 else number(value)


def span(*ends: object) -> str:
    """`902–905`; one number where both ends read alike."""
    return "–".join(dict.fromkeys(map(str, ends)))


def spread(numbers: Collection[float]) -> str:
    """The least and the greatest number, `.500–.520`."""
    return span(number(min(numbers)), number(max(numbers)))


def finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """The numbers as JSON has them: None in place of NaN and infinity."""
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}


def flat(name: str, of: Any) -> dict[str, float | None]:
    """A named tuple as values of JSON: `peak`, `peak_low`, `peak_high`."""
    names = (name, *(f"{name}_{field}" for field in of._fields[1:]))
    return finite(dict(zip(names, of, strict=True)))
