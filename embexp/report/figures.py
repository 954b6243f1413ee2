"""Figures of rows: curves of emergence, sensitivity to a setting, and which there are."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from embexp.errors import InputError
from embexp.printable import printable
from embexp.report import drawing, marks, select
from embexp.report.arms import BASELINE, arms_of, corpora, key, value_text
from embexp.report.formatting import title
from embexp.report.plane import plane, plane_axes, similarities
from embexp.report.search_analysis import Search
from embexp.report.search_curves import search_curves
from embexp.report.select import Rows, Values
from embexp.report.strata import strata, stratified

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EMERGENCE = (
    "polarity",
    "polar_antonym_auc",
    "cos(good,bad)",
    "simlex999",
    "antonym_auc",
    "overlap@10",
    "accuracy",
)
"""The measures whose emergence is drawn when none are named, where they have rows."""
PANELS = 4
"""More panels beside each other are too narrow to be read."""
CURVE = 5
"""A curve has at least so many evaluation steps."""


def drawable(
    rows: Rows, measures: Sequence[str] = (), searches: Sequence[Search] = ()
) -> Mapping[str, Callable[[], "Figure"]]:
    """The figures that rows are enough for, by name; baselines, which do not train, are in none.

    Args:
        rows: from `records.read_rows`.
        measures: those of the curves; the usual ones if empty.
        searches: of the arms that were tuned, from `runner.searched`.

    Raises:
        InputError: there are no rows.
    """
    rows = [row for row in rows if not row["regime"].startswith(BASELINE)]
    if not rows:
        raise InputError(marks.NOTHING)
    figures: dict[str, Callable[[], Figure]] = {}
    if {*plane_axes(rows)} <= {*select.valued(rows)}:
        figures["plane"] = partial(plane, rows)
    if len({row["step"] for row in rows if row["digest"] == rows[0]["digest"]}) >= CURVE:
        figures["emergence"] = partial(emergence, rows, measures)
    there = stratified(rows)
    if there and len(marks.facets_of(rows, there).arms) <= PANELS:
        figures["strata"] = partial(strata, rows, [name for name in measures if name in there])
    if varied(rows):
        figures["sensitivity"] = partial(sensitivity, rows, measures)
    if any(len(each.losses) > 1 for each in searches):
        styles = marks.styles_of(arms_of(rows).values())
        figures["search"] = partial(search_curves, searches, styles)
    return figures


def emergence(rows: Rows, measures: Sequence[str] | None = ()) -> "Figure":
    """Each measure at each evaluation step, the mean over seeds with its 95 % band.

    Measures stand below each other, encoders side by side. Steps are on a logarithmic
    axis on which step 0 has its place; a dashed line is the level of chance.

    Raises:
        InputError: no rows of one of the measures, or matplotlib is not installed.
    """
    there = select.valued(rows)
    usual = dict.fromkeys((*EMERGENCE, *similarities(there)))
    measures = select.chosen(there, measures, usual) or there
    with drawing.style():
        facets = marks.facets_of(rows, measures)
        curves = [(name, marks.shared(select.along(rows, name, facets.of))) for name in measures]
        return facets.small_multiples(
            {marks.label(name, steps): steps for name, steps in curves},
            facets.arms,
            partial(marks.curves, styles=facets.styles),
            partial(drawing.step_axis, last=max(1, *(row["step"] for row in rows))),
            heading=f"Emergence while the table trains, {corpora(rows)}: "
            "mean over seeds, 95 % band",
            size=(3.2, 1.75),
        )


def varied(rows: Rows) -> str | None:
    """The setting beside encoder and regime in which arms differ.

    None where there are several, fewer than three values, or names, which have no order.
    """
    rest = {arm.rest for arm in arms_of(rows).values()}
    fields = {field for each in rest for field in each}
    names = {name for name, _ in fields}
    ordered = not any(isinstance(value, str) for _, value in fields)
    return names.pop() if len(names) == 1 and len(rest) > 2 and ordered else None


def sensitivity(rows: Rows, measures: Sequence[str] | None = ()) -> "Figure":
    """Each measure at the selected step against the setting in which arms differ.

    That is the number of training texts, say; its values stand in order and equally far
    apart. Curves are means over seeds with their 95 % band.

    Raises:
        InputError: there is no such setting, no rows of one of the measures, or
            matplotlib is not installed.
    """
    setting = varied(rows)
    if setting is None:
        raise InputError(
            "there is nothing to draw: arms do not differ in one setting with three values or more"
        )
    there = select.measures_in(rows)
    measures = select.chosen(there, measures, EMERGENCE) or there
    with drawing.style():
        facets = marks.facets_of(rows, measures)
        arms = {*facets.of.values()}
        values = sorted({arm.rest for arm in arms}, key=lambda rest: key(rest[0][1]))

        def draw(axis: "Axes", selected: Values, encoder: str) -> None:
            own = [arm for arm in selected if arm.encoder == encoder]
            steps = {
                i: {arm._replace(rest=()): selected[arm] for arm in own if arm.rest == rest}
                for i, rest in enumerate(values)
            }
            marks.curves(axis, steps, sorted(set().union(*steps.values())), facets.styles)

        def below(axis: "Axes") -> None:
            axis.set_xticks(range(len(values)), [printable(value_text(rest[0])) for rest in values])
            axis.set_xlabel(setting)

        return facets.small_multiples(
            {title(name): select.at(rows, name, "selected", facets.of) for name in measures},
            {f"encoder {name}": name for name in sorted({arm.encoder for arm in arms})},
            draw,
            below,
            heading=f"Sensitivity to {setting}, {corpora(rows)}: "
            "mean over seeds at the step that validation selected, 95 % band",
            size=(3.4, 1.9),
        )
