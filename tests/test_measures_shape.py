"""The shape of a table against the papers' algorithms and plain loops; intervals
against resampling rows."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import geometry

rng = np.random.default_rng(17)


def skewed(rows: int = 400) -> np.ndarray:
    return rng.normal(size=(rows, 6)) * [3, 2, 1, 1, 1, 0.5] + [0.5, 0, 0, 0, 0, 0]


def test_isoscore_equals_its_papers_algorithm():
    table = skewed()
    dim = table.shape[1]
    variances = np.linalg.eigvalsh(np.cov(table.T))
    scaled = np.sqrt(dim) * variances / np.linalg.norm(variances)
    defect = np.linalg.norm(scaled - 1) / np.sqrt(2 * (dim - np.sqrt(dim)))
    used = (dim - defect**2 * (dim - np.sqrt(dim))) ** 2 / dim**2
    assert geometry.isoscore(table).value == pytest.approx((dim * used - 1) / (dim - 1))
    assert geometry.isoscore(np.vstack([np.eye(6), -np.eye(6)])).value == pytest.approx(1)
    assert geometry.isoscore(np.outer(rng.normal(size=50), np.ones(6))).value == pytest.approx(
        0, abs=1e-12
    )


def test_isotropy_equals_plain_sums():
    table = skewed()
    directions = np.linalg.svd(table)[2]
    sums = [
        sum(np.exp(sign * (axis @ row)) for row in table) for axis in directions for sign in (1, -1)
    ]
    assert geometry.isotropy(table).value == pytest.approx(min(sums) / max(sums))
    assert np.isfinite(geometry.isotropy(table * 1e3).value)


def test_mean_share_and_rank_by_hand():
    assert geometry.mean_share(np.array([[1.0, 1], [1, -1]])).value == pytest.approx(0.5)
    assert geometry.mean_share(np.zeros((3, 2))).n == 0
    table = skewed()
    assert geometry.rank_value(table).value == pytest.approx(geometry.effective_rank(table))
    assert geometry.rank_value(np.zeros((3, 2))).n == 0


def test_drift_and_growth_by_hand():
    start = np.array([[3.0, 4], [0, 1]])
    value = geometry.drift(np.array([[3.0, 4], [0, 3]]), start)
    assert (value.value, value.chance) == (1, 0)
    assert geometry.norm_growth(np.array([[6.0, 8], [0, 2]]), start).value == 2
    assert geometry.drift(start, start)[:3] == (0, 0, 0)
    assert geometry.norm_growth(start, 0 * start).n == 0


@pytest.mark.parametrize(
    "function", [geometry.rank_value, geometry.isotropy, geometry.isoscore, geometry.mean_share]
)
def test_intervals_are_as_wide_as_drawing_other_rows_says(function):
    values = [function(skewed()) for _ in range(120)]
    widths = [(value.high - value.low) / 3.92 for value in values]
    assert np.mean(widths) == pytest.approx(np.std([value.value for value in values]), rel=0.3)


def test_noise_has_chance_in_the_interval_of_the_mean():
    values = [geometry.mean_share(rng.normal(size=(200, 10))) for _ in range(40)]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.9


@pytest.mark.parametrize(
    "function", [geometry.rank_value, geometry.isotropy, geometry.isoscore, geometry.mean_share]
)
def test_rows_with_nan_are_refused(function):
    with pytest.raises(InputError, match="row 1"):
        function(np.array([[1.0, 2], [np.nan, 1]]))
