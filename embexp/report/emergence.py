"""The table of how each measure emerges while the table trains, and of what is first."""

from collections.abc import Mapping, Sequence
from typing import Any

from embexp.errors import InputError
from embexp.measures.onset import DRAWS
from embexp.report import emergence_grids, select
from embexp.report.arms import NO_RUNS, Runs, Seeds, arms_of, corpora, notes_of, order, seeds_of
from embexp.report.captions import stratum_text
from embexp.report.comparison import count_tests, object_of
from embexp.report.curve_analysis import (
    NO_ORDER,
    TESTS,
    Emergence,
    Precedence,
    emergence_of,
    precedences_of,
    with_adjusted_tests,
)
from embexp.report.curves import LEAST_SEEDS, LEAST_STEPS, Curves, curves_of
from embexp.report.formatting import Table, finite, flat
from embexp.report.select import Rows

DEFAULT = (
    "polarity",
    "simlex999",
    "antonym_auc",
    "polar_antonym_auc",
    "cos(good,bad)",
    "overlap@10",
)
BESIDES = ("similarity(", "text_")
"""The measures that are shown when none are named, where they have values, and how the
names of others begin."""


def table(
    rows: Rows,
    runs: Runs,
    measures: Sequence[str] | None = None,
    *,
    stratum: str = "all",
    damaged: int = 0,
) -> Table:
    """How measures of a folder's runs emerge, arm by arm.

    There are three grids for each measure, and one for each pair of which leaves its
    control first: the first measure of sentiment is set against every one of meaning.

    Args:
        rows: from `records.read_rows`.
        runs: from `records.read_runs`; those that failed are shown as holes.
        measures: their names; those of `DEFAULT` that have values if not given.
        stratum: of the words, by how often training has them (`STRATA`).
        damaged: the number of ignored lines (`records.damage`), said below the table.

    Raises:
        InputError: no runs, a measure or stratum without rows, or no arm with two seeds
            and enough steps.
    """
    if not runs:
        raise InputError(NO_RUNS)
    of = arms_of(runs.values())
    arms = sorted({arm for arm in of.values() if not arm.baseline}, key=order)
    rows = select.rows_of(rows, of, stratum)  # others ended since `runs` was read
    curves = {name: curves_of(rows, name, of, stratum) for name in _chosen(rows, measures)}
    _check_enough(curves, stratum)
    found = with_adjusted_tests(
        [emergence_of(arm, measure, own) for measure, own in curves.items() for arm in arms]
    )
    firsts = precedences_of(found, curves)
    seeds = seeds_of(runs, of)
    return Table(
        title=f"{corpora(runs.values())}: how structure emerges while the table trains",
        caption=_caption(found, stratum, bool(firsts)),
        summary=(
            *emergence_grids.curves(found, seeds),
            *emergence_grids.precedences(firsts),
        ),
        details=(),
        notes=notes_of(seeds, damaged),
        objects=tuple(_object(each, seeds[each.arm], firsts) for each in found),
    )


def enough(rows: Rows) -> bool:
    """Whether the rows of a folder are enough for a table of emergence."""
    of = arms_of(rows)
    return any(
        curve.is_enough
        for measure in _chosen(rows, None)
        for curve in curves_of(rows, measure, of).values()
    )


def _chosen(rows: Rows, measures: Sequence[str] | None) -> Sequence[str]:
    there = select.valued(rows)
    besides = [name for name in there if name.startswith(BESIDES)]
    return select.chosen(there, measures, (*DEFAULT, *besides))


def _check_enough(curves: Mapping[str, Curves], stratum: str) -> None:
    own = [curve for each in curves.values() for curve in each.values()]
    if any(curve.is_enough for curve in own):
        return
    if own and max(len(curve.seeds) for curve in own) < LEAST_SEEDS:
        raise InputError(
            f"emergence needs {LEAST_SEEDS} seeds or more of an arm, but there is 1; "
            "run the experiment with more --seeds"
        )
    steps = max((len(curve.steps) for curve in own), default=0)
    where = "" if stratum == "all" else f" in stratum {stratum!r}"
    raise InputError(
        f"emergence needs measures at {LEAST_STEPS} steps or more, but there are {steps}{where}; "
        "name others, or run the experiment again"
    )


CAPTION = (
    (
        "Mean over seeds [95 % interval by Student's t]{stratum}. Start and end: the first and "
        "the last step. Peak: the highest point; the lowest of a measure that is better low, or "
        "that leaves its start downwards; each seed's own value at the step of the peak of the "
        "other seeds' mean, so that noise alone makes no peak."
    ),
    (
        "Differences are paired by seed; p: two-sided paired t test, adjusted by Holm's method "
        "over the arms and measures of this table: {rise} tests of peak − start, {decay} of "
        "peak − end, {change} of end − start."
    ),
    (
        "t50, t90: steps until half, nine tenths of the change from start to end, up or down, "
        "of the curve averaged over seeds, on log(1 + t) [95 % by the jackknife over seeds]; "
        "none where end − start [95 %] holds 0: no sure change. They are relative to the end, so "
        "a curve that returns from its peak has others than one that stays there. t50 to peak: "
        "half of the way to the peak. Rise at peak: in units of end − start."
    ),
    (
        "Onset: the first evaluation step from which the lower 95 % bound of the distance to "
        "the control stays above 0, for two evaluation steps at least, to the end or, where a "
        "step stands behind it, until the peak. The bound is the edge of a band that holds at "
        "all steps at once (max |t| over steps, with the correlation of the seeds' distances). "
        "The control is that arm with the same encoder at the same step, paired by seed, or the "
        "level of chance."
    ),
    (
        "P: share of {draws} bootstrap draws of seeds, the same for both measures and their "
        "controls, in which the onset of the first is at an earlier step; ties count half. log2 "
        "ratio: of 1 + onset, interpolated from the step before, first over second [95 % by the "
        "jackknife over seeds]. What is apart from its control at the first step did not leave "
        "it in training, and has no order. Of two measures that leave together the one with the "
        "smaller error is seen to leave first."
    ),
)


def _caption(found: Sequence[Emergence], stratum: str, ordered: bool) -> tuple[str, ...]:
    tests = {name: count_tests([getattr(each, name) for each in found]) for name in TESTS}
    texts = CAPTION if ordered else CAPTION[:-1]
    said = {"stratum": stratum_text(stratum), "draws": DRAWS, **tests}
    return tuple(text.format(**said) for text in texts)


def _object(each: Emergence, seeds: Seeds, firsts: Sequence[Precedence]) -> dict[str, Any]:
    first = next((first for first in firsts if first.semantic is each), None)
    made = object_of(each, seeds) | {"steps": each.steps}
    for name in ("start", "peak", "end", "area", *TESTS, "t50", "t90", "t50_to_peak"):
        made |= flat(name, getattr(each, name))
    made["peak_first"], made["peak_last"] = each.peak_steps or (None, None)
    made |= {
        **finite({"rise_at_peak": each.rise_at_peak, "onset": each.onset.step}),
        "onset_until": each.onset.until,
        "onset_control": each.onset.control,
        "reason": each.reason or None,
        "before": first.sentiment.measure if first else None,
    }
    names = ("before_probability", "before_log2_ratio", "before_low", "before_high")
    order = first.order if first else NO_ORDER
    return made | finite(dict(zip(names, order, strict=False)))
