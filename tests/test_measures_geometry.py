"""Spectra against NumPy's singular values, intervals against resampling, cosines by hand."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import geometry
from embexp.words import Vectors

rng = np.random.default_rng(11)


@pytest.mark.parametrize("shape", [(50, 8), (5, 12)])
def test_spectrum_equals_singular_values(shape):
    delta = (rng.normal(size=shape) * 1e-6).astype(np.float32)
    sigma = np.linalg.svd(delta.astype(np.float64), compute_uv=False)
    value = geometry.top1_share(delta)
    assert value.value == pytest.approx(sigma[0] ** 2 / (sigma**2).sum())
    share = sigma / sigma.sum()
    assert geometry.effective_rank(delta) == pytest.approx(np.exp(-(share * np.log(share)).sum()))


def test_rank_one_change_is_all_in_one_direction():
    delta = np.outer(rng.normal(size=300), rng.normal(size=10))
    assert geometry.top1_share(delta).value == pytest.approx(1)
    assert geometry.effective_rank(delta) == pytest.approx(1)
    assert geometry.effective_rank(np.eye(7)) == pytest.approx(7)


def test_rows_that_did_not_move_do_not_count():
    delta = np.zeros((10, 3))
    assert geometry.top1_share(delta)[3:] == (0, 10, None, "all")
    assert np.isnan(geometry.top1_share(delta).value)
    assert np.isnan(geometry.effective_rank(delta))
    delta[[2, 5]] = rng.normal(size=(2, 3))
    assert geometry.top1_share(delta)[3:5] == (2, 10)


def test_top1_interval_is_as_wide_as_resampling_rows_says_and_noise_scores_chance():
    rows = rng.normal(size=(400, 6)) * np.array([2, 1, 1, 1, 1, 1])
    value = geometry.top1_share(rows)
    draws = [geometry.top1_share(rows[rng.integers(400, size=400)]).value for _ in range(400)]
    assert (value.high - value.low) / 3.92 == pytest.approx(np.std(draws), rel=0.15)
    noise = geometry.top1_share(rng.normal(size=(4000, 100)))
    assert noise.value == pytest.approx(noise.chance, rel=0.05)


def test_cosine_by_hand():
    vectors = Vectors(["a", "b", "zero"], np.array([[3.0, 4], [4, 3], [0, 0]]))
    assert geometry.cosine(vectors, "a", "b").value == pytest.approx(24 / 25)
    assert geometry.cosine(vectors, "a", "zero").value == 0
    assert geometry.cosine(vectors, "a", "missing")[3:6] == (0, 1, 0.0)
    with pytest.raises(InputError, match="row 1"):
        geometry.unit_rows(np.array([[1.0, 0], [np.inf, 0]]))
