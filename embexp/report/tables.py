"""The comparison table: every arm and measure with interval, difference, test and holes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from embexp.errors import InputError
from embexp.report import captions, grids, select
from embexp.report.arms import NO_RUNS, Runs, Seeds, arms_of, corpora, notes_of, order, seeds_of
from embexp.report.comparison import (
    Estimate,
    base_of,
    baseline_of,
    estimate_of,
    judged,
    object_of,
)
from embexp.report.formatting import TERMINAL, Interval, Table, finite, flat
from embexp.report.headline import HEADLINES, headline
from embexp.report.inference import OVER_SEEDS, Inference
from embexp.report.select import Rows

DEFAULT = (
    "pearson",
    "accuracy",
    "span_f1",
    "auxiliary_accuracy",
    "nll",
    "squared_error",
    "polarity",
    "lexicon@10",
    "lexicon@10(",
    "simlex999",
    "wordsim353",
    "similarity(",
    "overlap@10",
    "top1_share",
    "cos(good,bad)",
    "cos(film,movie)",
    "cos(",
)
"""The measures that are shown when none are named, where they have values; `similarity(` stands
for all that begin so, by word lists or pairs that a user chose."""


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
        measures: their names; those of `DEFAULT` that have values if not given.
        baseline: the arm's label, its regime alone, or the value of `by` that the
            others are compared with; the regime `frozen`, else the first, if not given.
        by: the field whose values are compared, the regime or another in which runs differ.
        checkpoint: as in `select.at`.
        stratum: of the words, by how often training has them (`STRATA`).
        inference: scores of single items, for intervals over items at the selected step, the
            family of tests, and the margin.

    Raises:
        InputError: no runs, or a measure, stratum, step or baseline without rows.
    """
    if not runs:
        raise InputError(NO_RUNS)
    of = arms_of(runs.values())
    base = base_of(set(of.values()), by, baseline)
    arms = sorted({*of.values()}, key=lambda arm: order(arm, by, base))
    rows = select.rows_of(rows, of, stratum, checkpoint)  # others ended since `runs` was read
    shown, family, every = *_measures(rows, measures, inference), []
    if (checkpoint, stratum) != ("selected", "all"):
        inference = inference._replace(scores={})  # they are of this step and all words
    pairs = [(arm, baseline_of(arm, by, base, arms)) for arm in arms]
    for name in dict.fromkeys((*shown, *family)):
        values = select.at(rows, name, checkpoint, of, stratum)
        every += [estimate_of(values, name, pair, runs, inference) for pair in pairs]
    every = judged(every, family)
    estimates = [each for each in every if each.measure in shown]
    seeds, encoders = seeds_of(runs, of), {arm.encoder for arm in arms if not arm.baseline}
    caption = (
        captions.means_text(captions.when(checkpoint, runs), stratum, estimates),
        captions.tests_text(every, by, base),
        captions.settings_text(of, runs),
        captions.few_text({*shown} - grids.in_summary(estimates).keys()),
        *captions.known_words(rows, () if measures else DEFAULT),
    )
    return Table(
        title=f"{corpora(runs.values())}: regimes compared, encoder {', '.join(sorted(encoders))}",
        caption=tuple(filter(None, caption)),
        summary=grids.summary(estimates, seeds),
        narrow=grids.summary(estimates, seeds, TERMINAL - 1),
        details=grids.details(estimates, seeds),
        notes=notes_of(seeds, 0),
        objects=tuple(_object(each, seeds[each.arm], by, base) for each in estimates),
    )


def _measures(
    rows: Rows, named: Sequence[str] | None, inference: Inference
) -> tuple[Sequence[str], Sequence[str]]:
    """The measures that are shown, the headline first, and those of the family with rows."""
    there, family = select.measures_in(rows), inference.family
    first = [headline(inference.scores)] if inference.scores else []
    valued = select.valued(rows)
    every = (each for name in (*first, *DEFAULT) for each in valued if _is(each, name))
    usual = [*dict.fromkeys(every)] or there or HEADLINES[-1:]
    tested = usual[:1] if family is None else [name for name in family if name in there]
    return select.chosen(there, named, usual) or usual, tested


def _is(measure: str, usual: str) -> bool:
    return measure.startswith(usual) if usual.endswith("(") else measure == usual


def with_damage(table: Table, damaged: int) -> Table:
    """The table with a note of so many ignored lines (`records.damage`)."""
    return replace(table, notes=(*table.notes, *notes_of({}, damaged)))


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
