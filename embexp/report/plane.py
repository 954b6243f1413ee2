"""The semantic–sentiment plane: paths of tables while they train."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from embexp.report import drawing, marks, select
from embexp.report.arms import Arm, corpora
from embexp.report.formatting import title, what
from embexp.report.marks import Style
from embexp.report.select import Rows, Steps, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

Course = tuple[Steps, Values]
"""A measure along the steps, and at the selected step."""


def plane(rows: Rows, x: str | None = None, y: str | None = None) -> "Figure":
    """The path of each arm from the start of training to its last step.

    A path joins the means over seeds at the steps where both measures have values;
    crosses are 95 % intervals at the start, at the selected step (a star) and at the
    end. Tables that do not move are one point. There is a panel for each encoder.

    Args:
        rows: from `records.read_rows`.
        x: a measure of meaning; SimLex-999 or, where there are none of its pairs, other
            pairs' scores if not given.
        y: another measure; polarity or, for a task that has none, accuracy.

    Raises:
        InputError: no rows of one of the measures, or matplotlib is not installed.
    """
    x, y = (given or usual for given, usual in zip((x, y), plane_axes(rows), strict=True))
    kind = "sentiment" if what(y) == "sentiment" else "task"
    with drawing.style():
        facets = marks.facets_of(rows, (x, y))
        panels = facets.arms
        columns = len(panels) if len(panels) <= 3 else 2 if len(panels) == 4 else 3
        legend = [*marks.lines_of(facets.styles), *checkpoint_marks()]
        figure, axes = drawing.grid(math.ceil(len(panels) / columns), columns, (3.4, 3.2), legend)
        own = [
            row for row in rows if row["split"] != "test" or row["measure"] not in (x, y)
        ]  # a path stays on one split
        across, up = (
            (select.along(own, name, facets.of), select.at(own, name, "selected", facets.of))
            for name in (x, y)
        )
        for axis, (name, arms) in zip(axes.flat, panels.items(), strict=False):
            axis.set(title=name, xlabel=title(x))
            axis.tick_params(labelbottom=True)
            for arm in arms:
                _path(axis, arm, across, up, facets.styles[arm.shown])
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        for axis in axes[:, 0]:
            axis.set_ylabel(marks.label(y, up[0]))
        drawing.head(
            figure,
            f"Semantic–{kind} plane, {corpora(rows)}: mean path over seeds, "
            "crosses are 95 % intervals",
        )
        return figure


def plane_axes(rows: Rows) -> tuple[str, str]:
    """The measures of the plane when none are named."""
    there = select.valued(rows)
    across = (*similarities(there), "simlex999")[0]
    return across, "polarity" if "polarity" in there else "accuracy"


def similarities(there: Sequence[str]) -> list[str]:
    """The measures on pairs of words with scores.

    SimLex-999 comes first, then a user's own or the synthetic world's.
    """
    return [
        *({"simlex999"} & {*there}),
        *(name for name in there if name.startswith("similarity(")),
    ]


def _path(axis: "Axes", arm: Arm, x: Course, y: Course, style: Style) -> None:
    """One arm in the plane."""
    known = [
        (marks.point_of(x[0][step], arm), marks.point_of(y[0][step], arm))
        for step in sorted(x[0].keys() & y[0].keys())
        if arm in x[0][step] and arm in y[0][step]
    ]
    if not known:
        return
    color, marker = style["color"], style["marker"]
    if len({(a.mean, b.mean) for a, b in known}) == 1:  # shows behind a tuned one's start
        marks.mark(axis, *known[0], color, marker=marker, markersize=9, zorder=1.5)
        return
    xs, ys = zip(*((a.mean, b.mean) for a, b in known), strict=True)
    axis.plot(xs, ys, **{**style, "marker": "."}, markersize=3.5, linewidth=1.2)
    marks.mark(axis, *known[0], color, marker=marker, markerfacecolor="white")
    marks.mark(axis, *known[-1], color, marker=marker)
    if arm in x[1] and arm in y[1]:
        star = {"markersize": 12, "markeredgecolor": "white", "markeredgewidth": 0.7}
        at = marks.point_of(x[1], arm), marks.point_of(y[1], arm)
        marks.mark(axis, *at, color, marker="*", zorder=4, **star)


def checkpoint_marks() -> list["Line2D"]:
    """What the marks of a path stand for."""
    from matplotlib.lines import Line2D

    style = {"color": "#333333", "linewidth": 0}
    return [
        Line2D([], [], label="start", marker="o", markersize=6.5, markerfacecolor="white", **style),
        Line2D([], [], label="selected step", marker="*", markersize=11, **style),
        Line2D([], [], label="last step", marker="o", markersize=6.5, **style),
    ]
