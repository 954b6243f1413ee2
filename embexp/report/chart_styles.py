"""How charts tell arms apart: by the colours, markers and dashes that they have in figures."""

from collections.abc import Mapping
from typing import Any

from embexp.printable import printable
from embexp.report import drawing, marks
from embexp.report.arms import Arm

Arms = Mapping[str, Arm]
"""The arm of each run, by digest."""
IN_VEGA = {
    "o": "circle",
    "s": "square",
    "^": "triangle-up",
    "D": "diamond",
    "v": "triangle-down",
    "P": "cross",
    "X": "M-1,-.6L-.6,-1L0,-.4L.6,-1L1,-.6L.4,0L1,.6L.6,1L0,.4L-.6,1L-1,.6L-.4,0Z",
    "h": "M-.9,-.5L0,-1L.9,-.5L.9,.5L0,1L-.9,.5Z",
    **{dash: [1, 0] if dash == "solid" else [*dash[1]] for dash in drawing.DASHES},
}
"""Matplotlib's markers and dashes as Vega has them; the rest is the same in both."""


def styles(of: Arms) -> dict[str, drawing.Style]:
    """The style of each arm by the name that charts call it, in the order of legends."""
    return {printable(name): style for name, style in marks.styles_of(of.values()).items()}


def told_apart(of: Arms, by: str) -> dict[str, Any]:
    """The colours, markers or dashes of arms, which are those of figures, with their legend.

    Args:
        by: `color`, `marker` or `linestyle`, as in `styles`.
    """
    own = {arm: style[by] for arm, style in styles(of).items()}
    return {
        "field": "arm",
        "type": "nominal",
        "title": None,
        "scale": {"domain": [*own], "range": [IN_VEGA.get(each, each) for each in own.values()]},
        "legend": {"orient": "top", "labelLimit": 400, "symbolOpacity": 1},
    }
