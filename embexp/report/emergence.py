"""Rows and cells into the table of how each measure emerges, and of which of two changes first."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from embexp.errors import InputError, unknown
from embexp.measures import emergence as emerging
from embexp.measures.emergence import Order, Time
from embexp.measures.statistics import Difference
from embexp.report import entries, layout, select, tables
from embexp.report.comparison import Seeds
from embexp.report.formatting import (
    HOLE,
    Grid,
    Table,
    bounds,
    finite,
    interval,
    number,
    p_text,
    title,
    titled,
    what,
)
from embexp.report.curve_analysis import (
    LEAST_SEEDS,
    LEAST_STEPS,
    TESTS,
    Curve,
    Emergence,
    First,
    adjusted,
    curves_of,
    emergence_of,
    firsts_of,
    is_enough,
)
from embexp.report.select import Arm, Row

DEFAULT = (
    "polarity",
    "simlex999",
    "antonym_auc",
    "polar_antonym_auc",
    "cos(good,bad)",
    "overlap@10",
)
BESIDES = ("similarity(", "text_")
"""The measures that are shown when none are named, where they have values, and how
others of them begin."""
Labels = tuple[tuple[str, ...], list[tuple[str, ...]]]


def table(
    rows: Sequence[Row],
    cells: Mapping[str, Mapping[str, Any]],
    measures: Sequence[str] | None = None,
    *,
    stratum: str = "all",
    damaged: int = 0,
) -> Table:
    """How measures of a folder's cells emerge, arm by arm: three grids for each
    measure, and one for each pair of which is first.

    The first measure of sentiment is set against every one of meaning.

    Args:
        rows: from `records.read_rows`.
        cells: from `records.read_cells`; failed ones show as holes.
        measures: their names; `DEFAULT` where they have rows.
        stratum: of the words, by how often their rows were updated.
        damaged: lines that were ignored (`records.damage`), to be said below the table.

    Raises:
        InputError: no cells, a measure without rows, or no arm with two seeds and
            enough steps.
    """
    if not cells:
        raise InputError(
            "there is nothing to show: no cell has ended yet; run the experiment first"
        )
    of = dict(zip(cells, select.arms(cell["spec"] for cell in cells.values()), strict=True))
    arms = sorted(set(of.values()), key=select.order)
    select.check_stratum(rows, stratum)
    rows = [row for row in rows if row["digest"] in of]
    curves = {measure: curves_of(rows, measure, of, stratum) for measure in _chosen(rows, measures)}
    _check_enough(curves, stratum)
    found = adjusted(
        [emergence_of(arm, measure, own) for measure, own in curves.items() for arm in arms]
    )
    firsts = firsts_of(found, curves)
    seeds = entries.seeds_of(cells, of)
    labels = tables.labels_of(arms)
    own = {measure: [each for each in found if each.measure == measure] for measure in curves}
    grids = [grid for each in own.values() for grid in _grids(each, labels, seeds)]
    pairs = dict.fromkeys((each.sentiment.measure, each.semantic.measure) for each in firsts)
    grids += [
        _first_grid([each for each in firsts if (each[0].measure, each[1].measure) == pair], labels)
        for pair in pairs
    ]
    return Table(
        title=f"{', '.join(sorted({cell['spec']['corpus'] for cell in cells.values()}))}: how structure emerges while the table trains",
        caption=_caption(found, stratum, bool(firsts)),
        summary=tuple(grids),
        details=(),
        notes=tables.notes_of(arms, seeds, damaged),
        objects=tuple(_object(each, seeds[each.arm], firsts) for each in found),
    )


def enough(rows: Sequence[Row]) -> bool:
    """Whether the rows of a folder are enough for a table of emergence."""
    of = select.arms_of(rows)
    return any(
        is_enough(curve)
        for measure in _chosen(rows, None)
        for curve in curves_of(rows, measure, of).values()
    )


def _chosen(rows: Sequence[Row], measures: Sequence[str] | None) -> Sequence[str]:
    there = select.measures_in([row for row in rows if row["value"] is not None])
    if measures is None:
        return [name for name in DEFAULT if name in there] + [
            name for name in there if name.startswith(BESIDES)
        ]
    for name in measures:
        if name not in there:
            raise unknown("measure", name, there)
    return measures


def _check_enough(curves: Mapping[str, Mapping[Arm, Curve]], stratum: str) -> None:
    own = [curve for each in curves.values() for curve in each.values()]
    if any(map(is_enough, own)):
        return
    seeds, steps = (
        max((len(getattr(curve, name)) for curve in own), default=0) for name in ("seeds", "steps")
    )
    if own and seeds < LEAST_SEEDS:
        raise InputError(
            f"emergence needs {LEAST_SEEDS} seeds or more of an arm, but there is 1; run the experiment with more --seeds"
        )
    where = "" if stratum == "all" else f" in stratum {stratum!r}"
    raise InputError(
        f"emergence needs measures at {LEAST_STEPS} steps or more, but there are {steps}{where}; name others, or run the experiment again"
    )


def _grids(found: Sequence[Emergence], labels: Labels, seeds: Mapping[Arm, Seeds]) -> list[Grid]:
    """One measure: how high, how far, and when."""
    names, of_arms = labels
    items = {each.items for each in found if each.seeds}
    levels = {each.chance for each in found if each.chance is not None}
    fewest = min((n for n, _ in items), default=0)
    few = what(found[0].measure) in ("semantic", "sentiment") and fewest < entries.HEADLINE
    said = (
        [
            f"n {fewest} of {max(total for _, total in items)}{', too few for a headline' if few else ''}"
        ]
        if items
        else []
    )
    said += [f"chance {layout.spread(levels)}"] if levels else []
    name = titled(found[0].measure, frozenset().union(*(each.splits for each in found)))
    head = f"{name} ({', '.join(said)})" if said else name
    parts = (
        (
            "level",
            (
                "seeds",
                "start [95 %]",
                "peak [95 %]",
                "at step",
                "end [95 %]",
                "mean over log steps [95 %]",
            ),
            _levels,
        ),
        (
            "change",
            ("peak − start [95 %]", "p", "peak − end [95 %]", "p", "end − start [95 %]", "p"),
            _changes,
        ),
        (
            "time",
            (
                "t50 [95 %]",
                "t90 [95 %]",
                "t50 to peak [95 %]",
                "rise at peak",
                "onset",
                "control",
                "no t50, as it",
            ),
            _times,
        ),
    )
    return [
        Grid(
            f"{head}: {name}",
            (*names, *header),
            tuple(
                (*label, *cells(each, seeds[each.arm]))
                for label, each in zip(of_arms, found, strict=True)
            ),
            len(names),
        )
        for name, header, cells in parts
    ]


def _levels(each: Emergence, seeds: Seeds) -> tuple[str, ...]:
    there = str(seeds) if each.seeds == seeds.finished else f"{seeds}; {each.seeds} with values"
    at = "–".join(dict.fromkeys(map(str, each.peak_steps))) if each.peak_steps else HOLE
    return (
        there,
        interval(each.start),
        interval(each.peak),
        at,
        interval(each.end),
        interval(each.area),
    )


def _changes(each: Emergence, _: Seeds) -> tuple[str, ...]:
    tested = [getattr(each, name) for name in TESTS]
    return tuple(
        text for one in tested for text in ((interval(one), p_text(one.p)) if one else (HOLE, HOLE))
    )


def _times(each: Emergence, _: Seeds) -> tuple[str, ...]:
    times = map(_time, (each.t50, each.t90, each.t50_to_peak))
    return (
        *times,
        number(each.rise_at_peak, 2),
        _onset_text(each),
        each.control or HOLE,
        each.reason,
    )


def _time(time: Time) -> str:
    if math.isnan(time.steps):
        return HOLE
    between = "" if math.isnan(time.low) else f" [{_steps(time.low)}, {_steps(time.high)}]"
    return _steps(time.steps) + between


def _steps(time: float) -> str:
    """Steps with a tenth where they are few."""
    return f"{time:.1f}" if time < 9.95 else f"{time:,.0f}"


def _onset_text(each: Emergence) -> str:
    if each.control is None:
        return HOLE
    return (
        "never"
        if math.isinf(each.onset)
        else f"{each.onset:,.0f}" + (f" until {each.until:,}" if each.until is not None else "")
    )


def _first_grid(firsts: Sequence[First], labels: Labels) -> Grid:
    """One pair of measures: how often the one of sentiment changes first."""
    names, of_arms = labels
    one, other = (
        title(measure) for measure in (firsts[0].sentiment.measure, firsts[0].semantic.measure)
    )
    header = (
        *names,
        "seeds",
        f"t50 {one}",
        f"t50 {other}",
        "P(first before second)",
        "log2 ratio [95 %]",
        "no order, as",
    )
    body = []
    for label, (sentiment, semantic, order, reason) in zip(of_arms, firsts, strict=True):
        shown = (HOLE, HOLE, HOLE)
        if order:
            shown = (
                str(order.n),
                number(order.probability, 2),
                f"{number(order.ratio, 2)} {bounds(order.low, order.high, 2)}".rstrip(),
            )
        body.append(
            (*label, shown[0], _time(sentiment.t50), _time(semantic.t50), *shown[1:], reason)
        )
    return Grid(f"Does {one} change before {other}?", header, tuple(body), len(names))


def _caption(found: Sequence[Emergence], stratum: str, ordered: bool) -> tuple[str, ...]:
    words = "" if stratum == "all" else f", words whose rows were updated {stratum} times"
    tests = [
        sum(not math.isnan(one.p) for each in found if (one := getattr(each, name)))
        for name in TESTS
    ]
    levels = (
        f"Mean over seeds [95 % interval by Student's t]{words}. Start and end: the first and the last step. Peak: the highest point; the "
        "lowest of a measure that is better low, or that leaves its start downwards; each seed's own value at the step that the mean of "
        "the other seeds picks, so that noise alone makes no peak."
    )
    changes = (
        "Differences are paired by seed; p: two-sided paired t test, adjusted by Holm's method over the arms and measures of this table: "
        f"{tests[0]} tests of peak − start, {tests[1]} of peak − end, {tests[2]} of end − start."
    )
    times = (
        "t50, t90: steps until half, nine tenths of the change from start to end, up or down, of the curve averaged over seeds, on "
        "log(1 + t) [95 % by the jackknife over seeds]; none where end − start [95 %] holds 0: no sure change. t50 to peak: half of the "
        "way to the peak. Rise at peak: in units of end − start."
    )
    onsets = (
        "Onset: the first logged step from which the lower 95 % bound of the distance to the control stays above 0, for two logged steps "
        "at least, to the end or, where a step stands behind it, until the peak. The control is that arm with the same encoder, paired by "
        "seed, or the level of chance."
    )
    first = (
        f"P: share of {emerging.DRAWS} bootstrap draws of seeds, the same for both measures, in which the first t50 is the earlier. "
        "log2 ratio: of 1 + t50, first over second [95 % by the jackknife over seeds]."
    )
    return (levels, changes, times, onsets, *([first] if ordered else []))


def _object(each: Emergence, seeds: Seeds, firsts: Sequence[First]) -> dict[str, Any]:
    first = next((first for first in firsts if first.semantic is each), None)
    order = (first and first.order) or Order(math.nan, math.nan, math.nan, math.nan, 0)
    made: dict[str, Any] = {
        "encoder": each.arm.encoder,
        "regime": each.arm.regime,
        **dict(each.arm.rest),
        "measure": each.measure,
    }
    made |= {
        "seeds": each.seeds,
        "failed": seeds.failed,
        "missing": seeds.missing,
        "steps": each.steps,
    }
    made |= {"n": each.items[0], "total": each.items[1], "chance": each.chance}
    for name in ("start", "peak", "end", "area", *TESTS):
        one = getattr(each, name) or Difference(math.nan, math.nan, math.nan, math.nan, math.nan, 0)
        made |= finite({name: one.mean, f"{name}_low": one.low, f"{name}_high": one.high})
        made |= finite({f"{name}_p": one.p, f"{name}_effect": one.effect}) if name in TESTS else {}
    made["peak_first"], made["peak_last"] = each.peak_steps or (None, None)
    for name in ("t50", "t90", "t50_to_peak"):
        made |= finite(
            dict(zip((name, f"{name}_low", f"{name}_high"), getattr(each, name), strict=True))
        )
    made |= finite({"rise_at_peak": each.rise_at_peak, "onset": each.onset})
    made |= {"onset_until": each.until, "control": each.control, "reason": each.reason or None}
    made["before"] = first.sentiment.measure if first else None
    made |= finite({"before_probability": order.probability, "before_log2_ratio": order.ratio})
    return (
        made
        | finite({"before_low": order.low, "before_high": order.high})
        | {"errors": "; ".join(seeds.errors) or None}
    )
