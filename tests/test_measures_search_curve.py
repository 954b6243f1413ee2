"""The expected best of k trials is the mean over all subsets of k, by brute force."""

from itertools import combinations, pairwise
from math import inf, nan
from statistics import mean

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.measures.search_curve import expected_best

LOSSES = st.lists(st.floats(0, 10), min_size=1, max_size=8)


@given(LOSSES)
def test_it_is_the_mean_of_the_least_over_all_subsets(losses):
    found = expected_best(losses)
    assert len(found) == len(losses)
    for k, value in enumerate(found, 1):
        assert value == pytest.approx(mean(map(min, combinations(losses, k))), abs=1e-12)


@given(LOSSES)
def test_it_falls_from_the_mean_to_the_least(losses):
    found = expected_best(losses)
    assert found[0] == pytest.approx(mean(losses))
    assert found[-1] == min(losses)
    assert all(later <= earlier + 1e-12 for earlier, later in pairwise(found))


def test_it_is_unbiased_where_drawing_with_replacement_is_not():
    """The least of k uniform numbers has the mean 1 / (k + 1); 4,000 searches of 6 trials."""
    draws = np.random.default_rng(0).random((4_000, 6))
    curves = np.array([expected_best(row) for row in draws.tolist()])
    error = curves.std(axis=0) / np.sqrt(len(curves))
    for k in range(1, 7):
        assert curves[:, k - 1].mean() == pytest.approx(1 / (k + 1), abs=4 * error[k - 1])
    ordered = np.sort(draws, axis=1)
    i = np.arange(1, 7)
    with_replacement = ordered @ ((7 - i) ** 6 - (6 - i) ** 6) / 6**6  # the best of 6 of 6
    assert with_replacement.mean() > 1 / 7 + 4 * error[5]


@pytest.mark.parametrize("failed", [None, nan, inf])
def test_a_failed_trial_is_worse_than_any_loss(failed):
    assert expected_best([0.5, failed, 0.3, failed]) == [inf, inf, pytest.approx(0.35), 0.3]
    assert expected_best([failed, failed]) == [inf, inf]


@pytest.mark.long
def test_no_trials_have_no_curve_and_many_are_no_matter():
    assert expected_best([]) == []
    many = expected_best([number / 999 for number in range(1000)])
    assert many[499] == pytest.approx((1001 / 501 - 1) / 999)  # of 0 … n − 1 (n + 1) / (k + 1) − 1
