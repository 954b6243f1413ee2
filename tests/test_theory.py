"""What can be derived of a table under a mean of vectors and a linear head holds in the
project's own training program."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import theory
import theory_checks
import theory_runs
from scipy import stats

from embexp.runner import RunResult, init
from embexp.synthetic import make_world

CONDITIONS = tuple(theory_runs.conditions("sgd"))
SEEDS = range(len(CONDITIONS))
"""As many runs in every test of an optimiser, so that they share one compilation."""
pytestmark = pytest.mark.slow  # whichever comes first compiles


def outside(change: np.ndarray, span: np.ndarray) -> float:
    """The share of ‖ΔE‖² outside the span of some columns."""
    basis = np.linalg.qr(span)[0]
    return float(((change - change @ basis @ basis.T) ** 2).sum() / (change**2).sum())


@pytest.mark.parametrize(
    ("optimiser", "classes"),
    [
        ("sgd", 2),
        ("momentum", 3),
        *(pytest.param("sgd", classes, marks=pytest.mark.long) for classes in (3, 5)),
    ],
)
def test_without_division_the_rank_is_classes_minus_one_exactly_where_it_is_derived(
    optimiser, classes
):
    runs = {name: each for name, (each,) in theory_runs.spectra(optimiser, classes, 1).items()}
    for name, run in runs.items():
        assert run.spectrum[classes - 2] > 0.1, "the rank is not less"
        if theory_runs.conditions(optimiser)[name].sgd:
            assert run.spectrum[classes - 1] < run.rounding < 1e-5, name
        else:
            assert run.spectrum[classes - 1] > 100 * run.rounding, name
    for name in ("head frozen", "head trained, table from 0"):
        head = runs[name].head.astype(float)
        assert outside(runs[name].change, head[:, 1:] - head[:, :1]) < 1e-11, (
            "the span of the head's differences at the start"
        )
    assert outside(runs["head trained"].change, head[:, 1:] - head[:, :1]) > 1e-4
    left = (runs["head trained"].spectrum[classes - 1 :] ** 2).sum()
    assert left < 1e-5, "approximate, and near"


def test_adam_s_change_of_two_classes_lies_along_the_sign_of_the_head_s_difference():
    runs = {name: each for name, (each,) in theory_runs.spectra("adam", 2, 1).items()}
    frozen = runs["head frozen"]
    assert frozen.spectrum[1] < 0.01
    assert outside(frozen.change, np.sign(theory_checks.difference(frozen))[:, None]) < 1e-4
    assert outside(frozen.change, theory_checks.difference(frozen)[:, None]) > 0.1
    assert (runs["head trained"].spectrum[1:] ** 2).sum() > 1e-5


def test_adam_s_change_of_more_classes_has_no_low_rank():
    (frozen,) = theory_runs.spectra("adam", 3, 1)["head frozen"]
    assert frozen.spectrum[2] > 0.1


def test_one_step_of_sgd_is_the_formula():
    specs = [theory_runs.spec_of("sgd", seed) for seed in SEEDS]
    group = theory_runs.group_of(specs)
    ids, labels = group.task.train.ids, group.task.train.labels
    for spec, run in zip(specs, theory_runs.trained(specs, stop=1), strict=True):
        drawn = np.asarray(init(group, RunResult(spec)).inputs.text_indices[0])
        expected = np.zeros(run.start.shape)
        for text in drawn:
            words = text_of(ids, text)
            logits = run.start[words].mean(axis=0) @ run.head
            wrong = np.exp(logits) / np.exp(logits).sum() - np.eye(2)[labels[text]]
            for word in words:
                expected[word] -= spec.table_rate * (run.head @ wrong) / len(words) / len(drawn)
        np.testing.assert_allclose(run.change, expected, rtol=1e-4, atol=1e-6)
        np.testing.assert_array_equal(
            run.updates,
            np.isin(np.arange(len(run.start)), np.concatenate([text_of(ids, i) for i in drawn])),
        )


def text_of(ids: object, text: int) -> np.ndarray:
    return ids.flat[ids.offsets[text] : ids.offsets[text + 1]]


@pytest.mark.parametrize("optimiser", theory_runs.RATES)
def test_a_word_s_coordinate_follows_its_log_odds_in_the_texts_that_were_trained_on(optimiser):
    specs = [
        theory_runs.spec_of(optimiser, seed, regime="random-labels" if seed % 2 else "random")
        for seed in SEEDS
    ]
    group = theory_runs.group_of(specs)
    task = group.task
    for spec, run in zip(
        specs, theory_runs.trained(specs, stop=group.schedule.epoch_ends[0]), strict=True
    ):
        coordinate, seen = run.change @ theory_checks.direction(run), run.updates >= 5
        seen_odds, true = (log_odds(task, labels) for labels in (run.labels, task.train.labels))
        assert stats.spearmanr(coordinate[seen], seen_odds[seen]).statistic > (
            0.8 if spec.regime == "random" else 0.3
        )
        assert (seen_odds == true).all() == (spec.regime == "random")
        if spec.regime == "random-labels":
            assert abs(stats.spearmanr(coordinate[seen], true[seen]).statistic) < 0.2


def log_odds(task: object, labels: np.ndarray) -> np.ndarray:
    """By a plain count."""
    counts = [Counter(), Counter()]
    for text, label in enumerate(labels):
        counts[label].update(set(text_of(task.train.ids, text).tolist()))
    words = range(len(task.vocabulary))
    return np.array([np.log((counts[1][word] + 1) / (counts[0][word] + 1)) for word in words])


@pytest.mark.parametrize("optimiser", theory_runs.RATES)
def test_a_frozen_table_stays_bit_for_bit(optimiser):
    for run in theory_runs.trained(
        [theory_runs.spec_of(optimiser, seed, table_rate=0.0, weight_decay=0.1) for seed in SEEDS]
    ):
        assert run.start.tobytes() == run.end.tobytes()
        assert (run.updates > 0).sum() > 400


@pytest.mark.parametrize("optimiser", theory_runs.RATES)
def test_rows_without_an_update_stay_bit_for_bit_and_all_others_move(optimiser):
    for run in theory_runs.trained(
        [theory_runs.spec_of(optimiser, seed, weight_decay=0.01) for seed in SEEDS], stop=3
    ):
        changed = (run.start.view(np.uint32) != run.end.view(np.uint32)).any(axis=1)
        np.testing.assert_array_equal(changed, run.updates > 0)
        assert 10 < (~changed).sum() < 100


def test_texts_are_labelled_with_the_topic_of_most_words(tmp_path):
    made = make_world(f"{theory_runs.WORLD},topics=3")
    lines = (Path(theory_runs.by_topic(tmp_path, 3)) / "train.csv").read_text().splitlines()
    assert lines[0] == "text,label"
    assert len(lines) == 1601
    topic = dict(zip(made.words, made.topic, strict=True))
    for line in lines[1:100]:
        text, _, label = line.rpartition(",")
        counts = Counter(int(topic[word]) for word in text.split() if topic[word] >= 0)
        assert counts[int(label.removeprefix("topic "))] == max(counts.values())


def test_numbers_are_written_as_they_are():
    assert theory_checks.log_mean([1e-4, 1e-6]).startswith("1.0e-05 [")
    assert theory_checks.log_mean([0.02]) == "2.0e-02"
    assert theory.paragraphs(
        "First.\n\nA\nb.\n\n- One\n  more.\n- Two.\n\npython scripts/x.py\n"
    ) == ["A b.", "One more.", "Two."]
