"""Rows into how each measure emerges: start, peak and end, when half of its change is done, and which of two changes first."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError, unknown
from embexp.measures import MEASURES
from embexp.measures import emergence as emerging
from embexp.measures.emergence import Order, Time
from embexp.measures.statistics import Difference, holm, paired_difference
from embexp.report import entries, layout, select, tables
from embexp.report.entries import Seeds
from embexp.report.layout import HOLE, Grid, Table, bounds, finite, interval, number, p_text, title, what
from embexp.report.select import Arm, Point, Row

DEFAULT = ("polarity", "simlex999", "antonym_auc", "polar_antonym_auc", "cos(good,bad)", "overlap@10")
BESIDES = ("similarity(", "text_")
"""The measures that are shown when none are named, where they have values, and how others of them begin."""
LEAST_STEPS, LEAST_SEEDS = 4, 2
"""Fewer logged steps are no curve, and one seed has no interval."""
CONTROLS = {"random": ("random-labels",), **dict.fromkeys(("permuted", "random-labels", "pretrained-random-labels", "random-frozen"), ())}
"""For a regime those that learn nothing of the kind, the nearest first; where none of them was run, the control is chance."""
OTHERS = ("pretrained-random-labels", "permuted")
"""The controls of every other regime."""
TESTS = ("rise", "decay", "change")
NOWHERE, NEVER = Point(math.nan, math.nan, math.nan), Time(math.nan, math.nan, math.nan)


class Curve(NamedTuple):
    """A measure of one arm over the steps at which all its seeds have a value."""

    steps: Int[np.ndarray, "steps"]
    seeds: tuple[int, ...]
    values: Float[np.ndarray, "seeds steps"]
    chance: float | None
    items: tuple[int, int]
    """The fewest items that a value stands on, and how many there were."""

    def of(self, seeds: Sequence[int], steps: Int[np.ndarray, "points"]) -> Float[np.ndarray, "some points"]:
        """The values of some seeds at some steps."""
        return self.values[[self.seeds.index(seed) for seed in seeds]][:, np.searchsorted(self.steps, steps)]


@dataclass(frozen=True)
class Emergence:
    """One measure of one arm along training; NaN where there is nothing, and then `reason` says why.

    start, peak, end: mean over seeds. The peak of a measure that is better low, or falls from its start, is its lowest point.
    peak_steps: the first and last of the steps at which seeds have their peak.
    rise, decay, change: peak − start, peak − end, end − start, paired by seed; p adjusted by Holm's method for each over the table.
    t50_to_peak: the time of half of the rise; NaN where the rise's interval holds 0.
    rise_at_peak: the normalised rise there: the peak's distance from the start over the end's.
    onset: the first step from which the curve stays apart from its control, to the end or to step `until`; infinite if there is none.
    """

    arm: Arm
    measure: str
    reason: str
    seeds: int = 0
    steps: int = 0
    items: tuple[int, int] = (0, 0)
    chance: float | None = None
    start: Point = NOWHERE
    peak: Point = NOWHERE
    end: Point = NOWHERE
    area: Point = NOWHERE
    peak_steps: tuple[int, int] | None = None
    rise: Difference | None = None
    decay: Difference | None = None
    change: Difference | None = None
    rise_at_peak: float = math.nan
    t50: Time = NEVER
    t90: Time = NEVER
    t50_to_peak: Time = NEVER
    control: str | None = None
    onset: float = math.nan
    until: int | None = None


class First(NamedTuple):
    """Which of two measures of an arm changes first; no order where one has no t50, and then why."""

    sentiment: Emergence
    semantic: Emergence
    order: Order | None
    reason: str


def table(
    rows: Sequence[Row],
    cells: Mapping[str, Mapping[str, Any]],
    measures: Sequence[str] | None = None,
    *,
    stratum: str = "all",
    damaged: int = 0,
) -> Table:
    """How measures of a folder's cells emerge, arm by arm: three grids for each measure, and one for each pair of which is first.

    The first measure of sentiment is set against every one of meaning.

    Args:
        rows: from `records.read_rows`.
        cells: from `records.read_cells`; failed ones show as holes.
        measures: their names; `DEFAULT` where they have rows.
        stratum: of the words, by how often their rows were updated.
        damaged: lines that were ignored (`records.damage`), to be said below the table.

    Raises:
        InputError: no cells, a measure without rows, or no arm with two seeds and enough steps.
    """
    if not cells:
        raise InputError("there is nothing to show: no cell has ended yet; run the experiment first")
    of = dict(zip(cells, select.arms(cell["spec"] for cell in cells.values()), strict=True))
    arms = sorted(set(of.values()), key=select.order)
    rows = [row for row in rows if row["digest"] in of]
    curves = {measure: curves_of(rows, measure, of, stratum) for measure in _chosen(rows, measures)}
    _check_enough(curves, stratum)
    found = _adjusted([_emergence(arm, measure, own) for measure, own in curves.items() for arm in arms])
    firsts = _firsts(found, curves)
    seeds = entries.seeds_of(cells, of)
    labels = tables.labels_of(arms)
    own = {measure: [each for each in found if each.measure == measure] for measure in curves}
    grids = [grid for each in own.values() for grid in _grids(each, labels, seeds)]
    pairs = dict.fromkeys((each.sentiment.measure, each.semantic.measure) for each in firsts)
    grids += [_first_grid([each for each in firsts if (each[0].measure, each[1].measure) == pair], labels) for pair in pairs]
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
    return any(_is_enough(curve) for measure in _chosen(rows, None) for curve in curves_of(rows, measure, of).values())


def curves_of(rows: Sequence[Row], measure: str, of: Mapping[str, Arm], stratum: str = "all") -> dict[Arm, Curve]:
    """The curve of each arm that has values, at the steps that its seeds share."""
    along = select.along(rows, measure, of, stratum)
    found = {}
    for arm in {arm for values in along.values() for arm in values}:
        own = {step: values[arm] for step, values in along.items() if arm in values}
        seeds = sorted(set().union(*own.values()))
        steps = [step for step, values in own.items() if len(values) == len(seeds)]
        if not steps:
            continue
        table = [[own[step][seed] for step in steps] for seed in seeds]
        every = [row for line in table for row in line]
        found[arm] = Curve(
            steps=np.array(steps),
            seeds=tuple(seeds),
            values=np.array([[row["value"] for row in line] for line in table], float),
            chance=every[0]["chance"],
            items=(min(row["n"] for row in every), max(row["total"] for row in every)),
        )
    return found


def _chosen(rows: Sequence[Row], measures: Sequence[str] | None) -> Sequence[str]:
    there = select.measures_in([row for row in rows if row["value"] is not None])
    if measures is None:
        return [name for name in DEFAULT if name in there] + [name for name in there if name.startswith(BESIDES)]
    for name in measures:
        if name not in there:
            raise unknown("measure", name, there)
    return measures


def _is_enough(curve: Curve) -> bool:
    return len(curve.seeds) >= LEAST_SEEDS and len(curve.steps) >= LEAST_STEPS


def _check_enough(curves: Mapping[str, Mapping[Arm, Curve]], stratum: str) -> None:
    own = [curve for each in curves.values() for curve in each.values()]
    if any(map(_is_enough, own)):
        return
    seeds, steps = (max((len(getattr(curve, name)) for curve in own), default=0) for name in ("seeds", "steps"))
    if own and seeds < LEAST_SEEDS:
        raise InputError(f"emergence needs {LEAST_SEEDS} seeds or more of an arm, but there is 1; run the experiment with more --seeds")
    where = "" if stratum == "all" else f" in stratum {stratum!r}"
    raise InputError(
        f"emergence needs measures at {LEAST_STEPS} steps or more, but there are {steps}{where}; name others, or run the experiment again"
    )


def _emergence(arm: Arm, measure: str, curves: Mapping[Arm, Curve]) -> Emergence:
    """One measure of one arm."""
    if arm not in curves:
        return Emergence(arm, measure, "has no values")
    curve = curves[arm]
    steps, values = curve.steps, curve.values
    known: dict[str, Any] = {"seeds": len(values), "steps": len(steps), "items": curve.items, "chance": curve.chance}
    known |= {"start": select.point(values[:, 0]), "end": select.point(values[:, -1])}
    if not _is_enough(curve):
        few = f"{len(values)} seed" if len(values) < LEAST_SEEDS else f"{len(steps)} steps"
        return Emergence(arm, measure, f"has only {few}", **known)
    sign = _sign(measure, values)
    places = emerging.peaks(sign * values)
    peak = values[np.arange(len(values)), places]
    known |= {"peak": select.point(peak), "area": select.point(emerging.area(steps, values))}
    if np.ptp(values, axis=1).max() == 0:
        return Emergence(arm, measure, "does not change", **known)
    change = paired_difference(values[:, -1], values[:, 0])
    known |= {"rise": paired_difference(peak, values[:, 0]), "decay": emerging.decay(values, sign), "change": change}
    known["peak_steps"] = (int(steps[places.min()]), int(steps[places.max()]))
    top = int(np.sort(places)[len(places) // 2])
    known |= _onset(arm, curves, sign, int(steps[top]))
    if top > 0 and not known["rise"].low <= 0 <= known["rise"].high:
        known["t50_to_peak"] = emerging.mean_time(steps[: top + 1], values[:, : top + 1])
    if change.low <= 0 <= change.high:
        return Emergence(arm, measure, "has no sure change", **known)
    return Emergence(
        arm,
        measure,
        "",
        rise_at_peak=known["rise"].mean / change.mean,
        t50=emerging.mean_time(steps, values),
        t90=emerging.mean_time(steps, values, 0.9),
        **known,
    )


def _sign(measure: str, values: Float[np.ndarray, "seeds steps"]) -> int:
    """1 where the peak is the highest point, −1 where it is the lowest: to the better side, else to where the mean curve departs most."""
    higher = MEASURES[measure].higher if measure in MEASURES else None
    mean = values.mean(axis=0)
    departed = mean[np.abs(mean - mean[0]).argmax()] - mean[0]
    return -1 if higher is False or (higher is None and departed < 0) else 1


def _onset(arm: Arm, curves: Mapping[Arm, Curve], sign: int, peak: int) -> dict[str, Any]:
    """When a curve leaves its control for good or, where it comes back, up to its peak; one step above the control is no leaving."""
    curve = curves[arm]
    seeds, steps, name = curve.seeds, curve.steps, "chance"
    control = None if curve.chance is None else np.full(curve.values.shape, curve.chance)
    if found := _control(arm, curves):
        other, seeds, name = found
        control = other.of(seeds, steps)
    if control is None:
        return {}
    values = sign * curve.of(seeds, steps)
    for until in (None, peak):
        onset = emerging.onset(steps, values, sign * control, until)
        if onset < (steps[-1] if until is None else until):
            return {"control": name, "onset": onset, "until": until}
    return {"control": name, "onset": math.inf}


def _control(arm: Arm, curves: Mapping[Arm, Curve]) -> tuple[Curve, tuple[int, ...], str] | None:
    """The nearest control that was run with the same encoder, with the seeds that both have and its name.

    It is the arm that differs in its regime alone or, where the control was run with one setting only, that one.
    """
    own = curves[arm]
    for regime in CONTROLS.get(arm.regime, OTHERS):
        others = [other for other in curves if (other.encoder, other.regime) == (arm.encoder, regime)]
        chosen = [other for other in others if other.rest == arm.rest] or (others if len(others) == 1 else [])
        for other in chosen:
            seeds = tuple(sorted(set(own.seeds) & set(curves[other].seeds)))
            if len(seeds) >= LEAST_SEEDS and np.isin(own.steps, curves[other].steps).all():
                differing = [select.field_text(field) for field in other.rest if field not in arm.rest]
                return curves[other], seeds, ", ".join([regime, *differing])
    return None


def _adjusted(found: Sequence[Emergence]) -> list[Emergence]:
    """With p values adjusted over the table, the tests of each kind by themselves."""
    ps = {name: iter(holm([getattr(each, name).p for each in found if getattr(each, name)])) for name in TESTS}
    return [
        replace(each, **{name: getattr(each, name)._replace(p=next(ps[name])) for name in TESTS if getattr(each, name)}) for each in found
    ]


def _firsts(found: Sequence[Emergence], curves: Mapping[str, Mapping[Arm, Curve]]) -> list[First]:
    """The first measure of sentiment against each of meaning, for each arm."""
    sentiment = next((measure for measure in curves if what(measure) == "sentiment"), None)
    by = {(each.measure, each.arm): each for each in found}
    return [_first(by[sentiment, each.arm], each, curves) for each in found if sentiment and what(each.measure) == "semantic"]


def _first(sentiment: Emergence, semantic: Emergence, curves: Mapping[str, Mapping[Arm, Curve]]) -> First:
    for each in (sentiment, semantic):
        if each.reason:
            return First(sentiment, semantic, None, f"{title(each.measure)} {each.reason}")
    one, other = (curves[each.measure][each.arm] for each in (sentiment, semantic))
    seeds, steps = sorted(set(one.seeds) & set(other.seeds)), np.intersect1d(one.steps, other.steps)
    if len(seeds) < LEAST_SEEDS or len(steps) < LEAST_STEPS:
        return First(sentiment, semantic, None, "too few seeds and steps that both have")
    order = emerging.rises_first(steps, one.of(seeds, steps), other.of(seeds, steps), np.random.default_rng(0))
    return First(sentiment, semantic, order, "")


Labels = tuple[tuple[str, ...], list[tuple[str, ...]]]


def _grids(found: Sequence[Emergence], labels: Labels, seeds: Mapping[Arm, Seeds]) -> list[Grid]:
    """One measure: how high, how far, and when."""
    names, of_arms = labels
    items = {each.items for each in found if each.seeds}
    levels = {each.chance for each in found if each.chance is not None}
    fewest = min((n for n, _ in items), default=0)
    few = what(found[0].measure) in ("semantic", "sentiment") and fewest < entries.HEADLINE
    said = [f"n {fewest} of {max(total for _, total in items)}{', too few for a headline' if few else ''}"] if items else []
    said += [f"chance {layout.spread(levels)}"] if levels else []
    head = f"{title(found[0].measure)} ({', '.join(said)})" if said else title(found[0].measure)
    parts = (
        ("level", ("seeds", "start [95 %]", "peak [95 %]", "at step", "end [95 %]", "mean over log steps [95 %]"), _levels),
        ("change", ("peak − start [95 %]", "p", "peak − end [95 %]", "p", "end − start [95 %]", "p"), _changes),
        ("time", ("t50 [95 %]", "t90 [95 %]", "t50 to peak [95 %]", "rise at peak", "onset", "control", "no t50, as it"), _times),
    )
    return [
        Grid(
            f"{head}: {name}",
            (*names, *header),
            tuple((*label, *cells(each, seeds[each.arm])) for label, each in zip(of_arms, found, strict=True)),
            len(names),
        )
        for name, header, cells in parts
    ]


def _levels(each: Emergence, seeds: Seeds) -> tuple[str, ...]:
    there = str(seeds) if each.seeds == seeds.finished else f"{seeds}; {each.seeds} with values"
    at = "–".join(dict.fromkeys(map(str, each.peak_steps))) if each.peak_steps else HOLE
    return there, interval(each.start), interval(each.peak), at, interval(each.end), interval(each.area)


def _changes(each: Emergence, _: Seeds) -> tuple[str, ...]:
    tested = [getattr(each, name) for name in TESTS]
    return tuple(text for one in tested for text in ((interval(one), p_text(one.p)) if one else (HOLE, HOLE)))


def _times(each: Emergence, _: Seeds) -> tuple[str, ...]:
    times = map(_time, (each.t50, each.t90, each.t50_to_peak))
    return *times, number(each.rise_at_peak, 2), _onset_text(each), each.control or HOLE, each.reason


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
    return "never" if math.isinf(each.onset) else f"{each.onset:,.0f}" + (f" until {each.until:,}" if each.until is not None else "")


def _first_grid(firsts: Sequence[First], labels: Labels) -> Grid:
    """One pair of measures: how often the one of sentiment changes first."""
    names, of_arms = labels
    one, other = (title(measure) for measure in (firsts[0].sentiment.measure, firsts[0].semantic.measure))
    header = (*names, "seeds", f"t50 {one}", f"t50 {other}", "P(first before second)", "log2 ratio [95 %]", "no order, as")
    body = []
    for label, (sentiment, semantic, order, reason) in zip(of_arms, firsts, strict=True):
        shown = (HOLE, HOLE, HOLE)
        if order:
            shown = str(order.n), number(order.probability, 2), f"{number(order.ratio, 2)} {bounds(order.low, order.high, 2)}".rstrip()
        body.append((*label, shown[0], _time(sentiment.t50), _time(semantic.t50), *shown[1:], reason))
    return Grid(f"Does {one} change before {other}?", header, tuple(body), len(names))


def _caption(found: Sequence[Emergence], stratum: str, ordered: bool) -> tuple[str, ...]:
    words = "" if stratum == "all" else f", words whose rows were updated {stratum} times"
    tests = [sum(not math.isnan(one.p) for each in found if (one := getattr(each, name))) for name in TESTS]
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
    made: dict[str, Any] = {"encoder": each.arm.encoder, "regime": each.arm.regime, **dict(each.arm.rest), "measure": each.measure}
    made |= {"seeds": each.seeds, "failed": seeds.failed, "missing": seeds.missing, "steps": each.steps}
    made |= {"n": each.items[0], "total": each.items[1], "chance": each.chance}
    for name in ("start", "peak", "end", "area", *TESTS):
        one = getattr(each, name) or Difference(math.nan, math.nan, math.nan, math.nan, math.nan, 0)
        made |= finite({name: one.mean, f"{name}_low": one.low, f"{name}_high": one.high})
        made |= finite({f"{name}_p": one.p, f"{name}_effect": one.effect}) if name in TESTS else {}
    made["peak_first"], made["peak_last"] = each.peak_steps or (None, None)
    for name in ("t50", "t90", "t50_to_peak"):
        made |= finite(dict(zip((name, f"{name}_low", f"{name}_high"), getattr(each, name), strict=True)))
    made |= finite({"rise_at_peak": each.rise_at_peak, "onset": each.onset})
    made |= {"onset_until": each.until, "control": each.control, "reason": each.reason or None}
    made["before"] = first.sentiment.measure if first else None
    made |= finite({"before_probability": order.probability, "before_log2_ratio": order.ratio})
    return made | finite({"before_low": order.low, "before_high": order.high}) | {"errors": "; ".join(seeds.errors) or None}
