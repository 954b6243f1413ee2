"""The grids of a comparison: arms by measures, and each measure in detail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from embexp.report.arms import Arm, Seeds, value_text
from embexp.report.comparison import Estimate, few, tested
from embexp.report.curve_analysis import Emergence
from embexp.report.formatting import (
    HOLE,
    Grid,
    Line,
    bounds,
    interval,
    number,
    span,
    spread,
    titled,
)

Labels = tuple[Line, list[Line]]
"""The names of the columns that tell the arms apart, and their values for each arm."""
WIDTH = 118
"""Characters, without the margins, of a summary; what is wider is cut into blocks."""
Found = TypeVar("Found", Estimate, Emergence)


def labels_of(found: Iterable[Found]) -> Labels:
    """What tells the arms of a measure apart."""
    return labels([each.arm for each in found])


def labels(arms: Sequence[Arm]) -> Labels:
    """What tells arms apart; one encoder alone, that of no baseline, needs no column."""
    several = len({arm.encoder for arm in arms if not arm.baseline}) > 1
    names = (*["encoder"][:several], *(name for name, _ in arms[0].rest), "regime")
    return names, [
        (*[arm.encoder][:several], *map(value_text, arm.rest), arm.shown) for arm in arms
    ]


def grid_of(
    title: str, header: Iterable[str], labels: Labels, lines: Iterable[Iterable[str]]
) -> Grid:
    """A grid with a line for each arm."""
    names, arms = labels
    body = tuple((*arm, *line) for arm, line in zip(arms, lines, strict=True))
    return Grid(title, (*names, *header), body, len(names))


def by_measure(found: Iterable[Found]) -> list[list[Found]]:
    """What was found, which is in the order of measures and arms, measure by measure."""
    return [list(own) for _, own in groupby(found, key=attrgetter("measure"))]


def title_of(found: Sequence[Found]) -> str:
    """The title of a measure, with the splits of all its values."""
    return titled(found[0].measure, frozenset().union(*(each.support.splits for each in found)))


def chance_of(found: Sequence[Found]) -> str:
    """The level of chance, a range where it differs; empty where there is none."""
    levels = {level for each in found if (level := each.support.chance) is not None}
    return spread(levels) if levels else ""


def summary(estimates: Sequence[Estimate], seeds: Mapping[Arm, Seeds]) -> tuple[Grid, ...]:
    """Arms by measures, with the level of chance in the last row.

    As many measures stand beside each other as fit into `WIDTH`.
    """
    measures = by_measure(estimates)
    names, arms = labels_of(measures[0])
    arms.append((*[""] * (len(names) - 1), "chance"))
    first = ["seeds", *(str(seeds[each.arm]) for each in measures[0]), ""]
    columns = [[title_of(own), *_column(own, seeds), chance_of(own) or HOLE] for own in measures]
    width = WIDTH - sum(map(_width, zip(names, *arms, strict=True))) - _width(first)
    bare = [each.arm.baseline for each in measures[0]] + [False]
    return tuple(
        _without_holes(grid_of("", header, (names, arms), lines), bare)
        for block in _blocks(columns, width)
        for header, *lines in [zip(first, *block, strict=True)]
    )


def _without_holes(grid: Grid, bare: Sequence[bool]) -> Grid:
    """The grid without the lines of baselines that have none of its measures."""
    kept = [
        line
        for line, empty in zip(grid.body, bare, strict=True)
        if not empty or any(cell.strip() != HOLE for cell in line[grid.labels + 1 :])
    ]
    return replace(grid, body=tuple(kept))


def _blocks(columns: Sequence[list[str]], width: int) -> list[list[list[str]]]:
    """The columns cut into blocks that fit the width; a wider column stands alone."""
    blocks: list[list[list[str]]] = []
    left = 0
    for column in columns:
        if not blocks or _width(column) > left:
            blocks.append([])
            left = width
        blocks[-1].append(column)
        left -= _width(column)
    return blocks


def _width(column: Iterable[str]) -> int:
    return max(map(len, column)) + 3


def _column(estimates: Sequence[Estimate], seeds: Mapping[Arm, Seeds]) -> list[str]:
    """One measure in the summary, with room for the stars where there are any.

    Where only some of the finished seeds have a value, their number stands beside it.
    """
    room = any(each.starred for each in estimates)
    shown = []
    for each in estimates:
        count, most = each.support.seeds, each.support.most
        text = f"only n = {most}" if count and few(each.measure, most) else interval(each.value)
        if 0 < count < seeds[each.arm].finished:
            text += f" ({count} seeds)"
        shown.append(text + ("*" if each.starred else " " * room))
    return shown


def details(estimates: Sequence[Estimate], seeds: Mapping[Arm, Seeds]) -> tuple[Grid, ...]:
    """Each measure: every arm with its difference from the baseline, tests and items.

    The verdict of equivalence stands where the measure has a margin.
    """
    return tuple(
        grid_of(
            title_of(own) + (f" (chance {chance})" if (chance := chance_of(own)) else ""),
            _header(own[0]),
            labels_of(own),
            (_judged(each, seeds[each.arm]) for each in own),
        )
        for every in by_measure(estimates)
        for own in [[each for each in every if each.support.seeds or not each.arm.baseline]]
    )


def _header(first: Estimate) -> Line:
    p = "p (exploratory)" if first.exploratory else "p"
    margin = [f"margin {number(first.margin, 2)}"] if first.margin else []
    difference = ("difference [95 %]", p, "d_z", "detectable", *margin)
    return ("seeds", "mean [95 %]", "over items", *difference, "n / total")


def _judged(each: Estimate, seeds: Seeds) -> Line:
    support = each.support
    return (
        seeds.with_values(support.seeds),
        interval(each.value),
        bounds(*each.over_items) or HOLE,
        *tested(each.difference),
        number(each.difference.effect, 2),
        number(each.detectable),
        *([each.verdict or HOLE] if each.margin else []),
        f"{span(support.n, support.most)} / {support.total}" if support.seeds else HOLE,
    )
