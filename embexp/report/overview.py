"""The table of a page that one can sort and filter: a line an arm, a bar an interval."""

from collections.abc import Mapping, Sequence
from typing import Any

from embexp.report.arms import BASELINE, Seeds, value_text
from embexp.report.formatting import HOLE, interval, number, title
from embexp.report.select import few
from embexp.report.writers import escaped

Object = Mapping[str, Any]
"""What a table says of an arm and a measure, from `Table.objects`."""
SHOWN = 4
"""Measures that are shown at first."""
KINDS = {"arm": "arms", "control": "controls", "baseline": "baselines"}
WIDTH, HEIGHT, MARGIN = 96, 12, 4
"""Of a bar, in pixels."""


def overview(objects: Sequence[Object]) -> str:
    """A form that filters, and the table."""
    by_measure: dict[str, list[Object]] = {}
    for each in objects:
        by_measure.setdefault(each["measure"], []).append(each)
    titles = {name: title(name) + chance(own) for name, own in by_measure.items()}
    several = len({each["encoder"] for each in objects if kind(each) != "baseline"}) > 1
    lines: dict[tuple[str, ...], dict[str, Object]] = {}
    for each in objects:
        lines.setdefault(tuple(names(each, several).values()), {})[each["measure"]] = each
    bars = {name: scale(own) for name, own in by_measure.items()}
    heads = [*names(objects[0], several), "seeds", *titles.values()]
    body = [
        f'<tr data-kind="{kind(next(iter(own.values())))}">'
        + "".join(f'<th scope="row">{escaped(name)}</th>' for name in arm)
        + f"<td>{escaped(seeds([*own.values()]))}</td>"
        + "".join(cell(own.get(name), name, *bars[name]) for name in titles)
        + "</tr>"
        for arm, own in lines.items()
    ]
    columns = [""] * (len(heads) - len(titles)) + [*map(escaped, titles)]
    head = "".join(
        f'<th scope="col" aria-sort="none" data-column="{column}">'
        f'<button type="button">{escaped(name)}</button></th>'
        for name, column in zip(heads, columns, strict=True)
    )
    return (
        f'{form(titles, {kind(each) for each in objects})}\n<div class="wide">'
        f'<table id="overview" class="sorted"><thead><tr>{head}</tr></thead>\n'
        f"<tbody>{chr(10).join(body)}</tbody></table></div>"
    )


def chance(own: Sequence[Object]) -> str:
    """The level of chance of a measure, for its title; empty where arms differ in it."""
    levels = {each["chance"] for each in own} - {None}
    return f" (chance {number(levels.pop())})" if len(levels) == 1 else ""


def seeds(own: Sequence[Object]) -> str:
    """How many seeds of an arm have finished, of those that any arm has."""
    finished = max(each["seeds"] for each in own)
    return str(Seeds(finished, own[0]["failed"], own[0]["missing"], ()))


def kind(of: Object) -> str:
    """What the line is of: an arm, a control or a baseline."""
    if of["regime"].startswith(BASELINE):
        return "baseline"
    return "control" if of["control"] else "arm"


def names(of: Object, several: bool) -> dict[str, str]:
    """What tells an arm apart: its encoder where there are several, settings, and its label."""
    keys = [*of]
    rest = keys[keys.index("control") + 1 : keys.index("measure")]
    label = of["arm"] + (" (control)" if of["control"] else "")
    own = {"encoder": of["encoder"]} if several else {}
    return own | {name: value_text((name, of[name])) for name in rest} | {"regime": label}


def scale(own: Sequence[Object]) -> tuple[float, float]:
    """The ends of the bars of a measure: all of its intervals, and chance."""
    seen = [each[name] for each in own for name in ("mean", "low", "high", "chance")]
    known = [value for value in seen if value is not None]
    return (min(known), max(known)) if known else (0.0, 1.0)


def cell(of: Object | None, measure: str, low: float, high: float) -> str:
    """A mean with its interval, and its bar below; a hole where there is none."""
    column = f'data-column="{escaped(measure)}"'
    if of is None or of["mean"] is None:
        return f'<td {column} data-value="">{HOLE}</td>'
    if few(measure, of["n"]):
        return f'<td {column} data-value="">only n = {of["n"]}</td>'
    ends = [of[name] if of[name] is not None else float("nan") for name in ("mean", "low", "high")]
    text = interval(tuple(ends)) + ("*" if of["starred"] else "")
    drawn = bar(of, low, high)
    return f'<td {column} data-value="{of["mean"]:.6g}">{escaped(text)}<br>{drawn}</td>'


def bar(of: Object, low: float, high: float) -> str:
    """An interval as a line with its mean as a point; a dashed line is chance."""

    def at(value: float) -> str:
        share = (value - low) / (high - low) if high > low else 0.5
        return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}"

    middle = HEIGHT / 2
    parts = [f'<circle cx="{at(of["mean"])}" cy="{middle}" r="3"/>']
    if of["low"] is not None:
        ends = f'x1="{at(of["low"])}" x2="{at(of["high"])}"'
        parts.insert(0, f'<line {ends} y1="{middle}" y2="{middle}"/>')
    if of["chance"] is not None:
        place = at(of["chance"])
        parts.insert(0, f'<line class="chance" x1="{place}" x2="{place}" y1="0" y2="{HEIGHT}"/>')
    label = f"between {number(low)} and {number(high)}"
    return (
        f'<svg width="{WIDTH}" height="{HEIGHT}" role="img" aria-label="{escaped(label)}">'
        f"{''.join(parts)}</svg>"
    )


def form(titles: Mapping[str, str], kinds: set[str]) -> str:
    """What the table is filtered by; it is hidden where scripts do not run."""
    boxes = [
        f'<label><input type="checkbox" name="kind" value="{name}" checked> {text}</label>'
        for name, text in KINDS.items()
        if name in kinds
    ]
    columns = [
        f'<label><input type="checkbox" name="column" value="{escaped(name)}"'
        f"{' checked' if place < SHOWN else ''}> {escaped(text)}</label>"
        for place, (name, text) in enumerate(titles.items())
    ]
    return (
        '<form class="filter" data-of="overview" hidden>'
        '<label>Lines with <input type="search" name="text"></label>'
        f"<fieldset><legend>Lines</legend>{''.join(boxes)}</fieldset>"
        f"<fieldset><legend>Measures</legend>{''.join(columns)}</fieldset></form>"
    )
