"""The texts of a step, and the coins that decide which words it reads as unknown."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from embexp.models import Embedding
from embexp.training.static import StaticConfig
from embexp.training.texts import COINS, SCORED_TOKENS, UNKNOWN, Texts, coins_of, drawn, scored_rows

LENGTHS = [3, 1, 5]
TEXTS = Texts(
    flat=jnp.arange(2, 11),
    starts=jnp.array([0, 3, 4]),
    lengths=jnp.array(LENGTHS),
    extra=jnp.zeros((3, 0)),
    once=jnp.arange(9) % 3 > 0,
)

STATIC = StaticConfig(
    embedding=Embedding,
    encoder="mean",
    encoder_parameters=(),
    head="classes",
    vocab=11,
    dim=2,
    classes=2,
    widths=(5, 8, 40),
    scored_widths=(5,),
    batch_size=3,
    vocabulary="extended",
)


def test_a_batch_of_any_width_has_the_coins_of_its_own_shape():
    """Else runs would depend on the widest batch of their data."""
    key = jax.random.key(7)
    for bucket, width in enumerate(STATIC.widths):
        coins = coins_of(STATIC, key, jnp.int32(bucket))
        batch = drawn(TEXTS, jnp.arange(3), coins, (3, width))
        plain = drawn(TEXTS, jnp.arange(3), None, (3, width))
        own = jax.random.bernoulli(jax.random.fold_in(key, 1), shape=(3, width))
        once = np.isin(plain.ids, np.asarray(TEXTS.flat)[np.asarray(TEXTS.once)]) & plain.mask
        np.testing.assert_array_equal(batch.ids, jnp.where(own & once, UNKNOWN, plain.ids))
        assert (own & once).any()


def test_without_words_read_as_unknown_no_coin_is_drawn():
    assert coins_of(replace(STATIC, vocabulary="training"), jax.random.key(0), jnp.int32(0)) is None


def test_a_narrow_batch_draws_no_coin_beyond_its_blocks():
    wide = replace(STATIC, widths=(5, 20_000))
    narrow, all_of_them = (coins_of(wide, jax.random.key(7), jnp.int32(at)) for at in (0, 1))
    assert narrow is not None
    assert all_of_them is not None
    np.testing.assert_array_equal(narrow[:15], all_of_them[:15])
    drawn_at_all = np.flatnonzero(narrow)
    assert drawn_at_all.max() < COINS < np.flatnonzero(all_of_them).max()


def test_a_bucket_of_few_texts_has_no_rows_for_more():
    few = replace(STATIC, rows=(3, 3, 1))
    coins = coins_of(few, jax.random.key(7), jnp.int32(2))
    batch = drawn(TEXTS, jnp.array([2, -1, -1]), coins, few.batches[2])
    assert batch.ids.shape == (1, 40)
    assert few.batches == ((3, 5), (3, 8), (1, 40))
    assert STATIC.batches == ((3, 5), (3, 8), (3, 40))
    every = coins_of(STATIC, jax.random.key(7), jnp.int32(2))
    assert coins is not None
    assert every is not None
    np.testing.assert_array_equal(coins[:40], every[:40])


def test_few_long_texts_are_scored_together_and_many_short_ones():
    assert scored_rows(64, 10) == scored_rows(64, SCORED_TOKENS // 64) == 64
    assert scored_rows(64, SCORED_TOKENS // 2) == 2
    assert scored_rows(64, 3 * SCORED_TOKENS) == 1
