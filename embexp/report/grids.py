"""The grids of a comparison: arms by measures, and each measure in detail."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from embexp.report.arms import Arm, value_text
from embexp.report.comparison import Estimate, tested
from embexp.report.curve_analysis import Emergence
from embexp.report.formatting import HOLE, Grid, bounds, interval, number, span, spread, titled
from embexp.report.seeds import Seeds

T = TypeVar("T", Estimate, Emergence)
WIDTH = 118
"""Characters, without the margins, of a summary; what is wider is cut into blocks."""


def labels_of(arms: Sequence[Arm]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """The names of the columns that tell the arms apart, and their values for each arm.

    One encoder needs no column.
    """
    several = len({arm.encoder for arm in arms}) > 1
    names = (*["encoder"][:several], *(name for name, _ in arms[0].rest), "regime")
    return names, [
        (*[arm.encoder][:several], *map(value_text, arm.rest), arm.shown) for arm in arms
    ]


def by_measure(found: Iterable[T]) -> list[list[T]]:
    """What was found for each measure, arms in order."""
    measures: dict[str, list[T]] = {}
    for each in found:
        measures.setdefault(each.measure, []).append(each)
    return list(measures.values())


def summary(
    estimates: Sequence[Estimate], arms: Sequence[Arm], seeds: Mapping[Arm, Seeds]
) -> tuple[Grid, ...]:
    """Arms by measures, with the level of chance in the last row.

    As many measures stand beside each other as fit into `WIDTH`.
    """
    names, labels = labels_of(arms)
    left = [
        (*names, "seeds"),
        *((*label, str(seeds[arm])) for label, arm in zip(labels, arms, strict=True)),
        (*[""] * (len(names) - 1), "chance", ""),
    ]
    columns = [[_title(own), *_column(own, seeds), _chance(own)] for own in by_measure(estimates)]
    grids = []
    for block in _blocks(columns, WIDTH - sum(map(_width, zip(*left, strict=True)))):
        lines = [(*line, *(column[i] for column in block)) for i, line in enumerate(left)]
        grids.append(Grid("", lines[0], tuple(lines[1:]), len(names)))
    return tuple(grids)


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


def _title(estimates: Sequence[Estimate]) -> str:
    return titled(estimates[0].measure, frozenset().union(*(each.splits for each in estimates)))


def _column(estimates: Sequence[Estimate], seeds: Mapping[Arm, Seeds]) -> list[str]:
    """One measure in the summary, with room for the stars where there are any.

    Where only some of the finished seeds have a value, their number stands beside it.
    """
    room = " " if any(each.starred for each in estimates) else ""
    shown = []
    for each in estimates:
        some = 0 < each.seeds < seeds[each.arm].finished
        text = f"only n = {each.most}" if each.too_few else interval(each)
        shown.append(
            text + (f" ({each.seeds} seeds)" if some else "") + ("*" if each.starred else room)
        )
    return shown


def _chance(estimates: Iterable[Estimate]) -> str:
    levels = [each.chance for each in estimates if each.chance is not None]
    return spread(levels) if levels else HOLE


def details(
    estimates: Sequence[Estimate], arms: Sequence[Arm], seeds: Mapping[Arm, Seeds]
) -> tuple[Grid, ...]:
    """Each measure: every arm with its difference from the baseline, test and items."""
    names, labels = labels_of(arms)
    header = ("seeds", "mean [95 %]", "over items", "difference [95 %]", "p", "d_z", "n / total")
    grids = []
    for own in by_measure(estimates):
        chance = _chance(own)
        body = tuple(
            (*label, *_judged(each, seeds[each.arm]))
            for label, each in zip(labels, own, strict=True)
        )
        head = _title(own) + ("" if chance == HOLE else f" (chance {chance})")
        grids.append(Grid(head, (*names, *header), body, len(names)))
    return tuple(grids)


def _judged(each: Estimate, seeds: Seeds) -> tuple[str, ...]:
    return (
        seeds.with_values(each.seeds),
        interval(each),
        bounds(*each.over_items) or HOLE,
        *tested(each.difference),
        number(each.difference.effect, 2) if each.difference else HOLE,
        f"{span(each.n, each.most)} / {each.total}" if each.seeds else HOLE,
    )
