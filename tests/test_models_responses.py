"""Convolutions by products of distinct words, against those by windows written out."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from embexp.models.responses import BLOCK, is_of_batch, largest_responses, row_products
from embexp.models.views import Rows, View

TEXTS, LENGTH, DIM, MAPS, WORDS = 7, 13, 5, 6, 300


def batch(width: int):
    """A table of two blocks with words of no vector, and texts that repeat words; one is empty."""
    rng = np.random.default_rng(width)
    table = rng.normal(size=(2 * BLOCK, DIM)).astype(np.float32)
    table[5:40] = 0
    ids = rng.integers(0, WORDS, (TEXTS, LENGTH))
    ids[1], ids[2] = 6, 50
    lengths = np.array([0, LENGTH, LENGTH, 1, 2, *rng.integers(1, LENGTH, TEXTS - 5)])
    mask = np.arange(LENGTH) < lengths[:, None]
    filters = rng.normal(size=(width, DIM, MAPS)).astype(np.float32)
    bias = rng.normal(size=MAPS).astype(np.float32)
    return map(jnp.asarray, (table, filters, bias, ids, mask))


@pytest.mark.parametrize("width", [1, 2, 3, 5, LENGTH + 2])
def test_responses_and_gradients_are_those_of_windows_written_out(width):
    table, filters, bias, ids, mask = batch(width)
    weights = jnp.asarray(np.random.default_rng(0).normal(size=(TEXTS, MAPS)), jnp.float32)

    def by_products(table, filters, bias):
        return largest_responses(table, filters, bias, ids, mask)

    def by_windows(table, filters, bias):
        return View.largest(Rows(ids, (table,)), filters, bias, mask)

    for make in (by_products, by_windows):
        found = make(table, filters, bias)
        assert found[0].tolist() == [0] * MAPS
        assert (found >= 0).all()
    np.testing.assert_allclose(
        by_products(table, filters, bias), by_windows(table, filters, bias), rtol=1e-5, atol=1e-5
    )
    found, expected = (
        jax.grad(lambda *given, make=make: (make(*given) * weights).sum(), (0, 1, 2))(
            table, filters, bias
        )
        for make in (by_products, by_windows)
    )
    for own, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(own, other, rtol=1e-5, atol=1e-5)
    assert np.abs(found[0][WORDS:]).max() == 0


def test_only_the_first_blocks_are_multiplied():
    table = jnp.ones((3 * BLOCK, 2)).at[2 * BLOCK :].set(jnp.nan)
    found = row_products(table, jnp.ones((2, 4)), jnp.int32(2))
    np.testing.assert_array_equal(found[: 2 * BLOCK], 2)
    np.testing.assert_array_equal(found[2 * BLOCK :], 0)


def test_a_table_is_a_batch_s_where_its_rows_are_as_few_as_its_words():
    ids = jnp.zeros((4, 100), jnp.int32)
    tables = {rows: jnp.zeros((rows, 1)) for rows in (BLOCK, 2 * BLOCK, 3 * BLOCK, 300)}
    assert {rows: is_of_batch(table, ids) for rows, table in tables.items()} == {
        BLOCK: True,
        2 * BLOCK: True,
        3 * BLOCK: False,
        300: False,
    }
