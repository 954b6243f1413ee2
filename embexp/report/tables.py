"""The comparison table: every arm and measure with interval, difference, test and holes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from embexp.errors import InputError
from embexp.report import grids, select
from embexp.report.arms import NO_RUNS, Runs, Seeds, arms_of, corpora, notes_of, order, seeds_of
from embexp.report.comparison import (
    SIGNIFICANT,
    Estimate,
    base_of,
    baseline_of,
    count_tests,
    estimate_of,
    judged,
    least_pairs,
    object_of,
)
from embexp.report.formatting import Interval, Table, finite, flat, number, spread, title
from embexp.report.inference import OVER_SEEDS, SEEDS, Inference
from embexp.report.select import Rows

DEFAULT = (
    "accuracy",
    "span_f1",
    "auxiliary_accuracy",
    "nll",
    "polarity",
    "lexicon@10",
    "simlex999",
    "wordsim353",
    "overlap@10",
    "top1_share",
    "cos(good,bad)",
    "cos(film,movie)",
)
"""The measures that are shown when none are named, where they have rows."""
MEANS = "Mean over seeds [95 % interval by Student's t], {}. Seeds: finished / wanted."
UNCOVERED = "seeds alone, for the same texts and words"
CHECKPOINTS = {
    "selected": "at the step that validation selected",
    "start": "before training",
    "last": "at the last step",
}


def comparison(
    rows: Rows,
    runs: Runs,
    measures: Sequence[str] | None = None,
    baseline: str | None = None,
    *,
    by: str = "regime",
    checkpoint: str | int = "selected",
    stratum: str = "all",
    inference: Inference = OVER_SEEDS,
) -> Table:
    """Compares the arms of a folder's runs.

    Args:
        rows: from `records.read_rows`.
        runs: from `records.read_runs`; those that failed are shown as holes.
        measures: their names; those of `DEFAULT` that have rows if not given.
        baseline: the arm's label, its regime alone, or the value of `by` that the
            others are compared with; the regime `frozen`, else the first, if not given.
        by: the field whose values are compared: regime, encoder, or another setting in
            which runs differ.
        checkpoint: as in `select.at`.
        stratum: of the words, by how often their rows were updated.
        inference: scores of single items, with which intervals cover items too, at the
            selected step; the family of tests; and the margin.

    Raises:
        InputError: no runs, or a measure, stratum, step or baseline without rows.
    """
    if not runs:
        raise InputError(NO_RUNS)
    of = arms_of(runs.values())
    base = base_of(set(of.values()), by, baseline)
    arms = sorted(set(of.values()), key=lambda arm: order(arm, by, base))
    rows = select.rows_of(rows, of, stratum)  # others ended since `runs` was read
    if rows and isinstance(checkpoint, int):
        select.require("step", [str(checkpoint)], {str(row["step"]) for row in rows})
    there = select.measures_in(rows)
    usual = select.chosen(there, None, DEFAULT) or there or DEFAULT[:1]
    shown = select.chosen(there, measures, usual)
    family = usual[:1] if inference.family is None else inference.family
    if (checkpoint, stratum) != ("selected", "all"):
        inference = inference._replace(scores={})  # they are of this step and all words
    every = []
    for measure in dict.fromkeys((*shown, *(name for name in family if name in there))):
        values = select.at(rows, measure, checkpoint, of, stratum)
        pairs = [(arm, baseline_of(arm, by, base, arms)) for arm in arms]
        every += [estimate_of(values, measure, pair, runs, inference) for pair in pairs]
    every = judged(every, family)
    estimates = [each for each in every if each.measure in shown]
    seeds = seeds_of(runs, of)
    encoders = sorted({arm.encoder for arm in arms})
    caption = (
        MEANS.format(when(checkpoint, runs) + stratum_text(stratum)),
        _sources_text(estimates),
        _tests_text(every, by, base),
        _coverage(rows),
    )
    return Table(
        title=f"{corpora(runs.values())}: regimes compared, encoder {', '.join(encoders)}",
        caption=tuple(filter(None, caption)),
        summary=grids.summary(estimates, seeds),
        details=grids.details(estimates, seeds),
        notes=notes_of(seeds, 0),
        objects=tuple(_object(each, seeds[each.arm], by, base) for each in estimates),
    )


def when(checkpoint: str | int, runs: Runs) -> str:
    """The checkpoint in words; where nothing was held out, the selected step is the last."""
    if isinstance(checkpoint, int):
        return f"at step {checkpoint}"
    if checkpoint != "selected":
        return CHECKPOINTS[checkpoint]
    holdouts = {run["spec"].get("holdout", "validation") for run in runs.values()}
    return " or, where nothing was held out, ".join(
        CHECKPOINTS["last" if each == "none" else "selected"]
        for each in sorted(holdouts, reverse=True)
    )


def stratum_text(stratum: str) -> str:
    """The stratum as the end of a sentence; empty for all words."""
    return "" if stratum == "all" else f", words whose rows were updated {stratum} times"


def with_damage(table: Table, damaged: int) -> Table:
    """The table with a note of so many ignored lines (`records.damage`)."""
    return replace(table, notes=(*table.notes, *notes_of({}, damaged)))


def _sources_text(estimates: Sequence[Estimate]) -> str:
    """What the intervals cover, measure by measure."""
    covered: dict[str, dict[str, None]] = defaultdict(dict)
    for each in estimates:
        for sources in (each.sources, each.sure.sources):
            if sources:
                covered[sources][title(each.measure)] = None
    if {*covered} <= {SEEDS}:
        return f"Intervals cover {UNCOVERED}." if covered else ""
    parts = [
        f"{UNCOVERED if sources == SEEDS else sources} ({', '.join(names)})"
        for sources, names in sorted(covered.items(), key=lambda each: each[0] == SEEDS)
    ]
    return f"Intervals cover {'; '.join(parts)}."


def _tests_text(estimates: Sequence[Estimate], by: str, base: str) -> str:
    """How differences were tested; empty where there are none."""
    if not any(each.difference.n for each in estimates):
        return ""
    inside = [each for each in estimates if not each.exploratory]
    differences = [each.difference for each in inside if each.difference.n]
    names = ", ".join(dict.fromkeys(title(each.measure) for each in inside)) or "none"
    tests = count_tests(differences)
    least = least_pairs(tests)
    compared = f"{base} with the same encoder" if by == "regime" else f"{by} {base}, all else alike"
    few = (
        f" with {least} pairs or more: with fewer, the exact test by sign flips cannot reach it "
        f"(2/2ⁿ > {number(SIGNIFICANT, 2)}/{tests})"
    )
    return (
        f"Difference: from {compared}, paired by seed [95 % interval]; p: two-sided paired t test, "
        f"adjusted by Holm's method for the {tests} comparison{'' if tests == 1 else 's'} of the "
        f"declared family ({names}); p of other measures is exploratory, neither adjusted nor "
        f"starred; * marks p < {number(SIGNIFICANT, 2)}"
        f"{few if min((each.n for each in differences), default=least) < least else ''}; d_z: mean "
        "difference in standard deviations of the seeds' differences; detectable: the smallest "
        "true difference that the test finds with power .8. Within the margin: two one-sided "
        "t tests. n: items (texts, words, pairs) used, of all there are."
    )


def _coverage(rows: Rows) -> str:
    """How many training tokens and types the vectors know; a range where runs differ."""
    found = [
        [row["value"] for row in rows if row["measure"] == name and row["value"] is not None]
        for name in ("coverage_tokens", "coverage_types")
    ]
    if not all(found):
        return ""
    tokens, types = map(spread, found)
    return (
        f"Coverage: the pretrained vectors know {tokens} of the training tokens (<unk> among the "
        f"others) and {types} of the vocabulary."
    )


def _object(each: Estimate, seeds: Seeds, by: str, base: str) -> dict[str, Any]:
    difference = each.difference
    low, high = each.over_items
    return {
        **object_of(each, seeds),
        **finite({**each.value._asdict(), "item_low": low, "item_high": high}),
        "split": " or ".join(sorted(each.support.splits)) or None,
        "by": by,
        "baseline": base,
        **flat("difference", Interval(*difference[:3])),
        **finite({"p": difference.p, "effect": difference.effect}),
        "pairs": difference.n,
        "starred": each.starred,
        "exploratory": each.exploratory,
        **finite({"difference_df": each.sure.estimate.df}),
        "sources": each.sources or None,
        "difference_sources": each.sure.sources or None,
        **finite({"detectable": each.detectable}),
        "equivalence": each.verdict or None,
    }
