"""How arms are drawn: their panels and styles, points, curves, levels of chance and labels."""

import math
from collections.abc import Iterable, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple

from embexp.errors import InputError
from embexp.report import drawing, seeds, select
from embexp.report.arms import Arm, arms_of, order
from embexp.report.formatting import title, titled
from embexp.report.select import Point, Row, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

NOTHING = "there is nothing to draw: no run has finished yet; run the experiment first"
WIDTH = 36
"""Characters of a line above a panel."""

Style = Mapping[str, Any]


class Facets(NamedTuple):
    """The arms of a figure, by the panel they are drawn in, and the style of each label."""

    of: Mapping[str, Arm]
    arms: Mapping[str, list[Arm]]
    styles: Mapping[str, Style]

    @property
    def legend(self) -> list["Line2D"]:
        """What each label looks like, and the level of chance."""
        return [*lines_of(self.styles), chance_line()]


def facets_of(rows: Sequence[Row], measures: Iterable[str]) -> Facets:
    """The arms that have one of the measures.

    There is a panel for each encoder and each value of what else tells arms apart.

    Raises:
        InputError: no rows, or none of one of the measures.
    """
    if not rows:
        raise InputError(NOTHING)
    select.require("measure", measures, select.measures_in(rows))
    of = arms_of(rows)
    arms = sorted({of[row["digest"]] for row in rows if row["measure"] in measures}, key=order)
    panels: dict[str, list[Arm]] = {}
    for arm in arms:
        name = drawing.spaced(", ".join([f"encoder {arm.encoder}", *arm.settings]))
        name = fill(name, WIDTH, break_long_words=False, break_on_hyphens=False)
        panels.setdefault(name, []).append(arm)
    labels = sorted({(arm.control, arm.label, arm.shown) for arm in arms})
    return Facets(of, panels, drawing.line_styles([shown for *_, shown in labels]))


def lines_of(styles: Mapping[str, Style]) -> list["Line2D"]:
    """The lines of a legend."""
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], label=label, linewidth=1.3, markersize=5, **style)
        for label, style in styles.items()
    ]


def corpora(rows: Sequence[Row]) -> str:
    """The corpora of some rows, for a heading."""
    return drawing.spaced(seeds.corpora(rows))


def label(measure: str, steps: Mapping[int, Values]) -> str:
    """The measure's title, with its split where it is not measured on the table's words."""
    splits = select.splits_of(
        row for values in steps.values() for own in values.values() for row in own.values()
    )
    return titled(measure, splits).replace(" (", "\n(") if splits else title(measure)


def point_of(values: Values, arm: Arm) -> Point | None:
    """The mean over an arm's seeds; None where it has no value."""
    own = values.get(arm)
    return select.point(row["value"] for row in own.values()) if own else None


def mark(axis: "Axes", x: Point, y: Point, color: str, **look: Any) -> None:
    """A point with its intervals as a cross."""
    errors = [
        [[of.mean - of.low], [of.high - of.mean]] if not math.isnan(of.low) else None
        for of in (x, y)
    ]
    look = {"markersize": 6.5, "linewidth": 0, "elinewidth": 0.9, "zorder": 3, **look}
    axis.errorbar(x.mean, y.mean, xerr=errors[0], yerr=errors[1], color=color, **look)


def curves(
    axis: "Axes", steps: Mapping[int, Values], arms: Iterable[Arm], styles: Mapping[str, Style]
) -> None:
    """Each arm's measure over the steps with its band, and the level of chance."""
    arms = list(arms)
    for arm in arms:
        known = [(step, at) for step, values in steps.items() if (at := point_of(values, arm))]
        if not known:
            continue
        style = styles[arm.shown]
        xs, points = zip(*known, strict=True)
        means, lows, highs = zip(*points, strict=True)
        axis.plot(xs, means, markersize=3.5, linewidth=1.3, **style)
        axis.fill_between(xs, lows, highs, color=style["color"], alpha=0.15, linewidth=0)
    chance(axis, steps.values(), arms)


def chance(axis: "Axes", found: Iterable[Values], arms: Iterable[Arm]) -> None:
    """A dashed line at the level of chance, where all arms have the same."""
    levels = {
        row["chance"] for values in found for arm in arms for row in values.get(arm, {}).values()
    } - {None}
    if len(levels) == 1:
        axis.axhline(levels.pop(), zorder=1, **CHANCE)


CHANCE = {"color": "#555555", "linewidth": 0.9, "linestyle": "dashed"}


def chance_line() -> "Line2D":
    """What the level of chance looks like."""
    from matplotlib.lines import Line2D

    return Line2D([], [], label="chance", **CHANCE)
