"""Rows into figures: the semantic–sentiment plane, and how each measure emerges while
the table trains.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import takewhile
from textwrap import fill
from typing import TYPE_CHECKING, Any

from embexp.errors import InputError, unknown
from embexp.measures import MEASURES
from embexp.report import drawing, select
from embexp.report.formatting import title, what
from embexp.report.select import Arm, Point, Row, Values

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

NOTHING = "there is nothing to draw: no cell has finished yet; run the experiment first"
WIDTH = 36
"""Characters of a line above a panel."""
CURVE = 5
"""Logged steps that make a curve, at least."""

Course = tuple[dict[int, Values], Values]
"""A measure along the steps, and at the picked step."""


def drawable(
    rows: Sequence[Row], measures: Sequence[str] = ()
) -> Mapping[str, Callable[[], "Figure"]]:
    """The figures that rows are enough for, by name; `measures` are those of the curves.

    Raises:
        InputError: there are no rows.
    """

    def among(there: Sequence[str]) -> list[str] | None:
        return [name for name in measures if name in there] or None

    if not rows:
        raise InputError(NOTHING)
    figures = {"plane": partial(plane, rows)} if {*_plane_axes(rows)} <= {*_valued(rows)} else {}
    if len({row["step"] for row in rows if row["digest"] == rows[0]["digest"]}) >= CURVE:
        figures["emergence"] = partial(emergence, rows, measures or None)
    if there := stratified(rows):
        figures["strata"] = partial(strata, rows, among(there))
    if dialled(rows):
        figures["dial"] = partial(dial, rows, measures or None)
    return figures


def plane(rows: Sequence[Row], x: str | None = None, y: str | None = None) -> "Figure":
    """The semantic–sentiment plane: one path for each regime from the start of training
    to its last step, one panel for each encoder.

    A path joins the means over seeds at the steps where both measures have values;
    crosses are 95 % intervals at the start, at the picked step (a star) and at the end.
    Regimes whose table does not move are one point. `x` is SimLex-999 or, where there
    are none of its pairs, other pairs' scores; `y` is polarity or, for a task that has
    none, accuracy.

    Raises:
        InputError: no rows of one of the measures, or matplotlib is not installed.
    """
    x, y = (given or usual for given, usual in zip((x, y), _plane_axes(rows), strict=True))
    kind = "sentiment" if what(y) == "sentiment" else "task"
    with drawing.style():
        panels = _panels(rows, (x, y))
        regimes = drawing.regimes_of(panels)
        legend = [*drawing.regime_lines(regimes), *drawing.moment_marks()]
        columns = len(panels) if len(panels) <= 3 else 2 if len(panels) == 4 else 3
        figure, axes = drawing.grid(math.ceil(len(panels) / columns), columns, (3.4, 3.2), legend)
        of = select.arms_of(rows)
        logged = [
            row for row in rows if row["split"] != "test" or row["measure"] not in (x, y)
        ]  # a path stays on one split
        across, up = (
            (select.along(logged, name, of), select.at(logged, name, "picked", of))
            for name in (x, y)
        )
        for axis, (name, arms) in zip(axes.flat, panels.items(), strict=False):
            axis.set(title=name, xlabel=title(x))
            axis.tick_params(labelbottom=True)
            for arm in arms:
                _path(axis, arm, across, up, drawing.regime_look(regimes, arm.regime))
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        for axis in axes[:, 0]:
            axis.set_ylabel(drawing.label(y, up[0]))
        drawing.heading(
            figure,
            f"Semantic–{kind} plane, {drawing.corpora(rows)}: mean path over seeds, crosses are 95 % intervals",
        )
        return figure


def emergence(rows: Sequence[Row], measures: Sequence[str] | None = None) -> "Figure":
    """Each measure at each logged step, the mean over seeds with its 95 % band:
    measures below each other, encoders side by side.

    Steps are on a logarithmic axis on which step 0 has its place; a dashed line is the
    level of chance.

    Raises:
        InputError: no rows of one of the measures, or matplotlib is not installed.
    """
    there = _valued(rows)
    measures = (
        measures
        or [name for name in dict.fromkeys((*EMERGENCE, *_similarities(there))) if name in there]
        or there
    )
    with drawing.style():
        panels = _panels(rows, measures)
        regimes = drawing.regimes_of(panels)
        figure, axes = drawing.grid(
            len(measures),
            len(panels),
            (3.2, 1.75),
            [*drawing.regime_lines(regimes), drawing.chance_line()],
        )
        of = select.arms_of(rows)
        for line, measure in zip(axes, measures, strict=True):
            steps = select.along(rows, measure, of)
            for axis, arms in zip(line, panels.values(), strict=True):
                for arm in arms:
                    drawing.curve(axis, arm, steps, drawing.regime_look(regimes, arm.regime))
                drawing.chance(axis, steps, arms)
            line[0].set_ylabel(drawing.label(measure, steps))
        for axis, name in zip(axes[0], panels, strict=True):
            axis.set_title(name)
        for axis in axes[-1]:
            drawing.step_axis(axis, max(1, max(row["step"] for row in rows)))
        figure.align_ylabels()
        drawing.heading(
            figure,
            f"Emergence while the table trains, {drawing.corpora(rows)}: mean over seeds, 95 % band",
        )
        return figure


def dialled(rows: Sequence[Row]) -> str | None:
    """The one setting beside encoder and regime that arms differ in, with three values
    or more; none where there is no such setting.
    """
    rest = [arm.rest for arm in select.arms_of(rows).values()]
    names = {name for fields in rest for name, _ in fields}
    return names.pop() if len(names) == 1 and len({*rest}) > 2 else None


def dial(rows: Sequence[Row], measures: Sequence[str] | None = None) -> "Figure":
    """Each measure at the picked step against the setting that arms differ in (the
    number of training texts, say), mean and 95 % band.

    Its values stand in order and equally far apart.

    Raises:
        InputError: there is no such setting, no rows of one of the measures, or
            matplotlib is not installed.
    """
    setting = dialled(rows)
    if setting is None:
        raise InputError(
            "there is nothing to draw: arms do not differ in one setting with three values or more"
        )
    there = select.measures_in(rows)
    measures = measures or [name for name in EMERGENCE if name in there] or there
    with drawing.style():
        panels, of = _panels(rows, measures), select.arms_of(rows)
        arms, regimes = sorted({*of.values()}, key=select.order), drawing.regimes_of(panels)
        values, encoders = (
            [*dict.fromkeys(each)]
            for each in zip(*((arm.rest, arm.encoder) for arm in arms), strict=True)
        )
        figure, axes = drawing.grid(
            len(measures),
            len(encoders),
            (3.4, 1.9),
            [*drawing.regime_lines(regimes), drawing.chance_line()],
        )
        for line, measure in zip(axes, measures, strict=True):
            picked = select.at(rows, measure, "picked", of)
            for axis, encoder in zip(line, encoders, strict=True):
                for regime in regimes:
                    at = {
                        i: {Arm(encoder, regime): picked.get(Arm(encoder, regime, rest), {})}
                        for i, rest in enumerate(values)
                    }
                    drawing.curve(
                        axis, Arm(encoder, regime), at, drawing.regime_look(regimes, regime)
                    )
                drawing.chance(axis, {0: picked}, [arm for arm in arms if arm.encoder == encoder])
            line[0].set_ylabel(title(measure))
        for axis, encoder in zip(axes[0], encoders, strict=True):
            axis.set_title(f"encoder {encoder}")
        for axis in axes[-1]:
            axis.set_xticks(range(len(values)), [select.value_text(rest[0]) for rest in values])
            axis.set_xlabel(setting)
        figure.align_ylabels()
        drawing.heading(
            figure,
            f"What {setting} does, {drawing.corpora(rows)}: mean over seeds at the picked step, 95 % band",
        )
        return figure


def stratified(rows: Sequence[Row]) -> list[str]:
    """The measures of sentiment that have values by stratum of row updates."""
    there = {row["measure"] for row in rows if row["stratum"] != "all" and row["value"] is not None}
    return [
        name for name, measure in MEASURES.items() if measure.what == "sentiment" and name in there
    ]


def strata(rows: Sequence[Row], measures: Sequence[str] | None = None) -> "Figure":
    """Each measure of sentiment by how often rows were updated, the mean over seeds
    with 95 % intervals: encoders beside each other.

    Where a stratum has values at several steps, its curve is drawn, strata beside each
    other; else one point for each regime.

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
    for name in measures:
        if name not in there:
            raise unknown("measure by stratum", name, there)
    names = sorted(
        {row["stratum"] for row in rows if row["measure"] in measures}, key=_least_updates
    )
    several = any(
        len({row["step"] for row in rows if row["digest"] == digest}) > 1
        for digest in {row["digest"] for row in rows}
    )
    with drawing.style():
        return (_stratum_curves if several else _stratum_points)(rows, measures, names)


def _least_updates(stratum: str) -> int:
    """What strata are ordered by: the number that a name such as `5-99` or `>=1000` begins with."""
    return int("".join(takewhile(str.isdecimal, stratum.lstrip(">="))) or 0)


def _stratum_points(rows: Sequence[Row], measures: Sequence[str], names: Sequence[str]) -> "Figure":
    """Strata along the axis, regimes beside each other in each."""
    panels = _panels(rows, measures)
    regimes = drawing.regimes_of(panels)
    legend = [*drawing.regime_lines(regimes), drawing.chance_line()]
    width = max(3.2, 0.8 + len(names) * max(1.2, 0.16 * len(regimes)))
    figure, axes = drawing.grid(
        len(measures), len(panels), (width, 2.1), legend, sharex=False
    )  # each has its own n
    of = select.arms_of(rows)
    for line, measure in zip(axes, measures, strict=True):
        by_stratum = [select.at(rows, measure, "last", of, name) for name in names]
        for axis, arms in zip(line, panels.values(), strict=True):
            for arm in arms:
                beside = 0.7 * ((regimes.index(arm.regime) + 0.5) / len(regimes) - 0.5)
                places = [
                    (x + beside, drawing.point_of(values, arm))
                    for x, values in enumerate(by_stratum)
                ]
                _points(axis, places, drawing.regime_look(regimes, arm.regime))
            drawing.chance(axis, dict(enumerate(by_stratum)), arms)
            axis.set_xticks(
                range(len(names)),
                [_stratum_label(*each) for each in zip(names, by_stratum, strict=True)],
            )
            axis.set_xlim(-0.5, len(names) - 0.5)
            axis.grid(visible=False, axis="x")
        line[0].set_ylabel(title(measure))
    for axis, name in zip(axes[0], panels, strict=True):
        axis.set_title(name)
    for axis in axes[-1]:
        axis.set_xlabel("updates of a word's row (n: words)")
    figure.align_ylabels()
    drawing.heading(
        figure,
        f"Sentiment by row updates at the last step, {drawing.corpora(rows)}: mean over seeds, 95 % intervals",
    )
    return figure


def _points(
    axis: "Axes", places: Sequence[tuple[float, Point | None]], look: Mapping[str, Any]
) -> None:
    """One regime's points with their intervals, joined by a thin line."""
    known = [(x, y) for x, y in places if y]
    axis.plot(
        [x for x, _ in known], [y.mean for _, y in known], **{**look, "marker": ""}, linewidth=0.7
    )
    for x, y in known:
        drawing.mark(
            axis,
            Point(x, math.nan, math.nan),
            y,
            look["color"],
            marker=look["marker"],
            markersize=5,
        )


def _stratum_label(name: str, values: Values) -> str:
    """The stratum with its number of words, the fewest and the most of all seeds and arms."""
    counts = [row["n"] for seeds in values.values() for row in seeds.values()]
    name = _stratum_text(name)
    return (
        f"{name}\nn {'–'.join(dict.fromkeys((str(min(counts)), str(max(counts)))))}"
        if counts
        else name
    )


def _stratum_text(name: str) -> str:
    return name.replace(">=", "≥").replace("-", "–")


def _stratum_curves(rows: Sequence[Row], measures: Sequence[str], names: Sequence[str]) -> "Figure":
    """Strata beside each other, measures and encoders below each other, steps along the axis."""
    panels = _panels(rows, measures)
    regimes = drawing.regimes_of(panels)
    lines = [(measure, name) for measure in measures for name in panels]
    figure, axes = drawing.grid(
        len(lines),
        len(names),
        (max(2.6, 3.2 / len(names)), 1.75),
        [*drawing.regime_lines(regimes), drawing.chance_line()],
    )
    of = select.arms_of(rows)
    for line, (measure, panel) in zip(axes, lines, strict=True):
        for axis, stratum in zip(line, names, strict=True):
            steps = select.along(rows, measure, of, stratum)
            for arm in panels[panel]:
                drawing.curve(axis, arm, steps, drawing.regime_look(regimes, arm.regime))
            drawing.chance(axis, steps, panels[panel])
        line[0].set_ylabel("\n".join([title(measure), *([panel] if len(panels) > 1 else [])]))
    for axis, stratum in zip(axes[0], names, strict=True):
        axis.set_title(f"{_stratum_text(stratum)} updates")
    steps = [row["step"] for row in rows]
    for axis in axes[-1]:
        if min(steps) == 0:
            drawing.step_axis(axis, max(1, *steps))
        else:  # ends of epochs, say: evenly far from each other
            axis.set_xlabel("training step")
    figure.align_ylabels()
    drawing.heading(
        figure,
        f"Sentiment by row updates so far, {drawing.corpora(rows)}: mean over seeds, 95 % band",
    )
    return figure


def _plane_axes(rows: Sequence[Row]) -> tuple[str, str]:
    """The measures of the plane when none are named."""
    there = _valued(rows)
    return (*_similarities(there), "simlex999")[
        0
    ], "polarity" if "polarity" in there else "accuracy"


def _valued(rows: Sequence[Row]) -> list[str]:
    """The measures that have values."""
    return select.measures_in([row for row in rows if row["value"] is not None])


def _similarities(there: Sequence[str]) -> list[str]:
    """The measures on pairs of words with scores: SimLex-999, then a user's own or the
    synthetic world's.
    """
    return [
        *({"simlex999"} & {*there}),
        *(name for name in there if name.startswith("similarity(")),
    ]


def _panels(rows: Sequence[Row], measures: Sequence[str]) -> dict[str, list[Arm]]:
    """The arms that have one of the measures, for each panel: an encoder and what else
    differs but the regime.
    """
    if not rows:
        raise InputError(NOTHING)
    there = select.measures_in(rows)
    for name in measures:
        if name not in there:
            raise unknown("measure", name, there)
    of = select.arms_of(rows)
    arms = {of[row["digest"]] for row in rows if row["measure"] in measures}
    panels: dict[str, list[Arm]] = {}
    for arm in sorted(arms, key=select.order):
        name = drawing.spaced(
            ", ".join([f"encoder {arm.encoder}", *map(select.field_text, arm.rest)])
        )
        panels.setdefault(
            fill(name, WIDTH, break_long_words=False, break_on_hyphens=False), []
        ).append(arm)
    return panels


def _path(axis: "Axes", arm: Arm, x: Course, y: Course, look: Mapping[str, Any]) -> None:
    """One regime in the plane."""
    points = [
        (drawing.point_of(x[0][step], arm), drawing.point_of(y[0][step], arm))
        for step in sorted(x[0].keys() & y[0].keys())
    ]
    known = [(a, b) for a, b in points if a and b]
    if not known:
        return
    color, marker = look["color"], look["marker"]
    if len({(a.mean, b.mean) for a, b in known}) == 1:
        drawing.mark(
            axis, *known[0], color, marker=marker, markersize=9, zorder=1.5
        )  # shows behind the start of a tuned one
        return
    xs, ys = zip(*((a.mean, b.mean) for a, b in known), strict=True)
    axis.plot(xs, ys, **{**look, "marker": "."}, markersize=3.5, linewidth=1.2)
    drawing.mark(axis, *known[0], color, marker=marker, markerfacecolor="white")
    drawing.mark(axis, *known[-1], color, marker=marker)
    picked = drawing.point_of(x[1], arm), drawing.point_of(y[1], arm)
    if picked[0] and picked[1]:
        drawing.mark(
            axis,
            picked[0],
            picked[1],
            color,
            marker="*",
            markersize=12,
            markeredgecolor="white",
            markeredgewidth=0.7,
            zorder=4,
        )
