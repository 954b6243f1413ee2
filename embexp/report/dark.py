"""Figures on dark paper: the colours of white paper in their counterparts."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COUNTERPARTS = {
    "#ffffff": "#161616",
    "#000000": "#e6e4e1",
    "#262626": "#e6e4e1",
    "#333333": "#d0cecb",
    "#555555": "#a5a29e",
    "#e6e6e6": "#3b3b3b",
}
"""Paper, ink, lines of chance and of grids, as the page has them."""
PARTS = ("color", "markerfacecolor", "markeredgecolor", "facecolor", "edgecolor")


def darken(figure: "Figure") -> None:
    """Gives all parts of a figure the colours of dark paper."""
    figure.draw_without_rendering()  # which makes the ticks
    for artist in figure.findobj():
        for part in PARTS:
            get, change = (getattr(artist, f"{verb}_{part}", None) for verb in ("get", "set"))
            if get and change:
                change(_counterpart(get()))


def _counterpart(colours: Any) -> Any:
    """The same colours, or the one, in the counterparts of those that have some."""
    from matplotlib.colors import to_hex, to_rgba, to_rgba_array

    own = [
        (*to_rgba(COUNTERPARTS.get(to_hex(each), each))[:3], each[3])
        for each in map(tuple, to_rgba_array(colours).tolist())
    ]
    return own[0] if len(own) == 1 else own
