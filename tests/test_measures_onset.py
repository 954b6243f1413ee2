"""Onsets by hand, the band's hold on all steps, and orders that a return does not turn."""

from math import inf, isfinite, isinf, isnan, nan

import numpy as np
import pytest
from scipy import stats

from embexp.errors import InputError
from embexp.measures import emergence, simultaneous
from embexp.measures.onset import Departure, leaves_first, onset
from embexp.measures.simultaneous import band_quantile

STEPS = np.array([0, 1, 3, 7, 15])
LONG = np.array([0] + [2**k for k in range(11)])


def walks(rng: np.random.Generator, seeds: int, keep: float = 0.8) -> np.ndarray:
    """Noise of sd 1 at each step of `LONG`, whose neighbours correlate."""
    noise = rng.normal(size=(seeds, len(LONG)))
    for step in range(1, len(LONG)):
        noise[:, step] = keep * noise[:, step - 1] + np.sqrt(1 - keep**2) * noise[:, step]
    return noise


def risen(middle: float) -> np.ndarray:
    """A curve of `LONG` that is exactly 0 up to log2(1 + t) = middle, and then nears 1."""
    return 1 - np.exp(-1.5 * np.maximum(np.log2(1 + LONG) - middle, 0))


def test_onset_is_the_first_step_from_which_the_bound_stays_above_zero():
    rise = np.array([0, 1, 0, 1, 1]) + 0.001 * np.random.default_rng(0).normal(size=(6, 5))
    rise[:, 0] = 0
    assert onset(STEPS, Departure(rise)) == 7
    fallen = rise.copy()
    fallen[:, 4] = 0
    assert isinf(onset(STEPS, Departure(fallen)))
    assert isinf(onset(STEPS, Departure(fallen, until=7))), "one step away is no leaving"
    fallen[:, 2] = rise[:, 1]
    assert onset(STEPS, Departure(fallen, until=7)) == 1
    assert onset(STEPS, Departure(rise + 1)) == 0
    assert isinf(onset(STEPS, Departure(-rise)))


def test_the_bound_is_the_lower_edge_of_the_band():
    rise = np.array([0, 0, 0, 1, 1]) + 0.1 * np.random.default_rng(0).normal(size=(6, 5))
    edge = rise[:, 3].mean() - band_quantile(rise) * stats.sem(rise[:, 3])
    assert edge > 0
    here = np.array([0, 0, 0, 1, 0])
    assert onset(STEPS, Departure(rise - (edge - 1e-9) * here)) == 7
    assert isinf(onset(STEPS, Departure(rise - (edge + 1e-9) * here)))


def test_one_seed_has_no_onset_and_steps_with_nan_are_not_apart():
    rise = np.array([0, 0, 1, 1, 1]) + 0.001 * np.random.default_rng(1).normal(size=(4, 5))
    assert isinf(onset(STEPS, Departure(rise[:1])))
    rise[2, 2] = nan
    assert onset(STEPS, Departure(rise)) == 7
    rise[2, 4] = nan
    assert isinf(onset(STEPS, Departure(rise)))


def test_exact_distances_are_apart_where_they_are_above_zero():
    assert onset(STEPS, Departure(np.tile([0.0, 0, 0.5, 0.5, 0.5], (3, 1)))) == 3


@pytest.mark.parametrize("seeds", [3, 5])
def test_where_nothing_departs_no_step_is_apart_in_nineteen_of_twenty(seeds, monkeypatch):
    monkeypatch.setattr(simultaneous, "CURVES", 500)
    rng = np.random.default_rng(2)
    joint = plain = 0
    for _ in range(200):
        noise = walks(rng, seeds)
        t = np.abs(noise.mean(axis=0)) / stats.sem(noise)
        joint += bool((t > band_quantile(noise)).any())
        plain += bool((t > stats.t.ppf(0.975, seeds - 1)).any())
    assert joint / 200 < 0.1  # .05 + 3 standard errors
    assert plain / 200 > 0.2, "what the band is for"


def test_the_band_lies_between_the_plain_quantile_and_bonferronis():
    plain, bonferroni = stats.t.ppf([0.975, 1 - 0.025 / len(LONG)], 5)
    rng = np.random.default_rng(3)
    free, tied = (band_quantile(walks(rng, 6, keep)) for keep in (0.0, 0.999))
    assert plain < tied < free <= bonferroni
    assert tied < 1.2 * plain
    three = stats.t.ppf(1 - 0.025 / len(LONG), 2)
    assert band_quantile(walks(rng, 3)) == pytest.approx(three)
    one_varies = np.zeros((6, 4))
    one_varies[:, 2] = rng.normal(size=6)
    one_varies[3, 3] = nan
    assert band_quantile(one_varies) == pytest.approx(plain)
    with pytest.raises(InputError, match="two curves or more, but there is 1"):
        band_quantile(walks(rng, 1))


def test_the_earlier_onset_comes_first():
    rng = np.random.default_rng(4)
    early, late = (Departure(risen(at) + 0.02 * walks(rng, 5)) for at in (2.0, 5.0))
    found = leaves_first(LONG, early, late, rng)
    assert (found.probability, found.n) == (pytest.approx(1, abs=0.005), 5)
    assert found.low < -3 < found.high < 0
    assert leaves_first(LONG, late, early, rng).probability == pytest.approx(0, abs=0.005)
    same = leaves_first(LONG, early, early, rng)
    assert (same.probability, same.ratio) == (0.5, 0)


def test_an_overshoot_turns_the_order_of_half_times_but_not_of_onsets():
    """One leaves at log2(1 + t) = 5, overshoots and falls to a third; the other at 2, slowly."""
    rng, log_steps = np.random.default_rng(5), np.log2(1 + LONG)
    returned = risen(5.0) * (1 - np.maximum(log_steps - 7, 0) / 6)
    slow = np.maximum(log_steps - 2, 0) / 8
    first, second = (curve + 0.01 * walks(rng, 8) for curve in (returned, slow))
    halves = [emergence.mean_time(LONG, each).steps for each in (first, second)]
    found = leaves_first(LONG, Departure(first), Departure(second), rng)
    assert np.log2(halves[0] / halves[1]) < -0.3, "half of a third comes early"
    assert found.probability < 0.02
    assert found.low > 1
    stayed = risen(5.0) + (first - returned)
    assert onset(LONG, Departure(first)) == onset(LONG, Departure(stayed))
    assert emergence.mean_time(LONG, stayed).steps > 1.2 * halves[0]


def test_the_probability_equals_a_plain_bootstrap():
    rng = np.random.default_rng(6)
    first, second = (risen(at) + 0.15 * walks(rng, 6) for at in (3.0, 3.4))
    found = leaves_first(LONG, Departure(first), Departure(second), np.random.default_rng(7))
    reaches = [band_quantile(each) for each in (first, second)]

    def place(curves: np.ndarray, seeds: np.ndarray, reach: float) -> float:
        """The first step after the last that is not apart, in a draw of seeds."""
        drawn, share = curves[seeds], np.bincount(seeds, minlength=6) / 6
        if share.max() == 1:
            return inf
        spread = np.sqrt(drawn.var(axis=0) / (1 - np.sum(share**2)) / 6)
        below = np.flatnonzero(drawn.mean(axis=0) - reach * spread <= 0)
        after = below.max() + 1 if len(below) else 0
        return after if after < len(LONG) - 1 else inf

    earlier = []
    for _ in range(1000):
        seeds = rng.integers(6, size=6)
        one, other = (
            place(each, seeds, reach) for each, reach in zip((first, second), reaches, strict=True)
        )
        earlier.append((one < other) + (one == other) / 2)
    assert 0.02 < found.probability < 0.98
    assert found.probability == pytest.approx(np.mean(earlier), abs=0.05)


def test_the_ratio_has_the_jackknifes_interval():
    rng = np.random.default_rng(8)
    first, second = (risen(at) + 0.1 * walks(rng, 5) for at in (3.0, 4.0))
    found = leaves_first(LONG, Departure(first), Departure(second), rng)
    reaches = [band_quantile(each) for each in (first, second)]

    def crossing(curves: np.ndarray, reach: float) -> float:
        bound = curves.mean(axis=0) - reach * curves.std(axis=0, ddof=1) / np.sqrt(5)
        after = np.flatnonzero(bound <= 0).max() + 1
        return float(np.interp(0, bound[after - 1 : after + 1], np.log2(1 + LONG)[after - 1 :][:2]))

    def ratio(left_out: list[int]) -> float:
        return np.subtract(
            *(
                crossing(np.delete(each, left_out, axis=0), reach)
                for each, reach in zip((first, second), reaches, strict=True)
            )
        )

    without = np.array([ratio([seed]) for seed in range(5)])
    half = stats.t.ppf(0.975, 4) * 4 * without.std(ddof=1) / np.sqrt(5)
    assert found.ratio == pytest.approx(ratio([]))
    assert (found.low, found.high) == pytest.approx((found.ratio - half, found.ratio + half))


def test_equal_onsets_have_no_sure_order(monkeypatch):
    monkeypatch.setattr(simultaneous, "CURVES", 500)
    rng = np.random.default_rng(9)
    sure, held = 0, []
    for _ in range(60):
        one, other = (Departure(risen(3.0) + 0.1 * walks(rng, 5)) for _ in range(2))
        found = leaves_first(LONG, one, other, rng)
        sure += found.probability > 0.975 or found.probability < 0.025
        held += [found.low <= 0 <= found.high] if isfinite(found.low) else []
    assert sure <= 5  # .04 of 60, and less than one in ten
    assert len(held) > 50
    assert np.mean(held) > 0.86


def test_a_measure_that_never_leaves_comes_last():
    rng = np.random.default_rng(10)
    rise, flat = Departure(risen(3.0) + 0.02 * walks(rng, 4)), Departure(np.zeros((4, len(LONG))))
    found = leaves_first(LONG, rise, flat, rng)
    assert found.probability == pytest.approx(1, abs=0.02), "draws of one seed tie"
    assert (found.ratio, isnan(found.low)) == (-inf, True)
    neither = leaves_first(LONG, flat, flat, rng)
    assert (neither.probability, isnan(neither.ratio)) == (0.5, True)
    lone = Departure(rise.distance[:1])
    assert leaves_first(LONG, lone, lone, rng).probability == 0.5


def test_what_is_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(InputError, match="seed by seed"):
        leaves_first(STEPS, Departure(np.zeros((2, 5))), Departure(np.zeros((3, 5))), rng)
    with pytest.raises(InputError, match="5 values, 4 steps"):
        onset(STEPS[:4], Departure(np.zeros((2, 5))))
