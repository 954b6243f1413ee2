"""The texts of a step, and the coins that decide which words it reads as unknown."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np

from embexp.models import Embedding
from embexp.training.static import StaticConfig
from embexp.training.texts import UNKNOWN, Texts, coins_of, drawn

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
    coins = coins_of(STATIC, key)
    assert coins is not None
    for width in STATIC.widths:
        batch = drawn(TEXTS, jnp.arange(3), coins, width)
        plain = drawn(TEXTS, jnp.arange(3), None, width)
        own = jax.random.bernoulli(jax.random.fold_in(key, 1), shape=(3, width))
        once = np.isin(plain.ids, np.asarray(TEXTS.flat)[np.asarray(TEXTS.once)]) & plain.mask
        np.testing.assert_array_equal(batch.ids, jnp.where(own & once, UNKNOWN, plain.ids))
        assert (own & once).any()


def test_without_words_read_as_unknown_no_coin_is_drawn():
    assert coins_of(replace(STATIC, vocabulary="training"), jax.random.key(0)) is None
