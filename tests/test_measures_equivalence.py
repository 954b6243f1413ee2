"""Sign flips, equivalence and power against scipy, by hand and by simulation."""

from math import inf, isnan, nan

import numpy as np
import pytest
from hypothesis import given, strategies as st
from scipy import stats

from embexp.errors import InputError
from embexp.measures.equivalence import (
    EXACT,
    FLIPS,
    detectable_difference,
    equivalence,
    sign_flip_p,
)

rng = np.random.default_rng(9)


@pytest.mark.parametrize("pairs", [2, 5, 9, 12])
@pytest.mark.parametrize("shift", [0.0, 0.8])
def test_sign_flips_equal_scipy(pairs, shift):
    differences = rng.normal(size=pairs) + shift
    expected = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_p(differences) == pytest.approx(expected.pvalue, abs=1e-12)


def test_sign_flips_by_hand():
    assert sign_flip_p(np.array([1.0, 2.0, 4.0])) == 2 / 8
    assert sign_flip_p(np.array([1.0, 1.0, -1.0])) == 1  # every sum is at least as far as 1
    # of .7 (two flips) and .5 (four), which are equal up to rounding
    assert sign_flip_p(np.array([0.3, 0.1, 0.2, -0.1])) == 6 / 16
    assert sign_flip_p(np.array([1.0])) == 1
    assert sign_flip_p(np.zeros(4)) == 1
    assert isnan(sign_flip_p(np.zeros(0)))
    with pytest.raises(InputError, match="NaN"):
        sign_flip_p(np.array([1, nan]))


def test_many_pairs_draw_flips_by_a_fixed_seed():
    differences = rng.normal(size=EXACT + 4) + 0.5
    p = sign_flip_p(differences)
    assert p == sign_flip_p(differences)
    assert p == pytest.approx(stats.ttest_1samp(differences, 0).pvalue, rel=0.3)
    assert sign_flip_p(np.ones(40)) == 1 / (1 + FLIPS)


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_sign_flips_do_not_depend_on_order_side_or_unit(values, random):
    p = sign_flip_p(np.array(values, float))
    assert 2 / 2 ** len(values) <= p <= 1
    random.shuffle(values)
    assert sign_flip_p(-0.1 * np.array(values)) == p


def test_equivalence_is_the_larger_of_two_one_sided_tests():
    values = rng.normal(size=10) * 0.01 + 0.004
    error = float(stats.sem(values))
    below = stats.ttest_1samp(values, 0.015, alternative="less").pvalue
    above = stats.ttest_1samp(values, -0.015, alternative="greater").pvalue
    found = equivalence(float(values.mean()), error, 9.0, 0.015)
    assert found.p == pytest.approx(max(below, above))
    mirrored = equivalence(-float(values.mean()), error, 9.0, 0.015)
    assert mirrored.p == pytest.approx(found.p)


@pytest.mark.parametrize(
    ("mean", "error", "verdict"),
    [
        (0.0, 0.1, "equivalent"),
        (0.0, 0.7, "inconclusive"),
        (0.9, 0.1, "inconclusive"),
        (1.2, 0.1, "inconclusive"),
        (-1.3, 0.1, "beyond the margin"),
        (0.0, 0.0, "not tested"),
        (0.5, nan, "not tested"),
    ],
)
def test_verdicts_of_equivalence(mean, error, verdict):
    """With 9 degrees of freedom one side reaches 1.833 errors, both sides 2.262."""
    assert equivalence(mean, error, 9.0, 1.0).verdict == verdict


def test_the_verdict_is_that_of_the_interval_at_twice_the_level():
    for error in np.linspace(0.05, 0.6, 50):
        inside = 0.2 + stats.t.ppf(0.95, 6.5) * error < 0.8
        assert (equivalence(0.2, float(error), 6.5, 0.8).verdict == "equivalent") == inside


@pytest.mark.parametrize("margin", [0.0, -1.0, nan, inf])
def test_a_margin_is_a_positive_number(margin):
    with pytest.raises(InputError, match="positive"):
        equivalence(0.0, 1.0, 3.0, margin)


@pytest.mark.parametrize("df", [1.0, 4.0, 11.5, 300.0, inf])
@pytest.mark.parametrize("power", [0.5, 0.8, 0.95])
def test_the_detectable_difference_has_the_power(df, power):
    shift = detectable_difference(0.5, df, power) / 0.5
    reach = stats.t.ppf(0.975, df)
    found = stats.norm.sf(reach - shift) if df == inf else stats.nct.sf(reach, df, shift)
    assert found == pytest.approx(power, abs=1e-5)


def test_the_detectable_difference_is_found_as_often_as_it_says():
    true = detectable_difference(1 / np.sqrt(8), 7.0)
    found = stats.ttest_1samp(rng.normal(size=(4000, 8)) + true, 0, axis=1).pvalue < 0.05
    assert found.mean() == pytest.approx(0.8, abs=0.025)  # 4 standard errors
    assert isnan(detectable_difference(0.0, nan))
    with pytest.raises(InputError, match="power is 1"):
        detectable_difference(1.0, 3.0, 1.0)
