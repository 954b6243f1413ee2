"""Simultaneous intervals against Dunnett's tables, scipy and simulation."""

from math import inf

import numpy as np
import pytest
from scipy import stats

from embexp.errors import InputError
from embexp.measures import simultaneous
from embexp.measures.simultaneous import (
    difference_correlation,
    max_t_quantiles,
    simultaneous_differences,
)
from embexp.measures.variance import crossed_difference

rng = np.random.default_rng(4)


def even(comparisons, correlation):
    return np.full((comparisons, comparisons), correlation) + np.eye(comparisons) * (
        1 - correlation
    )


@pytest.mark.parametrize(
    ("comparisons", "df", "expected"),
    [(2, 5, 3.03), (3, 10, 2.76), (9, 20, 2.95), (3, 60, 2.41), (5, inf, 2.51)],
)
def test_quantiles_are_those_of_dunnetts_table(comparisons, df, expected):
    """Dunnett 1964, Biometrics 20: two-sided, 95 %, correlation ½."""
    found = max_t_quantiles(even(comparisons, 0.5), np.full(comparisons, float(df)))
    assert found == pytest.approx(np.full(comparisons, expected), abs=0.02)


def test_quantiles_of_an_uneven_correlation_equal_scipy():
    loads = np.array([0.9, 0.3, 0.6])
    correlation = np.outer(loads, loads)
    np.fill_diagonal(correlation, 1)
    found = max_t_quantiles(correlation, np.array([6.0, 6.0, 40.0]))
    for reach, df in zip(found, (6, 6, 40), strict=True):
        joint = stats.multivariate_t(shape=correlation, df=df, seed=1)
        inside = joint.cdf(np.full(3, reach), lower_limit=np.full(3, -reach))
        assert inside == pytest.approx(0.95, abs=0.003)


def test_one_comparison_and_equal_ones_have_the_plain_quantile():
    plain = stats.t.ppf(0.975, 7)
    assert max_t_quantiles(np.ones((1, 1)), np.array([7.0])) == pytest.approx(plain)
    assert max_t_quantiles(np.ones((4, 4)), np.full(4, 7.0)) == pytest.approx(plain, abs=0.02)


def test_independent_comparisons_have_sidaks_quantile():
    found = max_t_quantiles(np.eye(6), np.full(6, inf))
    assert found == pytest.approx(stats.norm.ppf((1 + 0.95 ** (1 / 6)) / 2), abs=0.015)


def test_what_is_no_correlation_is_refused():
    for matrix, df in (
        (2 * np.eye(2), 2),
        (even(3, -0.9), 3),
        (np.eye(3), 2),
    ):
        with pytest.raises(InputError, match="correlation"):
            max_t_quantiles(matrix, np.full(df, 5.0))


def arms(count, replicates=6, items=40, own=1.0, seed=1):
    draw = np.random.default_rng(seed).normal
    shared = draw(size=(1, items)) * 2
    return [
        shared
        + own * draw(size=(replicates, 1)) / 3
        + own * draw(size=(1, items))
        + own * draw(size=(replicates, items))
        for _ in range(count)
    ]


def test_intervals_are_wider_than_plain_ones_and_narrower_than_bonferronis():
    chosen, *others = arms(5)
    found = simultaneous_differences(chosen, others)
    for each, other in zip(found, others, strict=True):
        plain = crossed_difference(other, chosen)
        reach = (each.high - each.mean) / each.error
        bonferroni = stats.t.ppf(1 - 0.025 / 4, plain.df)
        assert stats.t.ppf(0.975, plain.df) * 1.05 < reach < bonferroni
        assert each._replace(low=0.0, high=0.0) == plain._replace(low=0.0, high=0.0)
        assert each.mean - each.low == pytest.approx(each.high - each.mean)


def test_one_arm_has_the_plain_interval_and_equal_arms_do_not_count():
    chosen, other = arms(2)
    plain = crossed_difference(other, chosen)
    assert simultaneous_differences(chosen, [other]) == [plain]
    assert simultaneous_differences(chosen, []) == []
    found = simultaneous_differences(chosen, [chosen, other, chosen + 1])
    assert found[1] == plain
    assert [each.error for each in found[::2]] == [0, 0]


def test_arms_with_equal_variance_share_half_of_the_difference():
    """Var(a − c) = Var(b − c) = 2σ², Cov = σ²."""
    chosen, *others = arms(4, 60, 60)
    found = difference_correlation(chosen, others)
    assert found[np.triu_indices(3, 1)] == pytest.approx(np.full(3, 0.5), abs=0.25)
    assert np.diag(found) == pytest.approx(np.ones(3))


@pytest.mark.parametrize("shape", [(1, 30), (30, 1)])
def test_with_one_replicate_or_item_it_is_the_correlation_of_the_other_side(shape):
    chosen, *others = rng.normal(size=(4, *shape))
    expected = np.corrcoef([(other - chosen).ravel() for other in others])
    assert difference_correlation(chosen, others) == pytest.approx(expected)


def test_a_diagonal_has_the_variance_of_each_difference():
    """Where items vary more than the residual, the combination is that of `variance`."""
    chosen, *others = arms(3, own=1.0)
    first, second = (crossed_difference(other, chosen).error ** 2 for other in others)
    apart = crossed_difference(others[0], others[1]).error ** 2
    expected = (first + second - apart) / (2 * np.sqrt(first * second))
    assert difference_correlation(chosen, others)[0, 1] == pytest.approx(expected, abs=1e-9)


@pytest.mark.slow
def test_all_intervals_hold_the_truth_together(monkeypatch):
    monkeypatch.setattr(simultaneous, "DRAWS", 10_000)  # enough for .002 of a coverage
    hits = plain = 0
    for seed in range(400):
        chosen, *others = arms(5, seed=seed)
        found = simultaneous_differences(chosen, others)
        hits += all(each.low <= 0 <= each.high for each in found)
        alone = [crossed_difference(other, chosen) for other in others]
        plain += all(each.low <= 0 <= each.high for each in alone)
    assert 0.92 <= hits / 400 <= 0.985  # 95 % ± 3 standard errors
    assert plain / 400 < 0.91


def test_few_replicates_of_many_arms_still_have_a_correlation():
    """Two dimensions of replicates and seven comparisons: the rest must not be negative."""
    for seed in range(20):
        chosen, *others = np.random.default_rng(seed).normal(size=(8, 3, 9))
        found = difference_correlation(chosen, others)
        assert np.linalg.eigvalsh(found).min() > -1e-9
