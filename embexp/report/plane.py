"""The semantic–sentiment plane: paths of tables while they train."""

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from embexp.report import drawing, marks, select
from embexp.report.arms import Arm, corpora
from embexp.report.drawing import Style
from embexp.report.formatting import what
from embexp.report.select import Rows, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Course = Mapping[int | str, Values]
"""A measure along the steps, and as `selected` at the selected one."""
CHECKPOINTS = {
    "start": {"marker": "o", "markersize": 6.5, "markerfacecolor": "white"},
    "selected step": {"marker": "*", "markersize": 11},
    "last step": {"marker": "o", "markersize": 6.5},
}
"""The marks of a path in the legend."""


def plane(rows: Rows, x: str | None = None, y: str | None = None) -> "Figure":
    """The path of each arm from the start of training to its last step.

    A path joins the means over seeds at the steps where both measures have values;
    crosses are 95 % intervals at the start, at the selected step (a star) and at the
    last step that all seeds reach. Tables that do not move are one point. There is a
    panel for each encoder.

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
        columns = 2 if len(panels) == 4 else min(len(panels), 3)
        legend = facets.styles | {
            name: {"color": "#333333", "linewidth": 0, **mark} for name, mark in CHECKPOINTS.items()
        }
        figure, axes = drawing.grid(math.ceil(len(panels) / columns), columns, (3.4, 3.2), legend)
        own = [
            row for row in rows if row["split"] != "test" or row["measure"] not in (x, y)
        ]  # a path stays on one split
        across, up = (
            {
                **marks.shared(select.along(own, name, facets.of)),
                "selected": select.at(own, name, "selected", facets.of),
            }
            for name in (x, y)
        )
        for axis, (name, arms) in zip(axes.flat, panels.items(), strict=False):
            axis.set(title=name, xlabel=select.headed(x, rows))
            axis.tick_params(labelbottom=True)
            for arm in arms:
                _path(axis, arm, across, up, facets.styles[arm.shown])
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        for axis in axes[:, 0]:
            axis.set_ylabel(marks.label(y, up))
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


def _path(axis: "Axes", arm: Arm, across: Course, up: Course, style: Style) -> None:
    """One arm in the plane."""
    known = {
        step: (marks.point_of(values, arm), marks.point_of(up[step], arm))
        for step, values in across.items()
        if arm in values and arm in up.get(step, {})
    }
    selected = known.pop("selected", None)
    points = [*known.values()]
    if selected and len(points) < 2:  # seeds have no later step in common
        points.append(selected)
    if not points:
        return
    means = [(x.mean, y.mean) for x, y in points]
    plain = {name: style[name] for name in ("color", "marker")}
    if len({*means}) == 1:  # shows behind a tuned one's start
        marks.mark(axis, *points[0], **plain, markersize=9, zorder=1.5)
        return
    axis.plot(*zip(*means, strict=True), **{**style, "marker": "."}, markersize=3.5, linewidth=1.2)
    marks.mark(axis, *points[0], **plain, markerfacecolor="white")
    if len(known) > 1:
        marks.mark(axis, *points[-1], **plain)
    if selected:
        star = {"marker": "*", "markersize": 12, "markeredgecolor": "white", "zorder": 4}
        marks.mark(axis, *selected, **plain | star, markeredgewidth=0.7)
