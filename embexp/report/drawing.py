"""What figures are made of: style, panels, headings, axes, and the file at the end."""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import TYPE_CHECKING, Any

from embexp import storage
from embexp.errors import InputError
from embexp.printable import printable
from embexp.report.dark import darken
from embexp.report.fonts import any_weight, fonts_for, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Style = dict[str, Any]
"""Options of matplotlib's lines."""
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


def save(figure: "Figure", path: str | Path, *, dark: bool = False) -> None:
    """Writes a figure as its file's suffix says (.svg, .png, .pdf).

    The same figure gives the same bytes on one machine. Control characters in its texts become
    escapes. What matplotlib's usual font lacks is drawn with an installed font that has it, else
    named by its number, which a remark says.

    Args:
        dark: whether it stands on dark paper; the figure itself is changed to that.

    Raises:
        InputError: another suffix, or the file cannot be written.
    """
    path = Path(path)
    dates = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}, ".png": {"Software": None}}
    if path.suffix not in dates:
        raise InputError(
            f"figures are written as {', '.join(dates)}, "
            f"not as {path.suffix or 'a file without a suffix'!r}"
        )
    kind = {"format": path.suffix.removeprefix("."), "metadata": dates[path.suffix]}
    with style(), any_weight():
        make_drawable(figure)
        if dark:
            darken(figure)
        storage.replace(path, lambda file: figure.savefig(file, **kind))


def address(figure: "Figure", *, dark: bool) -> str:
    """The figure as SVG in an address, for a page; of both kinds the light one comes first."""
    with TemporaryDirectory() as folder:
        save(figure, path := Path(folder, "figure.svg"), dark=dark)
        return f"data:image/svg+xml;base64,{base64.b64encode(path.read_bytes()).decode()}"


def make_drawable(figure: "Figure") -> None:
    """Writes every text of a figure in characters and fonts that can be drawn."""
    from matplotlib.text import Text

    axes = [each for panel in figure.axes for each in (panel.xaxis, panel.yaxis)]
    ticks = [[tick.get_text() for tick in each.get_ticklabels()] for each in axes]
    texts = figure.findobj(Text)
    fonts = fonts_for(escaped(text.get_text()) for text in texts)

    def drawable(text: str) -> str:
        return fonts.drawable(escaped(text))

    for each, names in zip(axes, ticks, strict=True):
        if (shown := [*map(drawable, names)]) != names:
            each.set_ticks(each.get_majorticklocs(), labels=shown)
    for text in texts:
        text.set_text(drawable(text.get_text()))
    if len(fonts.families) > 1:
        for text in texts:
            text.set_fontfamily(fonts.families)
        for panel in figure.axes:
            panel.tick_params(labelfontfamily=fonts.families)


def escaped(text: str) -> str:
    """The text with escapes in place of control characters, but for its ends of lines."""
    return "\n".join(map(printable, text.split("\n")))


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


def line_styles(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Colour, marker and dashes for each name.

    From the ninth on, colours come again with other markers and dashes.
    """
    styles = {}
    for i, name in enumerate(names):
        turn, colour = divmod(i, len(COLOURS))
        styles[name] = {
            "color": COLOURS[colour],
            "marker": MARKERS[(i + turn) % len(MARKERS)],
            "linestyle": DASHES[(i + 2 * turn) % len(DASHES)],
        }
    return styles


def grid(
    lines: int,
    columns: int,
    size: tuple[float, float],
    legend: Mapping[str, Style],
    sharex: bool = True,
) -> tuple["Figure", Any]:
    """A figure with panels of a size in inches that share axes.

    The legend, styles by their labels, stands outside them, so that it covers nothing.
    """
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    labels = map(fonts_for(legend).drawable, legend)
    beside = 0.9 + 0.06 * max(map(width, labels))
    height = max(size[1] * lines, 0.22 * len(legend)) + 0.8
    figure = Figure(figsize=(size[0] * columns + beside, height))
    common = {"linewidth": 1.3, "markersize": 5}
    handles = [Line2D([], [], label=label, **common | style) for label, style in legend.items()]
    figure.legend(handles=handles, loc="outside right center", handlelength=3)
    return figure, figure.subplots(lines, columns, sharex=sharex, sharey="row", squeeze=False)


def head(figure: "Figure", text: str) -> None:
    """Sets the figure's title, broken to its width."""
    text = fill(spaced(text), int(11 * figure.get_figwidth()))
    figure.suptitle(text, x=0.01, horizontalalignment="left", fontsize=10, fontweight="bold")


def spaced(text: str) -> str:
    """The text as it can be drawn, with a space after each comma, where it may be broken."""
    text = escaped(re.sub(r",(?=\S)", ", ", text))
    return fonts_for([text]).drawable(text)


def step_axis(axis: "Axes", last: int) -> None:
    """A logarithmic axis of steps from 0 on, with the powers of ten named."""
    axis.set_xscale("symlog", linthresh=1, linscale=0.4)
    axis.set_xlim(-0.15, last * 1.25)
    ticks = [0, *(10**power for power in range(len(str(last))))]
    axis.set_xticks(ticks, [f"{tick:,}" for tick in ticks])
    axis.minorticks_off()
    axis.set_xlabel("training step")
