"""The grids of emergence: how high a measure is, how far it moves, when, and what is first."""

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from embexp.measures.emergence import Time
from embexp.report.arms import Arm, Seeds
from embexp.report.comparison import tested
from embexp.report.curve_analysis import TESTS, Emergence, Onset, Precedence
from embexp.report.formatting import (
    HOLE,
    Grid,
    Line,
    bounds,
    interval,
    number,
    span,
    title,
)
from embexp.report.grids import by_measure, chance_of, grid_of, labels_of, title_of
from embexp.report.select import few

PARTS = {
    "level": (
        "seeds",
        "start [95 %]",
        "peak [95 %]",
        "at step",
        "end [95 %]",
        "mean over log steps [95 %]",
    ),
    "change": ("peak − start [95 %]", "p", "peak − end [95 %]", "p", "end − start [95 %]", "p"),
    "time": (
        "t50 [95 %]",
        "t90 [95 %]",
        "t50 to peak [95 %]",
        "rise at peak",
        "onset",
        "control",
        "no t50, as it",
    ),
}
"""The headers of a measure's grids."""


def curves(found: Sequence[Emergence], seeds: Mapping[Arm, Seeds]) -> list[Grid]:
    """Three grids for each measure: levels, changes and times."""
    return [
        grid_of(f"{_head(own)}: {part}", header, labels_of(own), texts)
        for own in by_measure(found)
        for (part, header), texts in zip(
            PARTS.items(),
            zip(*(_texts(each, seeds[each.arm]) for each in own), strict=True),
            strict=True,
        )
    ]


def _head(found: Sequence[Emergence]) -> str:
    """A measure's title with its items and its level of chance."""
    said = []
    if known := [each.support for each in found if each.support.seeds]:
        n, total = min(each.n for each in known), max(each.total for each in known)
        said.append(f"n {n} of {total}" + ", too few for a headline" * few(found[0].measure, n))
    if chance := chance_of(found):
        said.append(f"chance {chance}")
    return title_of(found) + (f" ({', '.join(said)})" if said else "")


def _texts(each: Emergence, seeds: Seeds) -> tuple[Line, ...]:
    """The lines of an arm in the grids of a measure."""
    levels = (
        seeds.with_values(each.support.seeds),
        interval(each.start),
        interval(each.peak),
        span(*each.peak_steps) if each.peak_steps else HOLE,
        interval(each.end),
        interval(each.area),
    )
    changes = (text for name in TESTS for text in tested(getattr(each, name)))
    times = (
        *map(_time, (each.t50, each.t90, each.t50_to_peak)),
        number(each.rise_at_peak, 2),
        _onset(each.onset),
        each.onset.control or HOLE,
        each.reason,
    )
    return levels, tuple(changes), times


def _time(time: Time) -> str:
    if math.isnan(time.steps):
        return HOLE
    between = "" if math.isnan(time.low) else f" [{_steps(time.low)}, {_steps(time.high)}]"
    return _steps(time.steps) + between


def _steps(time: float) -> str:
    """Steps, with a tenth where they are few."""
    return f"{time:.1f}" if time < 9.95 else f"{time:,.0f}"


def _onset(onset: Onset) -> str:
    if onset.control is None:
        return HOLE
    if math.isinf(onset.step):
        return "never"
    return f"{onset.step:,.0f}" + (f" until {onset.until:,}" if onset.until is not None else "")


def precedences(found: Sequence[Precedence]) -> list[Grid]:
    """For each pair of measures, how often the one of sentiment leaves its control first."""
    grids = []
    for _, group in groupby(found, attrgetter("semantic.measure")):
        own = [*group]
        one, other = title(own[0].sentiment.measure), title(own[0].semantic.measure)
        header = ("seeds", f"onset {one}", f"onset {other}", *ORDER)
        labels = labels_of(each.sentiment for each in own)
        asked = f"Does {one} leave its control before {other}?"
        grids.append(grid_of(asked, header, labels, map(_order, own)))
    return grids


ORDER = ("P(first before second)", "log2 ratio [95 %]", "no order, as")


def _order(each: Precedence) -> Line:
    order = each.order
    return (
        str(order.n or HOLE),
        _onset(each.sentiment.onset),
        _onset(each.semantic.onset),
        number(order.probability, 2),
        f"{number(order.ratio, 2)} {bounds(order.low, order.high, 2)}".rstrip(),
        each.reason,
    )
