"""F1 and calibration against scikit-learn and plain loops."""

import numpy as np
import pytest
from sklearn.metrics import f1_score

from embexp.measures import task
from embexp.measures.tagging import span_f1


def draw(
    rng: np.random.Generator, classes: int = 3, texts: int = 300
) -> tuple[np.ndarray, np.ndarray]:
    labels = rng.choice(classes, size=texts, p=np.arange(1, classes + 1) / sum(range(classes + 1)))
    return rng.normal(size=(texts, classes)) + 1.5 * np.eye(classes)[labels], labels


def test_macro_f1_equals_scikit_learn():
    rng = np.random.default_rng(0)
    logits, labels = draw(rng)
    value = task.macro_f1(logits, labels)
    assert value.value == pytest.approx(f1_score(labels, logits.argmax(axis=1), average="macro"))
    constant = np.tile([0.0, 0, 1], (300, 1))
    assert value.chance == pytest.approx(
        f1_score(labels, constant.argmax(axis=1), average="macro", zero_division=0)
    )
    values = [task.macro_f1(*draw(rng)) for _ in range(100)]
    assert np.mean([(v.high - v.low) / 3.92 for v in values]) == pytest.approx(
        np.std([v.value for v in values]), rel=0.25
    )


def test_each_kind_of_head_has_its_measures():
    rng = np.random.default_rng(2)
    logits, labels = draw(rng)
    every = ["accuracy", "nll", "macro_f1", "calibration_error"]
    ranked = ["mcc", "auroc", "average_precision"]
    found = dict(task.task_measures(logits, labels))
    assert list(found) == [*every, *ranked]
    assert found["macro_f1"] == task.macro_f1(logits, labels)
    two = np.stack([logits, rng.normal(size=logits.shape)], axis=1)
    both = dict(task.task_measures(two, labels))
    assert list(both) == [*every, *ranked, "auxiliary_accuracy"]
    assert both["calibration_error"] == found["calibration_error"]
    assert both["auxiliary_accuracy"] == task.accuracy(two[:, 1], labels)
    classes, offsets = ("O", "B-x", "I-x"), np.array([0, 100, 250, 300])
    tags = dict(task.task_measures(logits, labels, classes, offsets))
    assert list(tags) == [*every, "span_f1"]
    right, predicted = (
        [[classes[tag] for tag in part] for part in np.split(each, [100, 250])]
        for each in (labels, logits.argmax(axis=1))
    )
    assert tags["span_f1"] == span_f1(right, predicted)
    names = list(task.task_measures(logits, labels, ("noun", "verb", "other"), offsets))
    assert len(names) == 4


def test_a_class_that_is_neither_there_nor_predicted_is_left_out():
    logits = np.array([[2.0, 1, 0], [0, 1, 0]])
    assert task.macro_f1(logits, np.array([0, 1])).value == 1
    assert task.macro_f1(logits[:0], np.zeros(0, int)).n == 0


def test_calibration_error_equals_a_loop_over_bins():
    rng = np.random.default_rng(1)
    logits, labels = draw(rng)
    exps = np.exp(logits)
    probabilities = exps / exps.sum(axis=1, keepdims=True)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    expected = 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        if inside.any():
            expected += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    value = task.calibration_error(logits, labels)
    assert value.value == pytest.approx(expected)
    assert value.low < value.value < value.high
    sure = task.calibration_error(np.array([[50.0, 0], [50, 0]]), np.array([0, 1]))
    assert sure.value == pytest.approx(0.5)
    assert task.calibration_error(logits[:0], labels[:0]).n == 0
