"""When curves rise, by hand and against plain loops."""

from math import isnan

import numpy as np
import pytest
from scipy import stats

from embexp.errors import InputError
from embexp.measures import emergence

STEPS = np.array([0, 1, 3, 7, 15])


def test_rise_and_times_by_hand():
    curve = np.array([0.2, 0.2, 0.4, 0.8, 1.2])
    assert emergence.normalised_rise(curve) == pytest.approx([0, 0, 0.2, 0.6, 1])
    # half way lies ¾ of the way from step 3 to step 7, on log2(1 + t): between 2 and 3
    assert emergence.time_to(STEPS, curve) == pytest.approx(2**2.75 - 1)
    assert emergence.time_to(STEPS, curve, 0.9) == pytest.approx(2**3.75 - 1)
    both = np.stack([curve, -curve])
    assert emergence.time_to(STEPS, both) == pytest.approx([2**2.75 - 1] * 2)
    assert emergence.time_to(STEPS, curve, 1.0) == pytest.approx(15)
    peak = np.array([0, 2.0, 1, 1, 1])
    assert emergence.time_to(STEPS, peak) == pytest.approx(2**0.25 - 1)


def test_a_flat_curve_has_no_time():
    assert isnan(float(emergence.time_to(STEPS, np.ones(5))))
    assert np.isnan(emergence.normalised_rise(np.ones(5))).all()


def test_area_equals_trapezoids():
    assert emergence.area(STEPS, np.array([0.0, 1, 1, 1, 1])) == pytest.approx((0.5 + 3) / 4)
    assert emergence.area(STEPS, np.full((2, 5), 0.3)) == pytest.approx([0.3, 0.3])


def sigmoids(rng: np.random.Generator, middle: float, seeds: int = 5) -> np.ndarray:
    at = np.log2(1 + STEPS) - middle - 0.2 * rng.normal(size=(seeds, 1))
    return 1 / (1 + np.exp(-3 * at))


def plain_jackknife(statistic, *curves: np.ndarray) -> tuple[float, float]:
    """Student's interval of the pseudo-values n·θ − (n − 1)·θ₋ᵢ, shifted to lie about θ."""
    seeds, value = len(curves[0]), statistic(*curves)
    without = [
        statistic(*(np.delete(each, seed, axis=0) for each in curves)) for seed in range(seeds)
    ]
    pseudo = seeds * value - (seeds - 1) * np.array(without)
    reach = stats.t.ppf(0.975, seeds - 1) * stats.sem(pseudo)
    return value - reach, value + reach


def test_the_time_of_a_mean_curve_has_the_jackknife_s_interval():
    curves = sigmoids(np.random.default_rng(7), 2)
    found = emergence.mean_time(STEPS, curves, 0.9)

    def log_time(some: np.ndarray) -> float:
        return float(np.log(1 + emergence.time_to(STEPS, some.mean(axis=0), 0.9)))

    assert found.steps == pytest.approx(np.exp(log_time(curves)) - 1)
    assert (found.low, found.high) == pytest.approx(np.exp(plain_jackknife(log_time, curves)) - 1)
    assert all(map(isnan, emergence.mean_time(STEPS, np.ones((3, 5)))))
    one = emergence.mean_time(STEPS, curves[:1])
    assert (one.steps > 0, isnan(one.low), isnan(one.high)) == (True, True, True)
    wide = np.array([[0, 0, 0, 0, 1.0], [0, 1, 1, 1, 1]])
    assert emergence.mean_time(STEPS, wide)[1:] == (0, 15), "within the run"


def test_the_interval_of_a_time_holds_the_truth_nineteen_times_in_twenty():
    rng = np.random.default_rng(8)
    steps = np.array([0] + [2**k for k in range(9)])

    def drawn(seeds: int) -> np.ndarray:
        at = np.log2(1 + steps) - 4 - 0.4 * rng.normal(size=(seeds, 1))
        return 1 / (1 + np.exp(-1.2 * at)) + 0.03 * rng.normal(size=(seeds, len(steps)))

    true = float(emergence.time_to(steps, drawn(100_000).mean(axis=0)))
    held = [
        found.low <= true <= found.high
        for found in (emergence.mean_time(steps, drawn(5)) for _ in range(400))
    ]
    assert 0.91 < np.mean(held) < 0.985


def test_a_peak_is_where_the_other_seeds_have_it():
    curves = np.array([[0, 9.0, 2, 1], [0, 1, 3, 1], [0, 1, 3, 2]])
    assert emergence.peaks(curves).tolist() == [2, 1, 1]
    assert emergence.decay(curves).mean == pytest.approx((1 + 0 - 1) / 3)
    assert emergence.decay(-curves, -1).mean == pytest.approx(-(1 + 0 - 1) / 3)


def test_decay_sees_a_fall_and_no_noise():
    rng = np.random.default_rng(6)
    fall = np.array([0, 0.5, 1, 0.8, 0.7]) + 0.02 * rng.normal(size=(5, 5))
    found = emergence.decay(fall)
    assert found.mean == pytest.approx(np.mean(fall[:, 2] - fall[:, 4]))
    assert (found.low > 0.2, found.n) == (True, 5)
    noise = [emergence.decay(rng.normal(size=(5, 12))) for _ in range(200)]
    assert np.mean([each.mean for each in noise]) == pytest.approx(0, abs=0.15)
    assert np.mean([each.low <= 0 <= each.high for each in noise]) > 0.9
    assert emergence.decay(np.array([[0, 1.0, 2], [0, 1, 3]])).mean == 0
    with pytest.raises(InputError, match="two or more"):
        emergence.decay(fall[:1])


def test_what_is_refused():
    with pytest.raises(InputError, match="5 values, 4 steps"):
        emergence.area(STEPS[:4], np.zeros(5))
    with pytest.raises(InputError, match="rise"):
        emergence.area(STEPS[::-1].copy(), np.zeros(5))
