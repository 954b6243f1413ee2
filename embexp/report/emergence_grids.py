"""The grids of emergence: how high a measure is, how far it moves, when, and what is first."""

import math
from collections.abc import Callable, Mapping, Sequence

from embexp.measures.emergence import Time
from embexp.report.arms import Arm
from embexp.report.comparison import few, tested
from embexp.report.curve_analysis import TESTS, Emergence, Precedence
from embexp.report.formatting import (
    HOLE,
    Grid,
    bounds,
    interval,
    number,
    span,
    spread,
    title,
    titled,
)
from embexp.report.grids import by_measure
from embexp.report.seeds import Seeds

Labels = tuple[tuple[str, ...], list[tuple[str, ...]]]


def curves(found: Sequence[Emergence], labels: Labels, seeds: Mapping[Arm, Seeds]) -> list[Grid]:
    """Three grids for each measure: levels, changes and times."""
    names, of_arms = labels
    return [
        Grid(
            f"{_head(own)}: {part}",
            (*names, *header),
            tuple(
                (*label, *texts(each, seeds[each.arm]))
                for label, each in zip(of_arms, own, strict=True)
            ),
            len(names),
        )
        for own in by_measure(found)
        for part, (header, texts) in PARTS.items()
    ]


def _head(found: Sequence[Emergence]) -> str:
    """A measure's title with its items and its level of chance."""
    name = titled(found[0].measure, frozenset().union(*(each.splits for each in found)))
    said = []
    if known := [each for each in found if each.seeds]:
        n, total = min(each.n for each in known), max(each.total for each in known)
        said.append(f"n {n} of {total}" + ", too few for a headline" * few(known[0].measure, n))
    if levels := {each.chance for each in found if each.chance is not None}:
        said.append(f"chance {spread(levels)}")
    return f"{name} ({', '.join(said)})" if said else name


def _levels(each: Emergence, seeds: Seeds) -> tuple[str, ...]:
    return (
        seeds.with_values(each.seeds),
        interval(each.start),
        interval(each.peak),
        span(*each.peak_steps) if each.peak_steps else HOLE,
        interval(each.end),
        interval(each.area),
    )


def _changes(each: Emergence, _: Seeds) -> tuple[str, ...]:
    return tuple(text for name in TESTS for text in tested(getattr(each, name)))


def _times(each: Emergence, _: Seeds) -> tuple[str, ...]:
    return (
        *map(_time, (each.t50, each.t90, each.t50_to_peak)),
        number(each.rise_at_peak, 2),
        _onset(each),
        each.control or HOLE,
        each.reason,
    )


PARTS: Mapping[str, tuple[tuple[str, ...], Callable[[Emergence, Seeds], tuple[str, ...]]]] = {
    "level": (
        (
            "seeds",
            "start [95 %]",
            "peak [95 %]",
            "at step",
            "end [95 %]",
            "mean over log steps [95 %]",
        ),
        _levels,
    ),
    "change": (
        ("peak − start [95 %]", "p", "peak − end [95 %]", "p", "end − start [95 %]", "p"),
        _changes,
    ),
    "time": (
        (
            "t50 [95 %]",
            "t90 [95 %]",
            "t50 to peak [95 %]",
            "rise at peak",
            "onset",
            "control",
            "no t50, as it",
        ),
        _times,
    ),
}
"""The headers of a measure's grids, and the texts of an arm in them."""


def _time(time: Time) -> str:
    if math.isnan(time.steps):
        return HOLE
    between = "" if math.isnan(time.low) else f" [{_steps(time.low)}, {_steps(time.high)}]"
    return _steps(time.steps) + between


def _steps(time: float) -> str:
    """Steps, with a tenth where they are few."""
    return f"{time:.1f}" if time < 9.95 else f"{time:,.0f}"


def _onset(each: Emergence) -> str:
    if each.control is None:
        return HOLE
    if math.isinf(each.onset):
        return "never"
    return f"{each.onset:,.0f}" + (f" until {each.until:,}" if each.until is not None else "")


def precedences(found: Sequence[Precedence], labels: Labels) -> list[Grid]:
    """For each pair of measures, how often the one of sentiment changes first."""
    names, of_arms = labels
    pairs: dict[tuple[str, str], list[Precedence]] = {}
    for each in found:
        pairs.setdefault((each.sentiment.measure, each.semantic.measure), []).append(each)
    grids = []
    for (one, other), own in ((map(title, pair), own) for pair, own in pairs.items()):
        header = (
            "seeds",
            f"t50 {one}",
            f"t50 {other}",
            "P(first before second)",
            "log2 ratio [95 %]",
            "no order, as",
        )
        body = tuple((*label, *_order(each)) for label, each in zip(of_arms, own, strict=True))
        grids.append(
            Grid(f"Does {one} change before {other}?", (*names, *header), body, len(names))
        )
    return grids


def _order(each: Precedence) -> tuple[str, ...]:
    times = _time(each.sentiment.t50), _time(each.semantic.t50)
    if not (order := each.order):
        return HOLE, *times, HOLE, HOLE, each.reason
    ratio = f"{number(order.ratio, 2)} {bounds(order.low, order.high, 2)}".rstrip()
    return str(order.n), *times, number(order.probability, 2), ratio, each.reason
