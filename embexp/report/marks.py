"""How arms are drawn: their panels and styles, points, curves, levels of chance and labels."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.report import drawing, select
from embexp.report.arms import Arm, arms_of, order
from embexp.report.drawing import Style
from embexp.report.formatting import Interval, titled
from embexp.report.select import Rows, Steps, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

NOTHING = "there is nothing to draw: no run has finished yet; run the experiment first"
WIDTH = 36
"""Characters of a line above a panel."""

CHANCE = {"color": "#555555", "linewidth": 0.9, "linestyle": "dashed"}
"""How the level of chance is drawn."""


class Facets(NamedTuple):
    """The arms of a figure, by the panel they are drawn in, and the style of each label."""

    of: Mapping[str, Arm]
    arms: Mapping[str, list[Arm]]
    styles: dict[str, Style]

    def small_multiples(
        self,
        lines: Mapping[str, Any],
        columns: Mapping[str, Any],
        draw: Callable[["Axes", Any, Any], None],
        below: Callable[["Axes"], object],
        *,
        heading: str,
        size: tuple[float, float],
        sharex: bool = True,
        level: str = "chance",
    ) -> "Figure":
        """A panel for each line and column, by their labels.

        Args:
            lines: what is drawn in each line, by the label of its axis.
            columns: what is drawn in each column, by its title.
            draw: draws one panel; one in which nothing is drawn is left out.
            below: labels the axis of a panel of the last line.
            heading: of the figure.
            size: of a panel in inches.
            sharex: whether columns share their axis.
            level: what a dashed line stands for.
        """
        legend = {**self.styles, level: CHANCE}
        figure, axes = drawing.grid(len(lines), len(columns), size, legend, sharex)
        for line, (label, content) in zip(axes, lines.items(), strict=True):
            for axis, column in zip(line, columns.values(), strict=True):
                draw(axis, content, column)
                axis.set_visible(bool(np.isfinite(axis.dataLim.intervalx).all()))
            first, *_ = _visible(line)
            first.set_ylabel(label)
            first.tick_params(labelleft=True)
        for column, name in zip(axes.T, columns, strict=True):
            first, *_, last = 2 * _visible(column)
            first.set_title(name)
            last.tick_params(labelbottom=True)
            below(last)
        figure.align_ylabels()
        drawing.head(figure, heading)
        return figure


def _visible(axes: Sequence["Axes"]) -> list["Axes"]:
    """The panels in which something is drawn; all where nothing is in any."""
    return [axis for axis in axes if axis.get_visible()] or [*axes]


def styles_of(arms: Iterable[Arm]) -> dict[str, Style]:
    """The style of each arm of some results by its label, in the order of legends."""
    labels = sorted({(arm.control, arm.label, arm.shown) for arm in arms})
    return drawing.line_styles([shown for *_, shown in labels])


def facets_of(
    rows: Rows, measures: Iterable[str], styles: Mapping[str, Style] | None = None
) -> Facets:
    """The arms that have one of the measures.

    There is a panel for each encoder and each value of what else tells arms apart.

    Args:
        styles: of all arms of the results, if the rows are not of all of them.

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
        panels.setdefault(panel(arm), []).append(arm)
    drawn = {arm.shown for arm in arms}
    known = (styles or styles_of(of.values())).items()
    return Facets(of, panels, {name: style for name, style in known if name in drawn})


def panel(arm: Arm, which: Iterable[str] = ()) -> str:
    """The title of the panel that an arm is drawn in."""
    name = drawing.spaced(", ".join([f"encoder {arm.encoder}", *arm.settings, *which]))
    return fill(name, WIDTH, break_long_words=False, break_on_hyphens=False)


def label(measure: str, steps: Mapping[Any, Values]) -> str:
    """The measure's title, with its split where it is not measured on the table's words."""
    rows = [row for values in steps.values() for own in values.values() for row in own.values()]
    splits = select.splits_of(rows)
    on = titled(measure, splits).replace(" (", "\n(") if splits else ""
    return select.headed(measure, rows, on=on)


def shared(steps: Steps) -> Steps:
    """The same at the steps of each arm that all its seeds have: each may stop at its own."""
    most: dict[Arm, int] = {}
    for values in steps.values():
        most |= {arm: max(len(own), most.get(arm, 0)) for arm, own in values.items()}
    return {
        step: {arm: own for arm, own in values.items() if len(own) == most[arm]}
        for step, values in steps.items()
    }


def point_of(values: Values, arm: Arm) -> Interval:
    """The mean over the seeds of an arm that has values."""
    rows = [*values[arm].values()]
    measure = "" if rows[0].get("difference") else rows[0]["measure"]
    return select.mean_of((row["value"] for row in rows), measure)


def course(steps: Steps, arm: Arm) -> Float[np.ndarray, "4 points"]:
    """Where an arm has values, and their means with the ends of their intervals."""
    known = [(x, *point_of(values, arm)) for x, values in steps.items() if arm in values]
    return np.reshape(known, (-1, 4)).T


def mark(axis: "Axes", x: Interval, y: Interval, **style: Any) -> None:
    """A point with its intervals as a cross."""
    across, up = ([[of.mean - of.low], [of.high - of.mean]] for of in (x, y))
    style = {"markersize": 6.5, "linewidth": 0, "elinewidth": 0.9, "zorder": 3, **style}
    axis.errorbar(x.mean, y.mean, xerr=across, yerr=up, **style)


def curves(axis: "Axes", steps: Steps, arms: Sequence[Arm], styles: Mapping[str, Style]) -> None:
    """Each arm's measure over the steps with its band, and the level of chance."""
    for arm in arms:
        style = styles[arm.shown]
        x, mean, low, high = course(steps, arm)
        axis.plot(x, mean, markersize=3.5, linewidth=1.3, **style)
        axis.fill_between(x, low, high, color=style["color"], alpha=0.15, linewidth=0)
    chance(axis, steps, arms)


def chance(axis: "Axes", steps: Steps, arms: Iterable[Arm]) -> None:
    """A dashed line at the level of chance, where all arms have the same."""
    found = [values[arm].values() for values in steps.values() for arm in arms if arm in values]
    levels = {row["chance"] for own in found for row in own} - {None}
    if len(levels) == 1:
        axis.axhline(levels.pop(), zorder=1, **CHANCE)
