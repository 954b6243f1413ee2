"""Printing one grid of facts."""

from collections.abc import Mapping, Sequence
from typing import Any

from embexp.cli.options import Format, print_table


def print_grid(
    title: str,
    header: Sequence[str],
    lines: Sequence[Sequence[str]],
    objects: Sequence[Mapping[str, Any]],
    format: Format | None,
    *,
    labels: int = 1,
    notes: tuple[str, ...] = (),
) -> None:
    """Prints one grid; `objects` are what --format json prints."""
    from embexp.report.formatting import Grid, Table

    grid = Grid(title, tuple(header), tuple(map(tuple, lines)), labels)
    shown = Table(title, (), (grid,), (), notes, tuple(dict(each) for each in objects))
    print_table(shown, format)
