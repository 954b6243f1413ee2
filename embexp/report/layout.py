"""What a table is made of: grids, and numbers and names as people read them."""

import math
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from embexp import measures as measuring
from embexp.errors import InputError

HOLE = "—"


@runtime_checkable
class Interval(Protocol):
    """A mean with its interval; NaN bounds where there is none."""

    @property
    def mean(self) -> float: ...  # noqa: D102

    @property
    def low(self) -> float: ...  # noqa: D102

    @property
    def high(self) -> float: ...  # noqa: D102


@dataclass(frozen=True)
class Grid:
    """A table of texts, ready to be written in any format; the first `labels` columns
    are names, the others numbers.
    """

    title: str
    header: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]
    labels: int


@dataclass(frozen=True)
class Table:
    """A comparison as people read it (grids, caption, notes) and as programs do (objects)."""

    title: str
    caption: tuple[str, ...]
    summary: tuple[Grid, ...]
    details: tuple[Grid, ...]
    notes: tuple[str, ...]
    """What failed, and what was ignored."""
    objects: tuple[dict[str, Any], ...]
    """One for each arm and measure, in JSON's types."""


def title(measure: str) -> str:
    """The title of a measure; its name where the catalogue does not have it."""
    with suppress(InputError):
        return measuring.describe(measure).title
    return measure


def titled(measure: str, splits: Collection[str]) -> str:
    """The title of a measure with the splits that its values come from, where that is
    not the test split alone.
    """
    return title(measure) + ("" if {*splits} <= {"test"} else f" ({' or '.join(sorted(splits))})")


def what(measure: str) -> str:
    """The kind of structure that a measure sees; empty where the catalogue does not have it."""
    with suppress(InputError):
        return measuring.describe(measure).what
    return ""


def interval(of: Interval) -> str:
    """`.643 [.628, .658]`."""
    return f"{number(of.mean)} {bounds(of.low, of.high)}".rstrip()


def bounds(low: float, high: float, digits: int = 3) -> str:
    """`[.628, .658]`; nothing where there is no interval."""
    return "" if math.isnan(low) else f"[{number(low, digits)}, {number(high, digits)}]"


def number(value: float, digits: int = 3) -> str:
    """`.870`, `−.046`, `1.000`: no zero before the point, a true minus, and none before zero."""
    if not math.isfinite(value):
        return HOLE
    text = f"{abs(value):.{digits}f}"
    return ("−" if value < 0 and float(text) else "") + text.removeprefix("0")


def p_text(value: float) -> str:
    """`.042`, `< .001`."""
    return "< .001" if value < 0.001 else number(value)


def spread(numbers: Collection[float]) -> str:
    """The least and the greatest, once where they look alike."""
    return "–".join(dict.fromkeys((number(min(numbers)), number(max(numbers)))))


def finite(numbers: Mapping[str, float]) -> dict[str, float | None]:
    """The numbers in JSON's types."""
    return {name: value if math.isfinite(value) else None for name, value in numbers.items()}
