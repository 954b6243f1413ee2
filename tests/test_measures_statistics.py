"""Correlations, intervals and tests against scipy, textbook values and simulation."""

from math import isnan

import numpy as np
import pytest
from scipy import stats

from embexp.errors import InputError
from embexp.measures import statistics as s

rng = np.random.default_rng(7)


@pytest.mark.parametrize(
    "draw", [lambda n: rng.normal(size=n), lambda n: rng.integers(0, 5, size=n).astype(float)]
)
@pytest.mark.parametrize("n", [2, 3, 50, 999])
def test_spearman_equals_scipy_with_and_without_ties(draw, n):
    x, y = draw(n), draw(n)
    x[0], x[1], y[0], y[1] = 0, 1, 1, 0  # neither side is constant
    assert s.spearman(x, y) == pytest.approx(stats.spearmanr(x, y).statistic, abs=1e-12)
    assert np.array_equal(s.ranks(x) + 1, stats.rankdata(x))


def test_spearman_edges():
    assert isnan(s.spearman(np.zeros(5), np.arange(5.0)))
    assert isnan(s.spearman(np.zeros(0), np.zeros(0)))
    assert s.spearman(np.arange(9.0), np.arange(9.0) ** 3) == 1
    with pytest.raises(InputError, match="NaN"):
        s.spearman(np.array([1, np.nan]), np.zeros(2))


def test_fisher_interval_by_hand_and_at_its_edges():
    low, high = s.fisher_interval(0.5, 103)
    reach = 1.959964 * np.sqrt(1.125 / 100)
    assert (np.arctanh(low), np.arctanh(high)) == pytest.approx(
        (np.arctanh(0.5) - reach, np.arctanh(0.5) + reach), abs=1e-6
    )
    assert s.fisher_interval(1.0, 10) == (1, 1)
    assert all(map(isnan, s.fisher_interval(0.2, 3)))


def test_fisher_interval_covers_the_truth_as_often_as_it_says():
    truth = 6 / np.pi * np.arcsin(0.6 / 2)  # Spearman's rho of a bivariate normal with r = .6
    hits = 0
    for _ in range(400):
        x, noise = rng.normal(size=(2, 80))
        low, high = s.fisher_interval(s.spearman(x, 0.6 * x + 0.8 * noise), 80)
        hits += low <= truth <= high
    assert 0.92 <= hits / 400 <= 0.98  # 95 % ± 2.8 standard errors


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (10, 10), (3, 17), (870, 1000)])
def test_wilson_equals_scipy(successes, n):
    expected = stats.binomtest(successes, n).proportion_ci(method="wilson")
    assert s.wilson(successes / n, n) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_mean_interval_equals_scipy_and_needs_two_values():
    values = rng.normal(size=5)
    expected = stats.t.interval(0.95, 4, loc=values.mean(), scale=stats.sem(values))
    assert s.mean_interval(values) == pytest.approx((values.mean(), *expected))
    assert s.mean_interval([3.0])[0] == 3
    assert np.isnan(s.mean_interval([3.0])[1:]).all()
    assert np.isnan(s.mean_interval([])).all()


def test_paired_difference_equals_scipy():
    a, b = rng.normal(size=(2, 6))
    expected = stats.ttest_rel(a, b)
    interval = expected.confidence_interval()
    difference = s.paired_difference(a, b)
    assert difference[:4] == pytest.approx(
        ((a - b).mean(), interval.low, interval.high, expected.pvalue)
    )
    assert difference.effect == pytest.approx(expected.statistic / np.sqrt(6))
    assert difference.n == 6


def test_paired_difference_without_spread_has_no_test():
    assert s.paired_difference([0.3] * 5, [0.3] * 5) == (0, 0, 0, 1, 0, 5)
    exact = s.paired_difference([0.4, 0.5, 0.7], [0.3, 0.4, 0.6])  # 0.1 each up to rounding
    assert exact.mean == pytest.approx(0.1)
    assert isnan(exact.p)
    assert isnan(exact.effect)
    assert isnan(s.paired_difference([1.0], [2.0]).p)
    with pytest.raises(InputError, match="2 against 3"):
        s.paired_difference([1.0, 2.0], [1.0, 2.0, 3.0])


def test_holm_by_hand_and_with_tests_that_were_not_made():
    assert s.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert s.holm([0.9, 0.8]) == [1, 1]
    adjusted = s.holm([0.02, float("nan"), 0.01])
    assert isnan(adjusted[1])
    assert [adjusted[0], adjusted[2]] == pytest.approx([0.02, 0.02])
    assert s.holm([]) == []
