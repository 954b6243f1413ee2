"""What is said over several splits, and from how many labels on."""

from math import inf

import numpy as np
import pytest

from embexp.measures.replicates import resampled_mean
from embexp.report.answer import answer
from embexp.report.beyond import beaten, least_budget, over_budgets, over_splits

ONE, OTHER = ("mean", "tuned"), ("mean", "random")
SEEDS, TEXTS = 6, 300


def right(one: float, other: float, seed: int = 0) -> dict:
    """Right answers of two arms on shared texts, with such shares."""
    rng = np.random.default_rng(seed)
    hard = rng.uniform(size=TEXTS)
    return {
        key: hard + rng.normal(0, 0.03, (SEEDS, TEXTS)) < share
        for key, share in ((ONE, one), (OTHER, other))
    }


def test_the_least_budget_is_the_one_from_which_all_larger_ones_show_it():
    shown, not_shown = right(0.8, 0.6), right(0.7, 0.7)
    assert beaten(ONE, [OTHER], shown) == {OTHER}
    assert beaten(ONE, [OTHER], not_shown) == beaten(OTHER, [ONE], shown) == set()
    below, not_below = {OTHER}, set()
    every = {50.0: below, 100.0: not_below, 400.0: below, inf: below}
    assert least_budget(OTHER, every) == 400
    assert least_budget(OTHER, {50.0: below, 100.0: below}) == 50
    assert least_budget(OTHER, {50.0: below, inf: not_below}) is None
    (said,) = over_budgets(ONE, [OTHER], {50.0: not_shown, 400.0: shown, inf: shown})
    assert said == "With 50, 400 or all labels, tuned is shown to be above random from 400 on."
    (said,) = over_budgets(ONE, [OTHER], {50.0: not_shown, inf: not_shown})
    assert said.endswith("above random at none of these.")
    assert over_budgets(ONE, [OTHER], {inf: shown}) == []


def test_a_baseline_of_one_seed_stands_beside_every_seed_of_an_arm():
    tables, counts = right(0.8, 0.7), ("linear", "baseline: tf-idf")
    low, high = tables[OTHER][:1], tables[ONE][:1] | True
    assert beaten(ONE, [counts], tables | {counts: low}) == {counts}
    assert beaten(ONE, [counts], tables | {counts: high}) == set()
    budgets = {50.0: tables | {counts: high}, inf: tables | {counts: low}}
    (said,) = over_budgets(ONE, [counts], budgets)
    assert said == "With 50 or all labels, tuned is shown to be above tf-idf with all."


def test_splits_are_replicates_whose_training_texts_overlap():
    splits = [right(0.8, 0.7, seed) for seed in range(5)]
    (said,) = over_splits(ONE, [OTHER], splits)
    values = np.array([each[ONE].mean() - each[OTHER].mean() for each in splits])
    expected = resampled_mean(values, 8, 1)
    assert f"{expected.mean:.3f}".lstrip("0") in said
    spread = values.std(ddof=1)
    assert expected.error == pytest.approx(spread * np.sqrt(1 / 5 + 1 / 8))
    assert over_splits(ONE, [OTHER], splits[:1]) == []
    assert over_splits(ONE, [], splits) == []
    assert "each searched anew, tuned differs by " in said
    (untuned,) = over_splits(ONE, [OTHER], splits, tuned=False)
    assert untuned == said.replace("each searched anew, ", "")


def folder(budgets, splits=1):
    """Rows, runs and scores of two arms with some numbers of labels, and the same by split."""
    rows, by_split = [], []
    for split in range(splits):
        runs, scores = {}, {}
        for count, shares in budgets.items():
            tables = right(*shares, seed=split)
            for (encoder, regime), table in tables.items():
                for seed in range(SEEDS):
                    digest = f"{regime}-{count}-{split}-{seed}"
                    spec = {"corpus": "mine", "encoder": encoder, "regime": regime, "seed": seed}
                    spec |= {"vectors": "glove", "train_texts": count, "split": split}
                    spec |= {"holdout": "none" if count else "validation", "draw": seed}
                    runs[digest] = {"digest": digest, "spec": spec, "arm": regime, "seconds": 1.0}
                    runs[digest] |= {"control": False, "error": None}
                    scores[digest] = {"accuracy": table[seed]}
                    at = {"digest": digest, "spec": spec, "step": 4}
                    loss = 1 - table[seed].mean()
                    rows += (
                        []
                        if split
                        else [
                            at | {"split": "test", "measure": "accuracy", "value": 1 - loss},
                            at | {"split": "validation", "measure": "nll", "value": loss},
                        ]
                    )
        by_split.append((runs, scores))
    return rows, *by_split[0], by_split


def test_all_labels_decide_and_fewer_say_from_how_many_on():
    rows, runs, scores, _ = folder({100: (0.6, 0.9), 2000: (0.8, 0.6), None: (0.8, 0.6)})
    found = answer(rows, runs, scores, seconds=1.0, tuned=True)
    assert found.best["regime"] == "tuned"
    assert "With 100, 2,000 or all labels, tuned is shown to be above random from 2,000 on." in (
        found.answer
    )


def test_other_splits_are_said_beside_the_first():
    rows, runs, scores, splits = folder({None: (0.8, 0.6)}, splits=3)
    found = answer(rows, runs, scores, seconds=1.0, tuned=True, splits=splits)
    assert "Over 3 splits of the texts, each searched anew, tuned differs by " in found.answer
    alone = answer(rows, runs, scores, seconds=1.0, tuned=True, splits=splits[:1])
    assert "Over" not in alone.answer
    assert "settings that one search chose on one split" in alone.answer
    assert "one search" not in found.answer
