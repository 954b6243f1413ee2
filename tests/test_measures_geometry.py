"""Spectra against NumPy's singular values, intervals against resampling, cosines by hand."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures import MeasuredTable, evaluated_words, geometry, table_measures
from embexp.measures.change import change, change_values
from embexp.measures.shape import effective_rank
from embexp.measures.statistics import Value
from embexp.words import Vectors

rng = np.random.default_rng(11)


def top1_share(delta: np.ndarray) -> Value:
    return change_values(change(delta, np.zeros_like(delta)), delta.shape[1])["top1_share"]


@pytest.mark.parametrize("shape", [(50, 8), (5, 12)])
def test_spectrum_equals_singular_values(shape):
    delta = (rng.normal(size=shape) * 1e-6).astype(np.float32)
    sigma = np.linalg.svd(delta.astype(np.float64), compute_uv=False)
    value = top1_share(delta)
    assert value.value == pytest.approx(sigma[0] ** 2 / (sigma**2).sum())
    share = sigma / sigma.sum()
    assert effective_rank(delta).value == pytest.approx(np.exp(-(share * np.log(share)).sum()))


def test_rank_one_change_is_all_in_one_direction():
    delta = np.outer(rng.normal(size=300), rng.normal(size=10))
    assert top1_share(delta).value == pytest.approx(1)
    assert effective_rank(delta).value == pytest.approx(1)
    assert effective_rank(np.eye(7)).value == pytest.approx(7)


def test_rows_that_did_not_move_do_not_count():
    delta = np.zeros((10, 3))
    assert top1_share(delta)[3:] == (0, 10, None, "all")
    assert np.isnan(top1_share(delta).value)
    assert np.isnan(effective_rank(delta).value)
    delta[[2, 5]] = rng.normal(size=(2, 3))
    assert top1_share(delta)[3:5] == (2, 10)


def test_top1_interval_is_as_wide_as_resampling_rows_says_and_noise_scores_chance():
    rows = rng.normal(size=(400, 6)) * np.array([2, 1, 1, 1, 1, 1])
    value = top1_share(rows)
    draws = [top1_share(rows[rng.integers(400, size=400)]).value for _ in range(400)]
    assert (value.high - value.low) / 3.92 == pytest.approx(np.std(draws), rel=0.15)
    noise = top1_share(rng.normal(size=(4000, 100)))
    assert noise.value == pytest.approx(noise.chance, rel=0.05)


def test_change_is_what_its_parts_are_by_plain_loops():
    start = rng.normal(size=(60, 5)).astype(np.float32)
    table = start + np.where(rng.random(60) < 0.7, 1, 0)[:, None] * rng.normal(size=(60, 5)).astype(
        np.float32
    )
    numbers = change(table, start)
    values = change_values(numbers, 5)
    delta = table.astype(float) - start
    lengths = [np.linalg.norm(row) for row in delta]
    assert (numbers.rows, numbers.moved) == (60, sum(length > 0 for length in lengths))
    assert values["drift"].value == pytest.approx(np.mean(lengths))
    assert values["drift"].high - values["drift"].low == pytest.approx(
        2 * 1.95996 * np.std(lengths, ddof=1) / np.sqrt(60), rel=1e-4
    )
    growth = sum(map(np.linalg.norm, table)) / sum(map(np.linalg.norm, start))
    assert values["norm_growth"].value == pytest.approx(growth, rel=1e-6)
    sigma = np.linalg.svd(delta, compute_uv=False)
    share = sigma / sigma.sum()
    assert values["delta_rank"].value == pytest.approx(np.exp(-share @ np.log(share)), rel=1e-5)
    assert values["top1_share"].value == pytest.approx(sigma[0] ** 2 / (sigma**2).sum(), rel=1e-5)
    assert values["delta_rank"].n == values["top1_share"].n == numbers.moved < 60
    still = change_values(change(start, start), 5)
    assert [still[name].n for name in ("drift", "top1_share", "delta_rank")] == [60, 0, 0]
    with pytest.raises(InputError, match="row 7 of the table holds NaN"):
        change(np.where(np.arange(60)[:, None] == 7, np.nan, table), start)


def test_the_interval_of_the_rank_of_a_change_is_as_wide_as_resampling_rows_says():
    delta = (rng.normal(size=(400, 6)) * np.array([3, 2, 1, 1, 1, 1])).astype(np.float32)

    def rank(rows: np.ndarray) -> Value:
        return change_values(change(rows, np.zeros_like(rows)), 6)["delta_rank"]

    draws = [rank(delta[rng.integers(400, size=400)]).value for _ in range(300)]
    value = rank(delta)
    assert (value.high - value.low) / 3.92 == pytest.approx(np.std(draws), rel=0.2)


def test_pair_cosines_equal_single_ones_and_do_not_order_equal_ones():
    table = np.array([[3.0, 4], [4, 3], [0.3, 0.4], [0, 0], [0.1, 0.7]])
    found = geometry.pair_cosines(table, np.array([0, 2, 3, 4]), np.array([1, 1, 0, 4]))
    assert found == pytest.approx([24 / 25, 24 / 25, 0, 1])
    assert found[0] == found[1]
    assert not len(geometry.pair_cosines(table, np.zeros(0, int), np.zeros(0, int)))


def test_cosine_by_hand():
    vectors = Vectors(["a", "b", "zero"], np.array([[3.0, 4], [4, 3], [0, 0]]))
    pairs = ["a:b", "a:zero", "a:missing"]
    table = MeasuredTable(evaluated_words(vectors.words, tracked_pairs=pairs), vectors.table)
    found = dict(table_measures(table))
    assert found["cos(a,b)"].value == pytest.approx(24 / 25)
    assert found["cos(a,zero)"].value == 0
    assert found["cos(a,missing)"][3:6] == (0, 1, 0.0)
    with pytest.raises(InputError, match="row 1"):
        geometry.unit_rows(np.array([[1.0, 0], [np.inf, 0]]))
