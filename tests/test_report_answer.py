"""The answer in words: what validation chose, and what test scores can and cannot show."""

import re

import numpy as np
import pytest

from embexp.measures.variance import crossed_difference, crossed_mean
from embexp.report import formatting
from embexp.report.answer import answer

TEXTS, SEEDS = 400, 12


def folder(shares, losses, vectors="glove"):
    """Rows, runs and scores of arms with such shares of right answers on shared hard texts."""
    rng = np.random.default_rng(0)
    hard = rng.uniform(size=TEXTS)
    rows, runs, scores = [], {}, {}
    for regime, share in shares.items():
        baseline = regime.startswith("baseline")
        for seed in range(1 if baseline else SEEDS):
            digest = f"{regime}-{seed}"
            spec = {"corpus": "mine", "regime": regime, "seed": seed}
            spec |= {"encoder": "linear" if baseline else "mean"}
            spec |= {"vectors": vectors if "mean" in regime or not baseline else None}
            control = regime == "permuted"
            runs[digest] = {
                "digest": digest,
                "spec": spec,
                "arm": regime,
                "control": control,
                "error": None,
                "seconds": 2.0,
            }
            noise = rng.normal(0, 0.05, TEXTS)
            scores[digest] = {"accuracy": hard + noise < share}
            common = {"digest": digest, "spec": spec, "step": 8}
            rows.append(common | {"split": "test", "measure": "accuracy", "value": share})
            loss = losses[regime] + rng.normal(0, 1e-3)
            rows.append(common | {"split": "validation", "measure": "nll", "value": loss})
            later = common | {"split": "validation", "measure": "nll", "value": 0.0, "step": 9}
            rows.append(later)  # not the selected step
    return rows, runs, scores


PLAIN = {"random": 0.6, "frozen": 0.7, "tuned": 0.8, "permuted": 0.99}
LOSSES = {"random": 0.5, "frozen": 0.4, "tuned": 0.3, "permuted": 0.01}


def test_a_clear_difference_is_said_with_the_runner_up_of_validation():
    rows, runs, scores = folder(PLAIN, LOSSES)
    found = answer(rows, runs, scores, seconds=60.0, tuned=True)
    assert found.best["regime"] == "tuned"  # a control is never chosen
    assert found.sure
    right = {
        arm: np.stack([scores[f"{arm}-{seed}"]["accuracy"] for seed in range(12)]) for arm in PLAIN
    }
    plain = crossed_difference(right["tuned"], right["frozen"])
    assert found.difference == pytest.approx(plain.mean)
    assert found.low < plain.low < plain.high < found.high  # it holds for both comparisons at once
    assert "Validation chooses tuned (mean): accuracy .7" in found.answer
    assert "above frozen (mean)." in found.answer
    assert "above random (mean)." in found.answer
    assert "took 60 s of computing" in found.answer


def test_tokens_of_a_sentence_are_one_item():
    rows, runs, scores = folder(PLAIN, LOSSES)
    length = 8
    for each in scores.values():
        each["sentences"] = np.full(TEXTS // length, length)
    found = answer(rows, runs, scores, seconds=60.0, tuned=True)
    assert f"on {TEXTS // length} test sentences over 12 seeds" in found.answer
    right = {
        arm: np.stack([scores[f"{arm}-{seed}"]["accuracy"] for seed in range(SEEDS)])
        for arm in ("tuned", "frozen")
    }
    means = {arm: own.reshape(SEEDS, -1, length).mean(axis=2) for arm, own in right.items()}
    level = crossed_mean(means["tuned"])
    assert f"accuracy {formatting.interval(level)} on" in found.answer
    assert found.difference == pytest.approx((means["tuned"] - means["frozen"]).mean())


def test_the_folds_of_a_cross_validation_choose_where_no_text_was_held_out():
    rows, runs, scores = folder(PLAIN, LOSSES)
    tested = [row for row in rows if row["split"] == "test"]
    losses = {"random": 0.1, "frozen": 0.2, "tuned": 0.3}
    folds = {digest: losses.get(digest.split("-")[0], 0.0) for digest in runs}
    found = answer(tested, runs, scores, seconds=0.0, tuned=True, folds=folds)
    assert found.best["regime"] == "random"
    level = np.mean([scores[f"random-{seed}"]["accuracy"] for seed in range(SEEDS)])
    said = f"Cross-validation chooses random (mean): accuracy {formatting.number(level)} ["
    assert found.answer.startswith(said)


def test_nothing_is_sure_of_arms_that_were_not_tuned():
    found = answer(*folder(PLAIN, LOSSES), seconds=0.0, tuned=False)
    assert found.low > 0
    assert not found.sure
    assert "These arms were not tuned" in found.answer


def test_what_the_test_texts_cannot_show_is_said_with_what_they_could_have():
    rows, runs, scores = folder(PLAIN | {"tuned": 0.705}, LOSSES)
    found = answer(rows, runs, scores, seconds=0.0, tuned=True)
    assert not found.sure
    assert found.low < 0 < found.high
    assert "frozen (mean): no difference that these data can show" in found.answer
    assert "would have been seen" in found.answer


def test_validation_chooses_even_where_the_test_texts_say_otherwise():
    rows, runs, scores = folder(PLAIN, LOSSES | {"random": 0.1})
    found = answer(rows, runs, scores, seconds=0.0, tuned=True)
    assert found.best["regime"] == "random"
    assert not found.sure
    assert found.difference < 0
    assert "On the test texts the chosen arm is" in found.answer
    assert "below tuned (mean)." in found.answer


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.5, "which is .3"),
        (0.8, "no difference that these data can show"),
        (0.95, "no arm is needed to do so well"),
    ],
)
def test_the_best_baseline_is_compared(share, words):
    baselines = {"baseline: tf-idf": share, "baseline: majority": 0.3}
    losses = LOSSES | {"baseline: tf-idf": 0.35, "baseline: majority": 0.7}
    found = answer(*folder(PLAIN | baselines, losses), seconds=0.0, tuned=True)
    assert "The baseline that validation chooses, tf-idf, has" in found.answer
    assert words in found.answer


def test_a_frozen_arm_below_its_optimum_is_a_warning():
    losses = LOSSES | {"baseline: mean-vectors": 0.6}
    for share, warned in ((0.9, True), (0.7, False)):
        arms = PLAIN | {"baseline: mean-vectors": share}
        found = answer(*folder(arms, losses), seconds=0.0, tuned=True)
        assert ("so it was not trained to its end" in found.answer) == warned


def test_one_arm_alone_and_no_scores():
    rows, runs, scores = folder({"tuned": 0.8}, LOSSES)
    found = answer(rows, runs, scores, seconds=0.0, tuned=True)
    assert (found.difference, found.sure) == (None, False)
    assert answer(rows, runs, {}, seconds=0.0, tuned=True) is None


def test_what_two_texts_cannot_show_is_no_number_beyond_all_or_nothing():
    rows, runs, scores = folder({"random": 0.5, "frozen": 0.5}, LOSSES)
    for digest in [*runs]:
        if digest.endswith("-0"):
            scores[digest]["accuracy"] = np.array([digest.startswith("frozen"), False])
        else:
            del runs[digest]
    found = answer(
        [row for row in rows if row["digest"] in runs], runs, scores, seconds=0.0, tuned=True
    )
    assert (found.difference, found.low, found.high) == (0.5, -1.0, 1.0)
    assert "none could have been seen" in found.answer
    assert not found.sure


def test_arms_that_differ_in_other_settings_are_no_single_comparison():
    rows, runs, scores = folder(PLAIN, LOSSES)
    for number, run in enumerate(runs.values()):
        run["spec"] |= {"train_texts": 100 * (1 + number % 2)}
    assert answer(rows, runs, scores, seconds=0.0, tuned=True) is None


def test_the_interval_of_a_share_holds_shares_only():
    rows, runs, scores = folder({"tuned": 0.95}, LOSSES)
    few = {digest: {"accuracy": each["accuracy"][:4]} for digest, each in scores.items()}
    said = answer(rows, runs, few, seconds=0.0, tuned=True).answer
    low, high = re.search(r"\[(−?[.\d]+), (−?[.\d]+)\]", said).groups()
    assert float(low.replace("−", "-")) >= 0
    assert float(high) <= 1
