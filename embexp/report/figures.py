"""Rows into figures: the semantic–sentiment plane, and how each measure emerges while the table trains."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import takewhile
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from embexp.errors import InputError, unknown
from embexp.measures import MEASURES
from embexp.report import select
from embexp.report.select import Arm, Point, Row, Values
from embexp.report.tables import title, what

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

EMERGENCE = ("polarity", "polar_antonym_auc", "cos(good,bad)", "simlex999", "antonym_auc", "overlap@10", "accuracy")
"""The measures whose emergence is drawn when none are named, where they have rows."""
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#7F7F7F")
"""Okabe & Ito's, which colour-blind people tell apart; a grey in place of the yellow, which white paper swallows."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")
DASHES = ("solid", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (6, 1.5, 1.2, 1.5)))
STYLE = {
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "savefig.dpi": 200,
    "svg.hashsalt": "embexp",
}


Course = tuple[dict[int, Values], Values]
"""A measure along the steps, and at the picked step."""


def plane(rows: Sequence[Row], x: str | None = None, y: str | None = None) -> "Figure":
    """The semantic–sentiment plane: one path for each regime from the start of training to its last step, one panel for each encoder.

    A path joins the means over seeds at the steps where both measures have values; crosses are 95 % intervals at the start, at the
    picked step (a star) and at the end. Regimes whose table does not move are one point. `x` is SimLex-999 or, where there are none of
    its pairs, other pairs' scores; `y` is polarity or, for a task that has none, accuracy.

    Raises:
        InputError: no rows of one of the measures, or matplotlib is not installed.
    """
    there = select.measures_in(rows)
    if x is None:
        x = (*_similarities(there), "simlex999")[0]
    if y is None:
        y = "polarity" if "polarity" in there else "accuracy"
    kind = "sentiment" if what(y) == "sentiment" else "task"
    with style():
        panels = _panels(rows, (x, y))
        regimes = _regimes(panels)
        legend = [*_regime_lines(regimes), *_moment_marks()]
        columns = len(panels) if len(panels) <= 3 else 2 if len(panels) == 4 else 3
        figure, axes = _grid(math.ceil(len(panels) / columns), columns, (3.4, 3.2), legend)
        of = select.arms_of(rows)
        across, up = ((select.along(rows, name, of), select.at(rows, name, "picked", of)) for name in (x, y))
        for axis, (name, arms) in zip(axes.flat, panels.items(), strict=False):
            axis.set(title=name, xlabel=title(x))
            axis.tick_params(labelbottom=True)
            for arm in arms:
                _path(axis, arm, across, up, regime_look(regimes, arm.regime))
        for axis in axes.flat[len(panels) :]:
            axis.set_visible(False)
        for axis in axes[:, 0]:
            axis.set_ylabel(title(y))
        _heading(figure, f"Semantic–{kind} plane, {_corpora(rows)}: mean path over seeds, crosses are 95 % intervals")
        return figure


def emergence(rows: Sequence[Row], measures: Sequence[str] | None = None) -> "Figure":
    """Each measure at each logged step, the mean over seeds with its 95 % band: measures below each other, encoders side by side.

    Steps are on a logarithmic axis on which step 0 has its place; a dashed line is the level of chance.

    Raises:
        InputError: no rows of one of the measures, or matplotlib is not installed.
    """
    there = select.measures_in(rows)
    measures = measures or [name for name in dict.fromkeys((*EMERGENCE, *_similarities(there))) if name in there] or there
    with style():
        panels = _panels(rows, measures)
        regimes = _regimes(panels)
        figure, axes = _grid(len(measures), len(panels), (3.2, 1.75), [*_regime_lines(regimes), _chance_line()])
        of = select.arms_of(rows)
        for line, measure in zip(axes, measures, strict=True):
            steps = select.along(rows, measure, of)
            for axis, arms in zip(line, panels.values(), strict=True):
                for arm in arms:
                    _curve(axis, arm, steps, regime_look(regimes, arm.regime))
                _chance(axis, steps, arms)
            line[0].set_ylabel(_label(measure, steps))
        for axis, name in zip(axes[0], panels, strict=True):
            axis.set_title(name)
        for axis in axes[-1]:
            _step_axis(axis, max(1, max(row["step"] for row in rows)))
        figure.align_ylabels()
        _heading(figure, f"Emergence while the table trains, {_corpora(rows)}: mean over seeds, 95 % band")
        return figure


def stratified(rows: Sequence[Row]) -> list[str]:
    """The measures of sentiment that have values by stratum of row updates."""
    there = {row["measure"] for row in rows if row["stratum"] != "all" and row["value"] is not None}
    return [name for name, measure in MEASURES.items() if measure.what == "sentiment" and name in there]


def strata(rows: Sequence[Row], measures: Sequence[str] | None = None) -> "Figure":
    """Each measure of sentiment by how often rows were updated, the mean over seeds with 95 % intervals: encoders beside each other.

    Where a stratum has values at several steps, its curve is drawn, strata beside each other; else one point for each regime.

    Raises:
        InputError: no rows by stratum, or matplotlib is not installed.
    """
    rows = [row for row in rows if row["stratum"] != "all" and row["value"] is not None]
    there = stratified(rows)
    if not there:
        raise InputError("there is nothing to draw: no measure of sentiment has rows by stratum of updates")
    measures = measures or there
    for name in measures:
        if name not in there:
            raise unknown("measure by stratum", name, there)
    names = sorted({row["stratum"] for row in rows if row["measure"] in measures}, key=_least_updates)
    several = any(len({row["step"] for row in rows if row["digest"] == digest}) > 1 for digest in {row["digest"] for row in rows})
    with style():
        return (_stratum_curves if several else _stratum_points)(rows, measures, names)


def _least_updates(stratum: str) -> int:
    """What strata are ordered by: the number that a name such as `5-99` or `>=1000` begins with."""
    return int("".join(takewhile(str.isdecimal, stratum.lstrip(">="))) or 0)


def _stratum_points(rows: Sequence[Row], measures: Sequence[str], names: Sequence[str]) -> "Figure":
    """Strata along the axis, regimes beside each other in each."""
    panels = _panels(rows, measures)
    regimes = _regimes(panels)
    legend = [*_regime_lines(regimes), _chance_line()]
    width = max(3.2, 0.8 + len(names) * max(1.2, 0.16 * len(regimes)))
    figure, axes = _grid(len(measures), len(panels), (width, 2.1), legend, sharex=False)  # each has its own n
    of = select.arms_of(rows)
    for line, measure in zip(axes, measures, strict=True):
        by_stratum = [select.at(rows, measure, "last", of, name) for name in names]
        for axis, arms in zip(line, panels.values(), strict=True):
            for arm in arms:
                beside = 0.7 * ((regimes.index(arm.regime) + 0.5) / len(regimes) - 0.5)
                _points(axis, [(x + beside, _point(values, arm)) for x, values in enumerate(by_stratum)], regime_look(regimes, arm.regime))
            _chance(axis, dict(enumerate(by_stratum)), arms)
            axis.set_xticks(range(len(names)), [_stratum_label(*each) for each in zip(names, by_stratum, strict=True)])
            axis.set_xlim(-0.5, len(names) - 0.5)
            axis.grid(visible=False, axis="x")
        line[0].set_ylabel(title(measure))
    for axis, name in zip(axes[0], panels, strict=True):
        axis.set_title(name)
    for axis in axes[-1]:
        axis.set_xlabel("updates of a word's row (n: words)")
    figure.align_ylabels()
    _heading(figure, f"Sentiment by row updates at the last step, {_corpora(rows)}: mean over seeds, 95 % intervals")
    return figure


def _points(axis: "Axes", places: Sequence[tuple[float, Point | None]], look: Mapping[str, Any]) -> None:
    """One regime's points with their intervals, joined by a thin line."""
    known = [(x, y) for x, y in places if y]
    axis.plot([x for x, _ in known], [y.mean for _, y in known], **{**look, "marker": ""}, linewidth=0.7)
    for x, y in known:
        _mark(axis, Point(x, math.nan, math.nan), y, look["color"], marker=look["marker"], markersize=5)


def _stratum_label(name: str, values: Values) -> str:
    """The stratum with its number of words, the fewest and the most of all seeds and arms."""
    counts = [row["n"] for seeds in values.values() for row in seeds.values()]
    name = _stratum_text(name)
    return f"{name}\nn {'–'.join(dict.fromkeys((str(min(counts)), str(max(counts)))))}" if counts else name


def _stratum_text(name: str) -> str:
    return name.replace(">=", "≥").replace("-", "–")


def _stratum_curves(rows: Sequence[Row], measures: Sequence[str], names: Sequence[str]) -> "Figure":
    """Strata beside each other, measures and encoders below each other, steps along the axis."""
    panels = _panels(rows, measures)
    regimes = _regimes(panels)
    lines = [(measure, name) for measure in measures for name in panels]
    figure, axes = _grid(len(lines), len(names), (max(2.6, 3.2 / len(names)), 1.75), [*_regime_lines(regimes), _chance_line()])
    of = select.arms_of(rows)
    for line, (measure, panel) in zip(axes, lines, strict=True):
        for axis, stratum in zip(line, names, strict=True):
            steps = select.along(rows, measure, of, stratum)
            for arm in panels[panel]:
                _curve(axis, arm, steps, regime_look(regimes, arm.regime))
            _chance(axis, steps, panels[panel])
        line[0].set_ylabel("\n".join([title(measure), *([panel] if len(panels) > 1 else [])]))
    for axis, stratum in zip(axes[0], names, strict=True):
        axis.set_title(f"{_stratum_text(stratum)} updates")
    steps = [row["step"] for row in rows]
    for axis in axes[-1]:
        if min(steps) == 0:
            _step_axis(axis, max(1, *steps))
        else:  # ends of epochs, say: evenly far from each other
            axis.set_xlabel("training step")
    figure.align_ylabels()
    _heading(figure, f"Sentiment by row updates so far, {_corpora(rows)}: mean over seeds, 95 % band")
    return figure


def save(figure: "Figure", path: str | Path) -> None:
    """To a file of the kind that its suffix names (.svg, .png, .pdf): the same figure gives the same bytes."""
    path = Path(path)
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
    if path.suffix not in dates:
        raise InputError(f"figures are written as {', '.join(dates)}, not as {path.suffix or 'a file without a suffix'!r}")
    with style():
        figure.savefig(path, metadata=dates[path.suffix])


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults with `STYLE`, whatever the user's own settings are."""
    try:
        from matplotlib import style as styles
    except ImportError:
        raise InputError('figures need matplotlib, which is not installed; pip install "embexp[viz]"') from None
    with styles.context(["default", STYLE]):
        yield


def _grid(lines: int, columns: int, panel: tuple[float, float], legend: Sequence["Line2D"], sharex: bool = True) -> tuple["Figure", Any]:
    """A figure with panels (of so many inches) that share axes, and the legend outside them, so that it covers nothing."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(panel[0] * columns + 1.6, max(panel[1] * lines, 0.22 * len(legend)) + 0.8))
    figure.legend(handles=list(legend), loc="outside right center", handlelength=3)
    return figure, figure.subplots(lines, columns, sharex=sharex, sharey="row", squeeze=False)


def _similarities(there: Sequence[str]) -> list[str]:
    """The measures on pairs of words with scores: SimLex-999, then a user's own or the synthetic world's."""
    return [*({"simlex999"} & {*there}), *(name for name in there if name.startswith("similarity("))]


def _panels(rows: Sequence[Row], measures: Sequence[str]) -> dict[str, list[Arm]]:
    """The arms that have one of the measures, for each panel: an encoder and what else differs but the regime."""
    if not rows:
        raise InputError("there is nothing to draw: no cell has finished yet; run the experiment first")
    there = select.measures_in(rows)
    for name in measures:
        if name not in there:
            raise unknown("measure", name, there)
    of = select.arms_of(rows)
    arms = {of[row["digest"]] for row in rows if row["measure"] in measures}
    panels: dict[str, list[Arm]] = {}
    for arm in sorted(arms, key=select.order):
        panels.setdefault(", ".join([f"encoder {arm.encoder}", *map(select.field_text, arm.rest)]), []).append(arm)
    return panels


def regime_look(regimes: Sequence[str], regime: str) -> dict[str, Any]:
    """Colour, marker and dashes of a regime; past eight, colours come again with other markers and dashes."""
    i = regimes.index(regime)
    return {
        "color": COLOURS[i % len(COLOURS)],
        "marker": MARKERS[(i + i // len(COLOURS)) % len(MARKERS)],
        "linestyle": DASHES[(i + 2 * (i // len(COLOURS))) % len(DASHES)],
    }


def _point(values: Values, arm: Arm) -> Point | None:
    seeds = values.get(arm)
    return select.point(row["value"] for row in seeds.values()) if seeds else None


def _path(axis: "Axes", arm: Arm, x: Course, y: Course, look: Mapping[str, Any]) -> None:
    """One regime in the plane."""
    points = [(_point(x[0][step], arm), _point(y[0][step], arm)) for step in sorted(x[0].keys() & y[0].keys())]
    known = [(a, b) for a, b in points if a and b]
    if not known:
        return
    color, marker = look["color"], look["marker"]
    if len({(a.mean, b.mean) for a, b in known}) == 1:
        _mark(axis, *known[0], color, marker=marker, markersize=9, zorder=1.5)  # shows behind the start of a tuned one
        return
    xs, ys = zip(*((a.mean, b.mean) for a, b in known), strict=True)
    axis.plot(xs, ys, **{**look, "marker": "."}, markersize=3.5, linewidth=1.2)
    _mark(axis, *known[0], color, marker=marker, markerfacecolor="white")
    _mark(axis, *known[-1], color, marker=marker)
    picked = _point(x[1], arm), _point(y[1], arm)
    if picked[0] and picked[1]:
        _mark(axis, picked[0], picked[1], color, marker="*", markersize=12, markeredgecolor="white", markeredgewidth=0.7, zorder=4)


def _mark(axis: "Axes", x: Point, y: Point, color: str, **look: Any) -> None:
    """A point with its interval as a cross."""
    errors = [[[of.mean - of.low], [of.high - of.mean]] if not math.isnan(of.low) else None for of in (x, y)]
    look = {"markersize": 6.5, "linewidth": 0, "elinewidth": 0.9, "zorder": 3, **look}
    axis.errorbar(x.mean, y.mean, xerr=errors[0], yerr=errors[1], color=color, **look)


def _curve(axis: "Axes", arm: Arm, steps: Mapping[int, Values], look: Mapping[str, Any]) -> None:
    """One regime's measure over the steps."""
    known = [(step, point) for step, values in steps.items() if (point := _point(values, arm))]
    if not known:
        return
    xs = [step for step, _ in known]
    axis.plot(xs, [point.mean for _, point in known], markersize=3.5, linewidth=1.3, **look)
    axis.fill_between(xs, [p.low for _, p in known], [p.high for _, p in known], color=look["color"], alpha=0.15, linewidth=0)


def _chance(axis: "Axes", steps: Mapping[int, Values], arms: Sequence[Arm]) -> None:
    levels = {row["chance"] for values in steps.values() for arm in arms for row in values.get(arm, {}).values()} - {None}
    if len(levels) == 1:
        line = _chance_line()
        axis.axhline(levels.pop(), color=line.get_color(), linewidth=line.get_linewidth(), linestyle=line.get_linestyle(), zorder=1)


def _chance_line() -> "Line2D":
    from matplotlib.lines import Line2D

    return Line2D([], [], color="#555555", linewidth=0.9, linestyle="dashed", label="chance")


def _label(measure: str, steps: Mapping[int, Values]) -> str:
    """The measure's title, with the split where it is not the table's words that are measured."""
    splits = {row["split"] for values in steps.values() for seeds in values.values() for row in seeds.values()} - {"words"}
    return "\n".join([title(measure), *(f"({split})" for split in sorted(splits))])


def _corpora(rows: Sequence[Row]) -> str:
    return ", ".join(sorted({row["corpus"] for row in rows}))


def _heading(figure: "Figure", text: str) -> None:
    text = fill(text, int(11 * figure.get_figwidth()))
    figure.suptitle(text, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")


def _step_axis(axis: "Axes", last: int) -> None:
    """Steps from 0 on, with the powers of ten named."""
    from matplotlib.ticker import NullLocator

    axis.set_xscale("symlog", linthresh=1, linscale=0.4)
    axis.set_xlim(-0.15, last * 1.25)
    powers = [10**power for power in range(int(math.log10(last)) + 1)]
    axis.set_xticks([0, *powers], [f"{tick:,}" for tick in (0, *powers)])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("training step")


def _regimes(panels: Mapping[str, Sequence[Arm]]) -> list[str]:
    return sorted({arm.regime for arms in panels.values() for arm in arms})


def _regime_lines(regimes: Sequence[str]) -> list["Line2D"]:
    from matplotlib.lines import Line2D

    return [Line2D([], [], label=regime, linewidth=1.3, markersize=5, **regime_look(regimes, regime)) for regime in regimes]


def _moment_marks() -> list["Line2D"]:
    """What the marks of a path mean."""
    from matplotlib.lines import Line2D

    marks = (("start", "o", "white", 6.5), ("picked by validation", "*", "#333333", 11), ("last step", "o", "#333333", 6.5))
    return [
        Line2D([], [], label=name, color="#333333", marker=marker, markerfacecolor=face, markersize=size, linewidth=0)
        for name, marker, face, size in marks
    ]
