"""Charts one can touch: the plane and curves of emergence as specifications of Vega-Lite.

A specification is data alone, and so are the texts in it. Its values are those that figures
draw: means over seeds with their 95 % intervals, at the steps that all seeds of an arm share.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from embexp.printable import printable
from embexp.report import marks, select
from embexp.report.arms import BASELINE, arms_of, corpora, order
from embexp.report.chart_styles import Arms, styles, told_apart
from embexp.report.figures import EMERGENCE
from embexp.report.formatting import Interval, title
from embexp.report.plane import plane_axes, similarities
from embexp.report.select import Rows

Chart = Mapping[str, Any]
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
DIGITS = 4
"""Of the values in a chart."""
CHOSEN = {
    "condition": {"test": "shown == null || datum.arm == shown", "value": 1},
    "value": 0.12,
}
"""How strongly an arm is drawn: the others are pale where one is chosen."""
BAND = {
    "condition": {"test": "shown == null || datum.arm == shown", "value": 0.15},
    "value": 0.02,
}
SCALED = {"type": "quantitative", "scale": {"zero": False}, "axis": {"tickCount": 6}}
PANEL = [{"filter": "panel == null || datum.panel == panel"}]
INTERVAL = [
    {"field": "arm", "type": "nominal"},
    {"field": "step", "type": "quantitative", "format": ","},
]


def charts(rows: Rows) -> dict[str, Chart]:
    """The charts that rows are enough for, by the names of the figures that draw the same."""
    rows = [row for row in rows if not row["regime"].startswith(BASELINE)]
    there = select.valued(rows)
    axes = plane_axes(rows)
    measures = select.chosen(there, (), dict.fromkeys((*EMERGENCE, *similarities(there)))) or there
    found = {"emergence": emergence(rows, measures)}
    return ({"plane": plane(rows, *axes)} if {*axes} <= {*there} else {}) | found


def plane(rows: Rows, x: str, y: str) -> Chart:
    """The path of each arm through two measures; circles are its start and its last step."""
    of = arms_of(rows)
    own = [row for row in rows if row["split"] != "test" or row["measure"] not in (x, y)]
    ups = {(each["panel"], each["arm"], each["step"]): each for each in points(own, y, of)}
    values = [
        each | {f"y_{name}": ups[key][name] for name in Interval._fields}
        for each in points(own, x, of)
        if (key := (each["panel"], each["arm"], each["step"])) in ups
    ]
    several = len({each["panel"] for each in values}) > 1
    across = {"field": "mean", "title": headed(x, rows), **SCALED}
    up = {"field": "y_mean", "title": headed(y, rows), **SCALED}
    seen = [*INTERVAL, *_told(title(x)), *_told(title(y), "y_")]
    ends = [{"filter": "datum.step == 0 || datum.last"}]
    path = {
        "mark": {"type": "line", "point": {"size": 12}},
        "encoding": {
            "order": {"field": "step"},
            "opacity": CHOSEN,
            "strokeDash": told_apart(of, "linestyle"),
        },
    }
    crosses = [
        {
            "transform": ends,
            "mark": "rule",
            "encoding": {side: {"field": low}, f"{side}2": {"field": high}, "opacity": CHOSEN},
        }
        for side, low, high in (("x", "low", "high"), ("y", "y_low", "y_high"))
    ]
    circles = {
        "transform": ends,
        "mark": {"type": "point", "size": 60, "strokeWidth": 2},
        "encoding": {
            "fill": {
                "condition": {"test": "datum.last", **told_apart(of, "color")},
                "value": "transparent",
            },
            "shape": told_apart(of, "marker"),
            "opacity": CHOSEN,
            "tooltip": seen,
        },
    }
    inner = {
        "width": 330 if several else 620,
        "height": 300 if several else 380,
        "encoding": {"x": across, "y": up, "color": told_apart(of, "color")},
        "layer": [path, *crosses, circles],
    }
    heading = f"{title(x)} and {title(y)} while the table trains, {corpora(rows)}"
    return _faceted(heading, values, of, inner, "panel")


def emergence(rows: Rows, measures: Sequence[str]) -> Chart:
    """Each measure at each evaluation step, with its 95 % band and the level of chance."""
    of = arms_of(rows)
    values = [
        each | {"measure": headed(name, rows)}
        for name in measures
        for each in points(rows, name, of)
    ]
    step = {
        "field": "step",
        "type": "quantitative",
        "title": "training step",
        "scale": {"type": "symlog"},
        "axis": {"values": _ticks(max((int(each["step"]) for each in values), default=1))},
    }
    size = {"type": "quantitative", "title": None, "scale": {"zero": False}}
    line = {
        "mark": {"type": "line", "point": {"size": 14}},
        "encoding": {
            "y": {"field": "mean", **size},
            "opacity": CHOSEN,
            "strokeDash": told_apart(of, "linestyle"),
            "tooltip": [*INTERVAL, *_told("mean")],
        },
    }
    band = {
        "mark": "area",
        "encoding": {
            "y": {"field": "low", **size},
            "y2": {"field": "high"},
            "opacity": BAND,
        },
    }
    chance = {
        "mark": {"type": "rule", "strokeDash": [4, 3], "color": "#888888"},
        "encoding": {"y": {"aggregate": "min", "field": "chance", **size}},
    }
    inner = {
        "width": 420,
        "height": 170,
        "transform": PANEL if len({each["panel"] for each in values}) > 1 else [],
        "layer": [
            {"encoding": {"x": step, "color": told_apart(of, "color")}, "layer": [band, line]},
            chance,
        ],
    }
    heading = f"Emergence while the table trains, {corpora(rows)}"
    return _faceted(heading, values, of, inner, "measure")


def headed(measure: str, rows: Rows) -> str:
    """The title of a measure on one line, with its n where that is too few for a headline."""
    return select.headed(measure, rows).replace("\n", " ")


def points(rows: Rows, measure: str, of: Arms) -> Iterator[dict[str, Any]]:
    """The means of a measure along the steps, with the panel and the name of their arm."""
    steps = marks.shared(select.along(rows, measure, of))
    for arm in sorted({*of.values()}, key=order):
        known = [step for step, values in steps.items() if arm in values]
        for step in known:
            chance = {row["chance"] for row in steps[step][arm].values()}
            yield {
                "panel": printable(", ".join([f"encoder {arm.encoder}", *arm.settings])),
                "arm": printable(arm.shown),
                "step": step,
                "last": step == known[-1],
                "chance": chance.pop() if len(chance) == 1 else None,
                **_rounded(marks.point_of(steps[step], arm)),
            }


def _faceted(
    heading: str, values: Sequence[Mapping[str, Any]], of: Arms, inner: Chart, by: str
) -> Chart:
    """Small multiples with a list to choose an arm by, and one of panels where there are more."""
    panels = [*dict.fromkeys(each["panel"] for each in values)]
    lists = [choice("shown", "arm ", [*styles(of)], every="all arms")]
    if by == "measure" and len(panels) > 1:
        lists.append(choice("panel", "shown ", panels, panels[0], every="all"))
    return {
        "$schema": SCHEMA,
        "title": {"text": printable(heading), "anchor": "start"},
        "params": lists,
        "data": {"values": [*values]},
        "facet": {"field": by, "type": "nominal", "title": None, "sort": None},
        "columns": 2,
        "spec": inner,
        "resolve": {"scale": {"y": "independent"}, "axis": {"x": "independent"}}
        if by == "measure"
        else {},
    }


def choice(
    name: str, label: str, names: Sequence[str], value: str | None = None, *, every: str = ""
) -> dict[str, Any]:
    """A list to choose one of some names by.

    Args:
        every: what stands first in the list, for all of them; nothing does if empty.
    """
    first = [None] if every else []
    bind = {"input": "select", "name": label, "options": [*first, *names]}
    labels = {"labels": [every, *names]} if every else {}
    return {"name": name, "value": value, "bind": bind | labels}


def _told(name: str, of: str = "") -> list[dict[str, Any]]:
    """What is said of a point: its mean and the ends of its interval."""
    shown = {"mean": name, "low": "95 % from", "high": "to"}
    return [
        {"field": f"{of}{each}", "type": "quantitative", "title": says, "format": ".3f"}
        for each, says in shown.items()
    ]


def _rounded(of: Interval) -> dict[str, float | None]:
    """An interval as JSON has it."""
    return {
        name: round(value, DIGITS) if math.isfinite(value) else None
        for name, value in of._asdict().items()
    }


def _ticks(last: int) -> list[int]:
    """Step 0 and the powers of ten."""
    return [0, *(10**power for power in range(len(str(last))))]
