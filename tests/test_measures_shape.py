"""The shape of a table against the papers' algorithms and plain loops; intervals
against resampling rows."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import shape
from embexp.measures.change import change, change_values

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
    assert shape.isoscore(table).value == pytest.approx((dim * used - 1) / (dim - 1))
    assert shape.isoscore(np.vstack([np.eye(6), -np.eye(6)])).value == pytest.approx(1)
    assert shape.isoscore(np.outer(rng.normal(size=50), np.ones(6))).value == pytest.approx(
        0, abs=1e-12
    )


def test_isotropy_equals_plain_sums():
    table = skewed()
    directions = np.linalg.svd(table)[2]
    sums = [
        sum(np.exp(sign * (axis @ row)) for row in table) for axis in directions for sign in (1, -1)
    ]
    assert shape.isotropy(table).value == pytest.approx(min(sums) / max(sums))
    assert np.isfinite(shape.isotropy(table * 1e3).value)


def test_mean_share_and_rank_by_hand():
    assert shape.mean_share(np.array([[1.0, 1], [1, -1]])).value == pytest.approx(0.5)
    assert shape.mean_share(np.zeros((3, 2))).n == 0
    assert shape.effective_rank(np.zeros((3, 2))).n == 0


def test_drift_and_growth_by_hand():
    start = np.array([[3.0, 4], [0, 1]])

    def moved(table: np.ndarray, start: np.ndarray) -> dict:
        return change_values(change(table, start), 2)

    value = moved(np.array([[3.0, 4], [0, 3]]), start)["drift"]
    assert (value.value, value.chance) == (1, 0)
    assert moved(np.array([[6.0, 8], [0, 2]]), start)["norm_growth"].value == 2
    assert moved(start, start)["drift"][:3] == (0, 0, 0)
    assert moved(start, 0 * start)["norm_growth"].n == 0


@pytest.mark.parametrize(
    "function", [shape.effective_rank, shape.isotropy, shape.isoscore, shape.mean_share]
)
def test_intervals_are_as_wide_as_drawing_other_rows_says(function):
    values = [function(skewed()) for _ in range(120)]
    widths = [(value.high - value.low) / 3.92 for value in values]
    assert np.mean(widths) == pytest.approx(np.std([value.value for value in values]), rel=0.3)


def test_noise_has_chance_in_the_interval_of_the_mean():
    values = [shape.mean_share(rng.normal(size=(200, 10))) for _ in range(40)]
    assert np.mean([value.low <= value.chance <= value.high for value in values]) >= 0.9


@pytest.mark.parametrize(
    "function", [shape.effective_rank, shape.isotropy, shape.isoscore, shape.mean_share]
)
def test_rows_with_nan_are_refused(function):
    with pytest.raises(InputError, match="row 1"):
        function(np.array([[1.0, 2], [np.nan, 1]]))
