"""What figures are made of: style, panels, looks of regimes, points, curves, and the
file at the end.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any

from embexp.errors import InputError
from embexp.report import select
from embexp.report.formatting import title, titled
from embexp.report.select import Arm, Point, Row, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#000000", "#56B4E9", "#E69F00", "#7F7F7F")
"""Okabe & Ito's, which colour-blind people tell apart; a grey in place of the yellow,
which white paper swallows."""
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
    "text.parse_math": False,  # names of data may hold dollars
    "svg.hashsalt": "embexp",
}


def save(figure: "Figure", path: str | Path) -> None:
    """To a file of the kind that its suffix names (.svg, .png, .pdf): the same figure
    gives the same bytes.
    """
    path = Path(path)
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
    if path.suffix not in dates:
        raise InputError(
            f"figures are written as {', '.join(dates)}, not as {path.suffix or 'a file without a suffix'!r}"
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with style():
            figure.savefig(path, metadata=dates[path.suffix])
    except OSError as error:
        raise InputError(
            f"{path} cannot be written ({error.strerror}); give another folder"
        ) from error


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults with `STYLE`, whatever the user's own settings are."""
    try:
        from matplotlib import style as styles
    except ImportError:
        raise InputError(
            'figures need matplotlib, which is not installed; pip install "embexp[viz]"'
        ) from None
    with styles.context(["default", STYLE]):
        yield


def grid(
    lines: int,
    columns: int,
    panel: tuple[float, float],
    legend: Sequence["Line2D"],
    sharex: bool = True,
) -> tuple["Figure", Any]:
    """A figure with panels (of so many inches) that share axes, and the legend outside
    them, so that it covers nothing.
    """
    from matplotlib.figure import Figure

    figure = Figure(
        figsize=(panel[0] * columns + 1.6, max(panel[1] * lines, 0.22 * len(legend)) + 0.8)
    )
    figure.legend(handles=list(legend), loc="outside right center", handlelength=3)
    return figure, figure.subplots(lines, columns, sharex=sharex, sharey="row", squeeze=False)


def regime_look(regimes: Sequence[str], regime: str) -> dict[str, Any]:
    """Colour, marker and dashes of a regime; past eight, colours come again with other
    markers and dashes.
    """
    i = regimes.index(regime)
    return {
        "color": COLOURS[i % len(COLOURS)],
        "marker": MARKERS[(i + i // len(COLOURS)) % len(MARKERS)],
        "linestyle": DASHES[(i + 2 * (i // len(COLOURS))) % len(DASHES)],
    }


def point_of(values: Values, arm: Arm) -> Point | None:
    """The mean over an arm's seeds; none where it has no value."""
    seeds = values.get(arm)
    return select.point(row["value"] for row in seeds.values()) if seeds else None


def mark(axis: "Axes", x: Point, y: Point, color: str, **look: Any) -> None:
    """A point with its interval as a cross."""
    errors = [
        [[of.mean - of.low], [of.high - of.mean]] if not math.isnan(of.low) else None
        for of in (x, y)
    ]
    look = {"markersize": 6.5, "linewidth": 0, "elinewidth": 0.9, "zorder": 3, **look}
    axis.errorbar(x.mean, y.mean, xerr=errors[0], yerr=errors[1], color=color, **look)


def curve(axis: "Axes", arm: Arm, steps: Mapping[int, Values], look: Mapping[str, Any]) -> None:
    """One regime's measure over the steps."""
    known = [(step, point) for step, values in steps.items() if (point := point_of(values, arm))]
    if not known:
        return
    xs = [step for step, _ in known]
    axis.plot(xs, [point.mean for _, point in known], markersize=3.5, linewidth=1.3, **look)
    axis.fill_between(
        xs,
        [p.low for _, p in known],
        [p.high for _, p in known],
        color=look["color"],
        alpha=0.15,
        linewidth=0,
    )


def chance(axis: "Axes", steps: Mapping[int, Values], arms: Sequence[Arm]) -> None:
    """A dashed line at the level of chance, where all arms have the same."""
    levels = {
        row["chance"]
        for values in steps.values()
        for arm in arms
        for row in values.get(arm, {}).values()
    } - {None}
    if len(levels) == 1:
        line = chance_line()
        axis.axhline(
            levels.pop(),
            color=line.get_color(),
            linewidth=line.get_linewidth(),
            linestyle=line.get_linestyle(),
            zorder=1,
        )


def chance_line() -> "Line2D":
    """What the level of chance looks like."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color="#555555", linewidth=0.9, linestyle="dashed", label="chance")


def label(measure: str, steps: Mapping[int, Values]) -> str:
    """The measure's title, with the split where it is not the table's words that are measured."""
    splits = select.splits_of(
        row for values in steps.values() for seeds in values.values() for row in seeds.values()
    )
    return titled(measure, splits).replace(" (", "\n(") if splits else title(measure)


def corpora(rows: Sequence[Row]) -> str:
    """The data sets of some rows."""
    return spaced(", ".join(sorted({row["corpus"] for row in rows})))


def spaced(text: str) -> str:
    """The text with a space after each comma, so that it can be broken there."""
    return re.sub(r",(?=\S)", ", ", text)


def heading(figure: "Figure", text: str) -> None:
    """The figure's title, broken to its width."""
    text = fill(text, int(11 * figure.get_figwidth()))
    figure.suptitle(text, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")


def step_axis(axis: "Axes", last: int) -> None:
    """Steps from 0 on, with the powers of ten named."""
    from matplotlib.ticker import NullLocator

    axis.set_xscale("symlog", linthresh=1, linscale=0.4)
    axis.set_xlim(-0.15, last * 1.25)
    powers = [10**power for power in range(int(math.log10(last)) + 1)]
    axis.set_xticks([0, *powers], [f"{tick:,}" for tick in (0, *powers)])
    axis.xaxis.set_minor_locator(NullLocator())
    axis.set_xlabel("training step")


def regimes_of(panels: Mapping[str, Sequence[Arm]]) -> list[str]:
    """The regimes of all panels, in the order in which they have their looks."""
    return sorted({arm.regime for arms in panels.values() for arm in arms})


def regime_lines(regimes: Sequence[str]) -> list["Line2D"]:
    """What each regime looks like."""
    from matplotlib.lines import Line2D

    return [
        Line2D([], [], label=regime, linewidth=1.3, markersize=5, **regime_look(regimes, regime))
        for regime in regimes
    ]


def moment_marks() -> list["Line2D"]:
    """What the marks of a path mean."""
    from matplotlib.lines import Line2D

    marks = (
        ("start", "o", "white", 6.5),
        ("picked step", "*", "#333333", 11),
        ("last step", "o", "#333333", 6.5),
    )
    return [
        Line2D(
            [],
            [],
            label=name,
            color="#333333",
            marker=marker,
            markerfacecolor=face,
            markersize=size,
            linewidth=0,
        )
        for name, marker, face, size in marks
    ]
