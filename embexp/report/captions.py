"""What stands below a table: how its means, intervals, differences and tests were made."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from embexp.measures.summary import STRATA
from embexp.report.arms import REPLICATES, Arm, Runs, key, value_text
from embexp.report.comparison import (
    SIGNIFICANT,
    Estimate,
    count_tests,
    least_pairs,
)
from embexp.report.formatting import ends, number, spread, title
from embexp.report.inference import SEEDS
from embexp.report.select import HEADLINE, Rows, measures_in, valued

MEANS = "Mean over seeds [95 % interval by Student's t], {}. Seeds: finished / wanted."
NAMED = ("corpus", "regime", "vectors", "encoder", *REPLICATES)
"""Fields that a table names without being asked."""
LISTED = 4
"""Values of a setting that are listed; of more, the ends are."""
UNCOVERED = "seeds alone, for the same texts and words"
CHECKPOINTS = {
    "selected": "at the step that validation selected",
    "start": "before training",
    "last": "at the last step",
}


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
    """The stratum as the end of a sentence; empty for all words.

    Strata without `seen` are of results from before they were fixed by training counts.
    """
    if stratum == "all":
        return ""
    if stratum in STRATA:
        return f", words that training has {stratum.removeprefix('seen ')} times"
    return f", words whose rows had been updated {stratum} times"


def means_text(when: str, stratum: str, estimates: Sequence[Estimate]) -> str:
    """How means and their intervals were made."""
    parts = MEANS.format(when + stratum_text(stratum)), sources_text(estimates), cut_text(estimates)
    return " ".join(filter(None, parts))


def cut_text(estimates: Sequence[Estimate]) -> str:
    """Which measures have an interval that ends where their range does; empty if none has."""
    cut = (
        title(each.measure)
        for each in estimates
        if each.value.low < each.value.high
        and {each.value.low, each.value.high} & {*ends(each.measure)}
    )
    names = ", ".join(dict.fromkeys(cut))
    return f"Intervals are cut off at the ends of a measure's range ({names})." if names else ""


def sources_text(estimates: Sequence[Estimate]) -> str:
    """What the intervals cover, measure by measure."""
    covered: dict[str, dict[str, None]] = defaultdict(dict)
    for each in (each for each in estimates if not each.arm.baseline):
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


def tests_text(estimates: Sequence[Estimate], by: str, base: str) -> str:
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
    margin = ""
    if any(each.margin for each in estimates):
        margin = "margin: whether two one-sided t tests show that the difference is smaller; "
    return (
        f"Difference: from {compared}, paired by seed [95 % interval]; p: two-sided, of the exact "
        "test by sign flips where the interval covers seeds alone, else of the interval's t test; "
        f"adjusted by Holm's method for the {tests} comparison{'' if tests == 1 else 's'} of the "
        f"declared family ({names}); p of other measures is exploratory, neither adjusted nor "
        f"starred; * marks p < {number(SIGNIFICANT, 2)}"
        f"{few if min((each.n for each in differences), default=least) < least else ''}; d_z: mean "
        "difference in standard deviations of the seeds' differences; detectable: the smallest "
        f"true difference that the test finds with power .8; {margin}n: items (texts, words, "
        "pairs) used, of all there are."
    )


def few_text(measures: Collection[str]) -> str:
    """Which measures of words the summary leaves out; empty if none is."""
    names = ", ".join(sorted(map(title, measures)))
    few = f"Not in the summary, as the runs know fewer than {HEADLINE} of their words: {names}."
    return few if measures else ""


def settings_text(of: Mapping[str, Arm], runs: Runs) -> str:
    """The other settings in which arms differ, with their values; empty if there are none.

    Controls and baselines have those of the arms that they stand beside.
    """
    told = {*NAMED, *(name for arm in of.values() for name, _ in arm.rest)}
    values: dict[str, dict[Any, None]] = defaultdict(dict)
    for digest, arm in of.items():
        spec = {} if arm.control or arm.baseline else runs[digest]["spec"]
        for name in spec.keys() - told:
            is_number = isinstance(spec[name], int | float) and not isinstance(spec[name], bool)
            values[name][spec[name] if is_number else value_text((name, spec[name]))] = None
    parts = [
        f"{name} {_listed(sorted(own, key=key))}"
        for name, own in sorted(values.items())
        if len(own) > 1
    ]
    return f"Arms also differ in {'; '.join(parts)}." if parts else ""


def _listed(values: Sequence[Any]) -> str:
    """Values, numbers first; of many, the least and the greatest number and the last of others."""
    texts = [f"{value:.3g}" if isinstance(value, float) else str(value) for value in values]
    numbers = sum(not isinstance(value, str) for value in values)
    if len(texts) > LISTED and numbers > 1:
        texts = [f"{texts[0]} to {texts[numbers - 1]}", *texts[numbers:]]
    return ", ".join(texts)


def known_words(rows: Rows, usual: Sequence[str]) -> tuple[str, str]:
    """What vectors know, and which usual measures have no value for want of known words."""
    left = {*measures_in(rows)} - {*valued(rows)}
    names = ", ".join(title(name) for name in usual if name in left)
    without = f"Left out, as the runs know too few of their words: {names}." if names else ""
    return coverage(rows), without


def coverage(rows: Rows) -> str:
    """How many training tokens and types the vectors know; a range where runs differ."""
    found = [
        [row["value"] for row in rows if row["measure"] == name and row["value"] is not None]
        for name in ("coverage_tokens", "coverage_types")
    ]
    if not all(found):
        return ""
    tokens, types = map(spread, found)
    known = (
        f"Coverage: the pretrained vectors know {tokens} of the training tokens (<unk> among the "
        f"others) and {types} of the vocabulary"
    )
    tested = {row["value"] for row in rows if row["measure"] == "coverage_test"} - {None}
    if not tested:
        return f"{known}."
    return f"{known}; of the test tokens {spread(tested)} are read by a vector, others as <unk>."
