"""Sentiment by stratum: words apart by how often training has them."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.measures.summary import STRATA
from embexp.report import drawing, marks, select
from embexp.report.arms import Arm, arms_of, corpora
from embexp.report.formatting import span, title
from embexp.report.marks import Facets
from embexp.report.select import Rows, Steps, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FROZEN = "frozen"
"""The regime whose values are subtracted."""
MINUS = ", minus the frozen arm"
"""What the heading then says."""


def stratified(rows: Rows) -> list[str]:
    """The measures of sentiment that have values in two strata or more."""
    there: dict[str, set[str]] = {}
    for row in rows:
        if row["stratum"] in STRATA and row["value"] is not None:
            there.setdefault(row["measure"], set()).add(row["stratum"])
    return [
        name
        for name, measure in MEASURES.items()
        if measure.what == "sentiment" and len(there.get(name, ())) > 1
    ]


def strata(rows: Rows, measures: Sequence[str] | None = None) -> "Figure":
    """Each measure of sentiment by stratum, the mean over seeds with 95 % intervals.

    The frozen arm's value is subtracted, seed by seed, where there is that arm: words of a
    stratum differ before training.
    Where the seeds of every arm have values at several steps in common curves are drawn,
    strata beside each other; else there is one point for each arm, at the step that
    validation selected or, where that has no value by stratum, the last that has one;
    encoders stand beside each other.

    Raises:
        InputError: no rows in two strata, or matplotlib is not installed.
    """
    tested = [row for row in rows if row["split"] == "test"]
    styles = marks.styles_of(arms_of(rows).values())
    rows = [row for row in rows if row["stratum"] in STRATA and row["value"] is not None]
    there = stratified(rows)
    if not there:
        raise InputError("there is nothing to draw: no measure of sentiment has rows in two strata")
    measures = measures or there
    select.require("measure by stratum", measures, there)
    rows, minus = above_frozen([row for row in rows if row["measure"] in measures])
    found = {row["stratum"] for row in rows}
    names = [name for name in STRATA if name in found]
    kept = {(row["digest"], row["step"]) for row in rows}
    selected = [row for row in tested if (row["digest"], row["step"]) in kept]
    with drawing.style():
        if _has_curves(rows, measures, names):
            facets = marks.facets_of(rows, measures, styles)
            return _curves(rows, measures, names, minus, facets)
        rows = [*rows, *selected]
        return _points(rows, measures, names, minus, marks.facets_of(rows, measures, styles))


def _has_curves(rows: Rows, measures: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the seeds of every arm have two steps or more in common, measure by measure."""
    of = arms_of(rows)
    courses = (
        marks.shared(select.along(rows, name, of, each)) for name in measures for each in names
    )
    return all(
        min(Counter(arm for arms in steps.values() for arm in arms).values(), default=2) > 1
        for steps in courses
    )


def above_frozen(rows: Rows) -> tuple[Rows, str]:
    """The rows minus those of the frozen arm with the same seed, and what to say of that.

    They are as they are where some arm has no frozen one beside it.
    """
    of = arms_of(rows)

    def key(row: Mapping[str, Any]) -> tuple[Any, ...]:
        arm = of[row["digest"]]
        return arm.encoder, arm.rest, row["vectors"], row["seed"], row["measure"], row["stratum"]

    frozen = {key(row): row["value"] for row in rows if row["regime"] == FROZEN}
    others = [row for row in rows if row["regime"] != FROZEN]
    if not others or any(key(row) not in frozen for row in others):
        return rows, ""
    none = {"low": None, "high": None, "chance": 0.0, "difference": True}
    return [{**row, **none, "value": row["value"] - frozen[key(row)]} for row in others], MINUS


def _points(
    rows: Rows, measures: Sequence[str], names: Sequence[str], minus: str, facets: Facets
) -> "Figure":
    """Strata along the axis, and in each the arms beside each other."""
    when = "selected" if any(row["split"] == "test" for row in rows) else "last"
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
                i: select.at(rows, name, "selected", facets.of, each)
                for i, each in enumerate(names)
            }
            for name in measures
        },
        facets.arms,
        draw,
        lambda axis: axis.set_xlabel("times that training has a word (n: words)"),
        heading=f"Sentiment by frequency at the {when} step, {corpora(rows)}{minus}: "
        "mean over seeds, 95 % intervals",
        sharex=False,  # each panel has its own n
        level="frozen" if minus else "chance",
        size=(max(3.2, 0.8 + len(names) * max(1.2, 0.16 * len(facets.styles))), 2.1),
    )


def _label(name: str, values: Values) -> str:
    """The stratum with its number of words, the fewest and the most of all seeds and arms."""
    counts = [row["n"] for seeds in values.values() for row in seeds.values()]
    return _text(name) + (f"\nn {span(min(counts), max(counts))}" if counts else "")


def _text(name: str) -> str:
    return name.removeprefix("seen ").replace(">=", "≥").replace("-", "–")


def _curves(
    rows: Rows, measures: Sequence[str], names: Sequence[str], minus: str, facets: Facets
) -> "Figure":
    """Strata beside each other, measures and encoders below each other."""
    steps = {row["step"] for row in rows}

    def draw(axis: "Axes", line: tuple[str, Sequence[Arm]], stratum: str) -> None:
        along = marks.shared(select.along(rows, line[0], facets.of, stratum))
        marks.curves(axis, along, line[1], facets.styles)

    return facets.small_multiples(
        {
            "\n".join([title(name), *([panel] if len(facets.arms) > 1 else [])]): (name, arms)
            for name in measures
            for panel, arms in facets.arms.items()
        },
        {f"seen {_text(stratum)} times": stratum for stratum in names},
        draw,
        partial(drawing.step_axis, last=max(1, *steps))
        if min(steps) == 0
        else lambda axis: axis.set_xlabel("training step"),  # ends of epochs, equally far apart
        heading=f"Sentiment by frequency, {corpora(rows)}{minus}: mean over seeds, 95 % band",
        size=(max(2.6, 3.2 / len(names)), 1.75),
        level="frozen" if minus else "chance",
    )
