"""Sentiment by stratum: words apart by how often training updated their rows."""

import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.report import drawing, marks, select
from embexp.report.arms import Arm, corpora
from embexp.report.formatting import span, title
from embexp.report.select import Rows, Steps, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def stratified(rows: Rows) -> list[str]:
    """The measures of sentiment that have values by stratum."""
    there = select.valued(row for row in rows if row["stratum"] != "all")
    return [
        name for name, measure in MEASURES.items() if measure.what == "sentiment" and name in there
    ]


def strata(rows: Rows, measures: Sequence[str] | None = None) -> "Figure":
    """Each measure of sentiment by stratum, the mean over seeds with 95 % intervals.

    Where a stratum has values at several steps its curve is drawn, strata beside each
    other; else there is one point for each arm, encoders beside each other.

    Raises:
        InputError: no rows by stratum, or matplotlib is not installed.
    """
    rows = [row for row in rows if row["stratum"] != "all" and row["value"] is not None]
    there = stratified(rows)
    if not there:
        raise InputError(
            "there is nothing to draw: no measure of sentiment has rows by stratum of updates"
        )
    measures = measures or there
    select.require("measure by stratum", measures, there)
    names = sorted(
        {row["stratum"] for row in rows if row["measure"] in measures}, key=_least_updates
    )
    several = len({(row["digest"], row["step"]) for row in rows}) > len(
        {row["digest"] for row in rows}
    )
    with drawing.style():
        return (_curves if several else _points)(rows, measures, names)


def _least_updates(stratum: str) -> int:
    """The number that a name such as `5-99` or `>=1000` begins with."""
    return int(re.findall(r"\d+|$", stratum)[0] or 0)


def _points(rows: Rows, measures: Sequence[str], names: Sequence[str]) -> "Figure":
    """Strata along the axis, and in each the arms beside each other."""
    facets = marks.facets_of(rows, measures)
    places = {
        label: 0.7 * ((i + 0.5) / len(facets.styles) - 0.5) for i, label in enumerate(facets.styles)
    }

    def draw(axis: "Axes", by_stratum: Steps, arms: Sequence[Arm]) -> None:
        for arm in arms:
            x, mean, low, high = marks.course(by_stratum, arm)
            style = {"markersize": 5, "linewidth": 0.7, **facets.styles[arm.shown]}
            axis.errorbar(x + places[arm.shown], mean, [mean - low, high - mean], **style)
        marks.chance(axis, by_stratum, arms)
        axis.set_xticks(range(len(names)), list(map(_label, names, by_stratum.values())))
        axis.set_xlim(-0.5, len(names) - 0.5)
        axis.grid(visible=False, axis="x")

    return facets.small_multiples(
        {
            title(name): {
                i: select.at(rows, name, "last", facets.of, each) for i, each in enumerate(names)
            }
            for name in measures
        },
        facets.arms,
        draw,
        lambda axis: axis.set_xlabel("updates of a word's row (n: words)"),
        heading=f"Sentiment by row updates at the last step, {corpora(rows)}: "
        "mean over seeds, 95 % intervals",
        sharex=False,  # each panel has its own n
        size=(max(3.2, 0.8 + len(names) * max(1.2, 0.16 * len(facets.styles))), 2.1),
    )


def _label(name: str, values: Values) -> str:
    """The stratum with its number of words, the fewest and the most of all seeds and arms."""
    counts = [row["n"] for seeds in values.values() for row in seeds.values()]
    return _text(name) + (f"\nn {span(min(counts), max(counts))}" if counts else "")


def _text(name: str) -> str:
    return name.replace(">=", "≥").replace("-", "–")


def _curves(rows: Rows, measures: Sequence[str], names: Sequence[str]) -> "Figure":
    """Strata beside each other, measures and encoders below each other."""
    facets = marks.facets_of(rows, measures)
    steps = {row["step"] for row in rows}

    def draw(axis: "Axes", line: tuple[str, Sequence[Arm]], stratum: str) -> None:
        along = select.along(rows, line[0], facets.of, stratum)
        marks.curves(axis, along, line[1], facets.styles)

    return facets.small_multiples(
        {
            "\n".join([title(name), *([panel] if len(facets.arms) > 1 else [])]): (name, arms)
            for name in measures
            for panel, arms in facets.arms.items()
        },
        {f"{_text(stratum)} updates": stratum for stratum in names},
        draw,
        partial(drawing.step_axis, last=max(1, *steps))
        if min(steps) == 0
        else lambda axis: axis.set_xlabel("training step"),  # ends of epochs, equally far apart
        heading=f"Sentiment by row updates so far, {corpora(rows)}: mean over seeds, 95 % band",
        size=(max(2.6, 3.2 / len(names)), 1.75),
    )
