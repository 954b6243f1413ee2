"""The answer of a comparison in words: which arm, by how much, and how sure.

Validation chooses the arm; the test split only measures it. The intervals of its differences
from the other arms hold all at once, over seeds and texts.
"""

from collections.abc import Mapping, Sequence
from math import inf
from statistics import mean
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from embexp.measures.catalogue import describe
from embexp.measures.equivalence import detectable_difference
from embexp.measures.simultaneous import simultaneous_differences
from embexp.measures.variance import MeanEstimate, crossed_mean
from embexp.records.losses import LOSSES
from embexp.records.scores import SENTENCES
from embexp.report.against_baselines import Tables, baseline_compared, undertrained
from embexp.report.arms import Arm, Runs, arms_of
from embexp.report.beyond import Key, Right, over_budgets, over_splits
from embexp.report.formatting import HOLE, inside, interval, number
from embexp.report.headline import headline
from embexp.report.inference import opposite
from embexp.report.items import TEXTS, Scores, apart
from embexp.report.other_data import Gain, gains, sentences as beside_other_data
from embexp.report.select import Rows

BUDGET = ("train_texts", "holdout")
"""Fields in which arms with fewer labels differ."""


class Answer(NamedTuple):
    """What a comparison says.

    answer: some sentences.
    best: the arm that validation chose: its regime, vectors and encoder.
    sure: whether arms were tuned, and its difference from each other has an interval above
        zero.
    difference: of its headline from that of the runner-up, with its interval; None without.
    """

    answer: str
    best: Mapping[str, str | None]
    sure: bool
    difference: float | None = None
    low: float | None = None
    high: float | None = None


UNTUNED = (
    "These arms were not tuned: with other settings their order may differ "
    "(embexp compare tunes each with the same effort)."
)

ONE_SEARCH = (
    "All this holds for the settings that one search chose on one split; embexp compare "
    "--splits 5 searches others, too."
)


def answer(
    rows: Rows,
    runs: Runs,
    scores: Scores,
    *,
    seconds: float,
    tuned: bool,
    splits: Sequence[tuple[Runs, Scores]] = (),
    folds: Mapping[str, float] = MappingProxyType({}),
    beside: Sequence[Gain] = (),
) -> Answer | None:
    """The answer of a folder's runs.

    None where no test texts were kept, or where arms differ in more than regime, vectors,
    encoder and the number of labels: then there is more than one comparison. All labels
    decide; with fewer of them it is said from how many on.

    Args:
        rows, runs: of a folder, without the trials of searches.
        scores: whether each test text is right, or other scores of it (`HEADLINES`).
        seconds: that all runs took, trials among them.
        tuned: whether a search chose the settings of each arm; else nothing is sure.
        splits: the same of every split of the texts, where there are several.
        folds: the loss of cross-validations by the digests of runs at their settings.
        beside: what arms have at settings that other data sets chose (`beside_searched`).
    """
    of = arms_of(runs.values())
    chosen_by = validation_loss(rows, of, folds)
    every = right_of(of, runs, scores)
    labels = labels_of(of, runs)
    right = {arm: table for arm, table in every.items() if labels[arm] is None}
    ranked = sorted(right.keys() & chosen_by.keys(), key=chosen_by.__getitem__)
    arms = [arm for arm in ranked if not arm.control and not arm.baseline]
    if not arms or any(map(others_differ, arms)) or len(set(map(texts_of, runs.values()))) > 1:
        return None
    best, *others = arms
    baselines = [arm for arm in ranked if arm.baseline]
    least, most = describe(headline(scores)).ends
    width = most - least
    found = [inside(each, -width, width) for each in differences(best, others, right)]
    sentences = [
        f"{chooser(best, of, folds)} chooses {name_of(best)}: {level(right[best], scores)}.",
        *map(compared, others, found),
        *baseline_compared(best, baselines, right, width),
        *undertrained(ranked, right, width),
        *over_budgets(key(best), [*map(key, [*others, *baselines[:1]])], budgets_of(every, labels)),
        *over_splits(key(best), list(map(key, others)), list(map(by_key, splits)), tuned=tuned),
        *beside_other_data(key(best), beside),
        *([] if tuned else [UNTUNED]),
        *([ONE_SEARCH] if tuned and len(splits) < 2 else []),
        f"All runs together, trials too, took {duration(seconds)} of computing.",
    ]
    return Answer(
        " ".join(sentences),
        {"regime": best.regime, "vectors": best.vectors, "encoder": best.encoder},
        tuned and bool(found) and all(each.low > 0 for each in found),
        *(found[0][:3] if found else ()),
    )


def level(table: np.ndarray, scores: Scores) -> str:
    """The headline of an arm, on how many items and seeds."""
    measure, (seeds, items) = describe(headline(scores)), table.shape
    found = inside(crossed_mean(table), *measure.ends)
    what = SENTENCES if any(SENTENCES in each for each in scores.values()) else TEXTS
    return f"{measure.title} {interval(found)} on {items} test {what} over {counted(seeds, 'seed')}"


def others_differ(arm: Arm) -> bool:
    """Whether an arm differs from others in more than the number of its labels."""
    return any(name not in BUDGET for name, value in arm.rest if value != HOLE)


def key(arm: Arm) -> Key:
    """What an arm is called whatever the split and the number of labels."""
    return arm.encoder, arm.label


def by_key(split: tuple[Runs, Scores]) -> Right:
    """Which test texts the arms of one split have right, with all labels."""
    runs = {digest: run for digest, run in split[0].items() if not run["spec"].get("train_texts")}
    found = right_of(arms_of(runs.values()), runs, split[1])
    return {key(arm): table for arm, table in found.items()}


def budgets_of(every: Tables, labels: Mapping[Arm, int | None]) -> Mapping[float, Right]:
    """Which test texts arms have right, by the number of labels; all of them are infinite."""
    found: dict[float, dict[Key, np.ndarray]] = {}
    for arm, table in every.items():
        found.setdefault(float(labels[arm] or inf), {})[key(arm)] = table
    return found


def beside_searched(searched: Runs, other: Runs, scores: Scores) -> list[Gain]:
    """What arms have at the settings of a search, and at those that other data sets chose."""

    def tables(runs: Runs) -> Mapping[float, Right]:
        of = arms_of(runs.values())
        return budgets_of(right_of(of, runs, scores), labels_of(of, runs))

    return gains(tables(searched), tables(other), headline(scores))


def labels_of(of: Mapping[str, Arm], runs: Runs) -> dict[Arm, int | None]:
    """How many labels each arm has; None for all of them."""
    return {of[digest]: run["spec"].get("train_texts") for digest, run in runs.items()}


def texts_of(run: Mapping[str, Any]) -> str:
    """The corpus of a run."""
    return run["spec"]["corpus"]


def chooser(best: Arm, of: Mapping[str, Arm], folds: Mapping[str, float]) -> str:
    """What an arm was chosen by."""
    crossed = any(of.get(digest) == best for digest in folds)
    return "Cross-validation" if crossed else "Validation"


def validation_loss(
    rows: Rows, of: Mapping[str, Arm], folds: Mapping[str, float] = MappingProxyType({})
) -> dict[Arm, float]:
    """The mean validation loss of each arm, at the steps that were selected, or of its folds."""
    selected = {row["digest"]: row["step"] for row in rows if row["split"] == "test"}
    found: dict[Arm, list[float]] = {}
    for digest, loss in folds.items():
        if digest in of:
            found.setdefault(of[digest], []).append(loss)
    for row in rows:
        here = row["split"] == "validation" and row["measure"] in LOSSES
        if here and row["step"] == selected.get(row["digest"]) and row["value"] is not None:
            found.setdefault(of[row["digest"]], []).append(row["value"])
    return {arm: mean(values) for arm, values in found.items()}


def right_of(of: Mapping[str, Arm], runs: Runs, scores: Scores) -> dict[Arm, np.ndarray]:
    """Scores of test texts, or of their sentences, whose mean is the headline, seeds in order.

    Arms whose scores were not kept are left out.
    """
    kept: dict[Arm, dict[int, np.ndarray]] = {}
    name = headline(scores)
    for digest, arm in of.items():
        if name in (found := scores.get(digest, {})):
            kept.setdefault(arm, {})[runs[digest]["spec"]["seed"]] = apart(name, found)
    return {arm: np.stack([seeds[seed] for seed in sorted(seeds)]) for arm, seeds in kept.items()}


def differences(best: Arm, others: Sequence[Arm], right: Tables) -> list[MeanEstimate]:
    """The best arm minus each other, with intervals that hold all at once."""
    seeds = min(len(right[arm]) for arm in (best, *others))
    found = simultaneous_differences(right[best][:seeds], [right[arm][:seeds] for arm in others])
    return [*map(opposite, found)]


def compared(other: Arm, found: MeanEstimate) -> str:
    """The difference from another arm, or that there is none to be seen."""
    name = name_of(other)
    if found.low > 0:
        return f"The chosen arm is {interval(found)} above {name}."
    if found.high < 0:
        return f"On the test texts the chosen arm is {interval(opposite(found))} below {name}."
    seen = f"{name}: no difference that these data can show, {interval(found)}"
    if not found.error > 0:
        return f"{seen}."
    least = detectable_difference(found.error, found.df)
    shown = f"{number(least)} would have been seen" if least < 1 else "none could have been seen"
    return f"{seen}; {shown}."


def name_of(arm: Arm) -> str:
    """An arm as a sentence names it."""
    return f"{arm.label} ({arm.encoder})"


def counted(count: int, what: str) -> str:
    """A number of things."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """Seconds, minutes or hours of computing."""
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 7200 else f"{seconds / 3600:.1f} hours"
