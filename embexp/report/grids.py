"""The grids of a comparison: arms by measures, and each measure in detail."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby
from operator import attrgetter
from typing import TypeVar

from embexp.report.arms import Arm, Seeds, value_text
from embexp.report.comparison import Estimate, tested
from embexp.report.curve_analysis import Emergence
from embexp.report.formatting import (
    HOLE,
    Grid,
    Line,
    bounds,
    interval,
    narrow,
    number,
    span,
    spread,
    titled,
)
from embexp.report.select import few

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


def summary(
    estimates: Sequence[Estimate], seeds: Mapping[Arm, Seeds], width: int = WIDTH
) -> tuple[Grid, ...]:
    """Arms by measures, with the level of chance in the last row.

    As many measures stand beside each other as fit into the width. Those that are too few
    words to show are left out where there are others.
    """
    measures = [*in_summary(estimates).values()]
    names, arms = labels_of(measures[0])
    arms.append((*[""] * (len(names) - 1), "chance"))
    columns = [["seeds", *(str(seeds[each.arm]) for each in measures[0]), ""]]
    columns += [[title_of(own), *_column(own, seeds), chance_of(own) or HOLE] for own in measures]
    header, *lines = zip(*columns, strict=True)
    whole = grid_of("", header, (names, arms), lines)
    bare = [each.arm.baseline for each in measures[0]] + [False]
    return tuple(_without_holes(grid, bare) for grid in narrow(whole, width, also=1))


def in_summary(estimates: Sequence[Estimate]) -> dict[str, list[Estimate]]:
    """By measure, those that some arm shows a value of, or that nothing is known of."""
    every = {own[0].measure: own for own in by_measure(estimates)}
    kept = {
        name: own
        for name, own in every.items()
        if any(map(shows, own)) or not any(map(has_value, own))
    }
    return kept or every


def has_value(each: Estimate) -> bool:
    """Whether any seed has a value."""
    return each.support.seeds > 0


def shows(each: Estimate) -> bool:
    """Whether a summary shows the value: there is one, and it stands on words enough."""
    return has_value(each) and not few(each.measure, each.support.most)


def _without_holes(grid: Grid, bare: Sequence[bool]) -> Grid:
    """The grid without the lines of baselines that have none of its measures."""
    kept = [
        line
        for line, empty in zip(grid.body, bare, strict=True)
        if not empty or any(cell.strip() != HOLE for cell in line[grid.labels + 1 :])
    ]
    return replace(grid, body=tuple(kept))


def _column(estimates: Sequence[Estimate], seeds: Mapping[Arm, Seeds]) -> list[str]:
    """One measure in the summary, with room for the stars where there are any.

    Where only some of the finished seeds have a value, their number stands beside it.
    """
    room = any(each.starred and shows(each) for each in estimates)
    shown = []
    for each in estimates:
        count, most = each.support.seeds, each.support.most
        text = f"only n = {most}" if count and not shows(each) else interval(each.value)
        if 0 < count < seeds[each.arm].finished:
            text += f" ({count} seeds)"
        shown.append(text + ("*" if each.starred and shows(each) else " " * room))
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
