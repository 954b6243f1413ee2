"""A map of words while tables train, and a word's neighbours before and after training.

A map is of an arm's first seed, with its words at all steps laid out together, so that a word that
moves in the table moves on the map. Neighbours are by cosine, among the words of the map.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.measures.geometry import nearest
from embexp.printable import printable
from embexp.records.word_paths import WordPaths
from embexp.report.arms import Arm, order
from embexp.report.chart_styles import Arms
from embexp.report.charts import SCHEMA, Chart, choice
from embexp.report.projections import PROJECTIONS

KNOWN = "known"
"""Where a page lists the words that can be typed."""
NEIGHBOURS = 8
DIGITS = 3
POLES = ("#0072B2", "#BDBDBD", "#D55E00")
"""Colours of a scale from below 0 over 0 to above it."""
UNKNOWN = "#7F7F7F"
"""The colour of words whose log-odds are not known."""
COLOURS = ("log-odds of the classes", "drift", "count in training")
"""What words may be coloured by."""


IS_FOUND = "word != '' && indexof(datum.word, lower(word)) == 0"
DOTS: Chart = {
    "mark": {"type": "circle", "invalid": "show"},
    "encoding": {
        "opacity": {"condition": {"test": IS_FOUND, "value": 1}, "value": 0.55},
        "size": {"condition": {"test": IS_FOUND, "value": 130}, "value": 36},
        "color": {
            "condition": {
                "test": "isValid(datum.value)",
                "field": "value",
                "type": "quantitative",
                "title": None,
                "scale": {"range": [*POLES], "domainMid": 0},
            },
            "value": UNKNOWN,
        },
        "tooltip": [
            {"field": "word", "type": "nominal"},
            {"field": "step", "type": "quantitative", "format": ","},
            {"field": "odds", "type": "quantitative", "title": COLOURS[0]},
            {"field": "moved", "type": "quantitative", "title": COLOURS[1]},
            {"field": "count", "type": "quantitative", "title": COLOURS[2]},
        ],
    },
}
"""A circle a word."""
NAMES: Chart = {
    "transform": [{"filter": f"{IS_FOUND} || (word == '' && datum.named)"}],
    "mark": {"type": "text", "dy": -9, "fontWeight": "bold"},
    "encoding": {"text": {"field": "word"}},
}
"""The words that are found, or a few without being sought."""
STEP: Chart = {
    "transform": [{"filter": "datum.row == 0"}],
    "mark": {"type": "text", "align": "left"},
    "encoding": {"x": {"datum": -1}, "y": {"datum": 1}, "text": {"field": "label"}},
}
"""The step, in a corner."""
COLOUR = (
    f"by == '{COLOURS[0]}' ? datum.odds : by == '{COLOURS[1]}' ? datum.moved : log(1 + datum.count)"
)
NOW = [
    {"filter": "datum.arm == left || datum.arm == right"},
    {"calculate": "datum.x[at]", "as": "at_x"},
    {"calculate": "datum.y[at]", "as": "at_y"},
    {"calculate": "datum.drift[at]", "as": "moved"},
    {"calculate": "steps[at]", "as": "step"},
    {"calculate": "'step ' + format(datum.step, ',')", "as": "label"},
    {"calculate": COLOUR, "as": "value"},
]
"""The two arms at the step of the slider."""


class Followed(NamedTuple):
    """The paths of an arm's seeds, the first seed's first."""

    name: str
    control: bool
    paths: Sequence[WordPaths]


def followed(paths: Mapping[str, WordPaths], of: Arms) -> list[Followed]:
    """The arms whose words were followed, in the order of tables.

    Where runs have other words, as on draws of few texts, those are shown that most share.

    Args:
        paths: by digest, in the order of seeds.
    """
    words = Counter(tuple(each.words) for each in paths.values()).most_common(1)
    by_arm: dict[Arm, list[WordPaths]] = {}
    for digest, each in paths.items():
        if tuple(each.words) == words[0][0]:
            by_arm.setdefault(of[digest], []).append(each)
    several = len({arm.encoder for arm in by_arm}) > 1
    found = []
    for arm in sorted(by_arm, key=order):
        own = sorted(by_arm[arm], key=lambda each: -len(each.steps))
        names = [*([arm.encoder] if several else []), arm.shown, *arm.settings]
        found.append(Followed(printable(" / ".join(names)), arm.control, own))
    return found


def last(arms: Sequence[Followed]) -> str:
    """The last arm that is no control, which is shown beside the first."""
    return next((arm.name for arm in reversed(arms) if not arm.control), arms[-1].name)


def word_map(arms: Sequence[Followed], projection: str = "pca") -> Chart:
    """Two arms' words side by side at a step, one of them found by typing.

    Args:
        projection: a name in `PROJECTIONS`.
    """
    names = [arm.name for arm in arms]
    steps = sorted({int(step) for arm in arms for step in arm.paths[0].steps})
    values = [
        {"arm": arm.name, "place": place} | each
        for place, arm in enumerate(arms)
        for each in _words(arm.paths[0], steps, projection)
    ]
    most = len(steps) - 1
    slider = {"input": "range", "min": 0, "max": most, "step": 1, "name": "evaluation "}
    typed = {"input": "text", "name": "find a word ", "autocomplete": "off", "list": KNOWN}
    sides = {
        side: {
            "field": f"at_{side}",
            "type": "quantitative",
            "title": None,
            "axis": {"labels": False, "ticks": False, "grid": False, "domain": False},
            "scale": {"domain": [-1.05, 1.05]},
        }
        for side in ("x", "y")
    }
    return {
        "$schema": SCHEMA,
        "params": [
            {"name": "at", "value": most, "bind": slider},
            {"name": "word", "value": "", "bind": typed},
            choice("left", "left ", names, names[0]),
            choice("right", "right ", names, last(arms)),
            choice("by", "colour ", COLOURS, COLOURS[_mostly_unknown(arms)]),
            {"name": "steps", "value": steps},
        ],
        "data": {"values": values},
        "transform": NOW,
        "facet": {"field": "arm", "type": "nominal", "title": None, "sort": {"field": "place"}},
        "columns": 2,
        "spec": {"width": 380, "height": 380, "layer": [DOTS, NAMES, STEP], "encoding": sides},
    }


def _mostly_unknown(arms: Sequence[Followed]) -> bool:
    """Whether less than half of the words have log-odds, so that drift shows more."""
    odds = np.concatenate([arm.paths[0].log_odds for arm in arms])
    return bool(np.isnan(odds).mean() > 0.5)


def _words(path: WordPaths, steps: Sequence[int], projection: str) -> list[dict[str, Any]]:
    """The words of a run with their places at each of some steps, or at the last before it."""
    at = np.searchsorted(path.steps, steps, side="right") - 1
    places = np.round(projected(path, projection), DIGITS)
    drift = np.round(drifts(path), DIGITS)
    odds = np.round(path.log_odds.astype(float), DIGITS)
    named = {*path.words[:4]}
    return [
        {
            "row": row,
            "word": printable(word),
            "named": word in named,
            "odds": None if np.isnan(odds[row]) else float(odds[row]),
            "count": int(path.counts[row]),
            "drift": drift[at, row].tolist(),
            "x": places[at, row, 0].tolist(),
            "y": places[at, row, 1].tolist(),
        }
        for row, word in enumerate(path.words)
    ]


def projected(path: WordPaths, projection: str = "pca") -> Float[np.ndarray, "steps words 2"]:
    """Places of the words at each step, centred on those of all steps, in [−1, 1].

    Each side points to where log-odds are larger, so that two arms are turned alike.

    Args:
        projection: a name in `PROJECTIONS`.
    """
    found = PROJECTIONS[projection](path.vectors.astype(float))
    found -= found.mean(axis=(0, 1))
    known = ~np.isnan(path.log_odds)
    sides = np.einsum("w,wc->c", path.log_odds[known], found[-1, known])
    return np.where(sides < 0, -1, 1) * found / (np.abs(found).max() or 1)


def drifts(path: WordPaths) -> Float[np.ndarray, "steps words"]:
    """How far each word's vector lies from its start, in units of the start's length."""
    vectors = path.vectors.astype(float)
    length = np.linalg.norm(vectors[0], axis=1)
    return np.linalg.norm(vectors - vectors[0], axis=2) / np.where(length > 0, length, 1)


def neighbours(arms: Sequence[Followed]) -> dict[str, Any]:
    """Each word's nearest words before training and at the selected step, arm by arm.

    Beside each neighbour of the first seed stands in how many of an arm's seeds it is one.
    """
    return {
        "words": [printable(word) for word in arms[0].paths[0].words],
        "arms": {
            arm.name: {
                "seeds": len(arm.paths),
                "before": _agreed([_nearest(path, 0) for path in arm.paths]),
                "after": _agreed([_nearest(path, path.selected) for path in arm.paths]),
            }
            for arm in arms
        },
    }


def _nearest(path: WordPaths, step: int) -> Int[np.ndarray, "words k"]:
    """The nearest words of each word at a step."""
    vectors = path.vectors[path.steps.tolist().index(step)].astype(float)
    k = min(NEIGHBOURS, len(vectors) - 1)
    return np.asarray(nearest(vectors, np.arange(len(vectors)), k))


def _agreed(seeds: Sequence[Int[np.ndarray, "words k"]]) -> list[list[list[int]]]:
    """The neighbours of the first seed, each with the number of seeds that have it."""
    counts = np.sum([(seeds[0][..., None] == own[:, None]).any(2) for own in seeds], axis=0)
    return np.stack([seeds[0], counts], axis=2).tolist()
