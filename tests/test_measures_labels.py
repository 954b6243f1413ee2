"""Measures of numbers, sets of classes and rankings against scikit-learn and SciPy."""

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics

from embexp.measures.multi_label import multi_label_measures, multi_label_scores
from embexp.measures.ranking import auroc, average_precision, ranking_measures
from embexp.measures.regression import pearson_influence, regression_measures, regression_scores
from embexp.measures.task import task_measures, task_scores

RNG = np.random.default_rng(0)
LABELS = RNG.choice(3, size=200, p=[0.7, 0.2, 0.1])
LOGITS = RNG.normal(size=(200, 3)) + np.eye(3)[LABELS]
NUMBERS = RNG.normal(size=150).round(1)  # with ties
GUESSES = (NUMBERS + RNG.normal(size=150))[:, None].round(1)
SETS = RNG.random((120, 4)) < [0.5, 0.2, 0.1, 0.0]
SET_LOGITS = RNG.normal(size=(120, 4)) + 2.0 * SETS - 1


def close(found, expected):
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-12)


def test_measures_of_classes_equal_scikit_learn():
    found = dict(task_measures(LOGITS, LABELS))
    close(found["mcc"].value, metrics.matthews_corrcoef(LABELS, LOGITS.argmax(axis=1)))
    shares = np.exp(LOGITS) / np.exp(LOGITS).sum(axis=1, keepdims=True)
    close(found["auroc"].value, metrics.roc_auc_score(LABELS, shares, multi_class="ovr"))
    precision = metrics.average_precision_score(np.eye(3)[LABELS], shares)
    close(found["average_precision"].value, precision)
    binary = dict(task_measures(LOGITS[:, :2], LABELS.clip(max=1)))
    margin = LOGITS[:, 1] - LOGITS[:, 0]
    close(binary["auroc"].value, metrics.roc_auc_score(LABELS.clip(max=1), margin))


def test_the_interval_of_auroc_is_as_wide_as_it_varies():
    def one(rng):
        positive = rng.random(150) < 0.3
        scores = (rng.normal(size=150) + positive).round(1)
        value, influence = auroc(scores, positive)
        close(value, metrics.roc_auc_score(positive, scores))
        close(influence.sum(), 0)
        return value, np.linalg.norm(influence)

    values, errors = zip(*map(one, map(np.random.default_rng, range(300))), strict=True)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_measures_of_numbers_equal_scipy_and_scikit_learn():
    found = dict(regression_measures(GUESSES, NUMBERS))
    close(found["pearson"].value, stats.pearsonr(GUESSES[:, 0], NUMBERS)[0])
    close(found["spearman"].value, stats.spearmanr(GUESSES[:, 0], NUMBERS)[0])
    close(found["squared_error"].value, metrics.mean_squared_error(NUMBERS, GUESSES[:, 0]))
    close(found["absolute_error"].value, metrics.mean_absolute_error(NUMBERS, GUESSES[:, 0]))
    guess = np.full(150, np.median(NUMBERS))
    close(found["absolute_error"].chance, metrics.mean_absolute_error(NUMBERS, guess))


def test_an_item_s_influence_is_what_leaving_it_out_changes():
    r, influence = pearson_influence(GUESSES[:, 0], NUMBERS)
    left_out = [
        r - stats.pearsonr(np.delete(GUESSES[:, 0], i), np.delete(NUMBERS, i))[0]
        for i in range(150)
    ]
    assert np.corrcoef(influence, left_out)[0, 1] > 0.99
    assert np.linalg.norm(influence) == pytest.approx(np.linalg.norm(left_out), rel=0.05)


def test_measures_of_sets_equal_scikit_learn():
    found = dict(multi_label_measures(SET_LOGITS, SETS))
    guess = SET_LOGITS >= 0
    guess[:, 3] = False
    logits = np.where(np.arange(4) == 3, -1.0, SET_LOGITS)
    without = dict(multi_label_measures(logits, SETS))
    macro = metrics.f1_score(SETS, guess, average="macro", zero_division=np.nan)
    close(without["macro_f1"].value, macro)
    close(without["micro_f1"].value, metrics.f1_score(SETS, guess, average="micro"))
    close(without["accuracy"].value, metrics.accuracy_score(SETS, guess))
    there = slice(0, 3)
    close(found["auroc"].value, metrics.roc_auc_score(SETS[:, there], SET_LOGITS[:, there]))
    precision = metrics.average_precision_score(SETS[:, there], SET_LOGITS[:, there])
    close(found["average_precision"].value, precision)
    shares = 1 / (1 + np.exp(-SET_LOGITS))
    loss = [metrics.log_loss(SETS[:, c], shares[:, c], labels=[0, 1]) for c in range(4)]
    close(found["nll"].value, sum(loss))


@pytest.mark.parametrize(
    ("scores", "measures"),
    [
        (regression_scores(GUESSES, NUMBERS), regression_measures(GUESSES, NUMBERS)),
        (multi_label_scores(SET_LOGITS, SETS), multi_label_measures(SET_LOGITS, SETS)),
        (task_scores(LOGITS, LABELS), task_measures(LOGITS, LABELS)),
    ],
    ids=["numbers", "sets", "classes"],
)
def test_the_mean_of_scores_is_the_measure(scores, measures):
    values = dict(measures)
    found = dict(scores)
    assert set(found) <= set(values)
    for name, each in found.items():
        close(each.mean(), values[name].value)


def test_imbalanced_classes_have_scores_of_their_macro_f1_and_balanced_ones_none():
    assert "macro_f1" in dict(task_scores(LOGITS, LABELS))
    balanced = np.arange(200) % 3
    assert "macro_f1" not in dict(task_scores(LOGITS, balanced))


def test_what_does_not_vary_has_no_correlation_and_no_ranking():
    constant = dict(regression_measures(np.ones((5, 1)), np.arange(5.0)))
    assert np.isnan(constant["pearson"].value)
    assert np.isnan(constant["spearman"].value)
    assert constant["squared_error"].value == 3
    assert list(dict(regression_scores(np.ones((5, 1)), np.arange(5.0)))) == ["squared_error"]
    one_class = dict(task_measures(LOGITS[:4], np.zeros(4, int)))
    assert np.isnan(one_class["auroc"].value)
    assert one_class["mcc"].value == 0
    ties = dict(ranking_measures(np.zeros((6, 1)), np.array([[1, 0, 0, 1, 0, 0]], bool).T))
    assert (ties["auroc"].value, ties["average_precision"].value) == (0.5, pytest.approx(1 / 3))
    none = dict(multi_label_measures(-np.ones((3, 2)), np.zeros((3, 2), bool)))
    assert none["accuracy"].value == 1
    assert np.isnan(none["macro_f1"].value)
    left = dict(multi_label_scores(-np.ones((3, 2)), np.zeros((3, 2), bool)))
    assert list(left) == ["accuracy", "nll"]
    assert average_precision(np.array([2.0, 1.0]), np.array([True, False]))[0] == 1
