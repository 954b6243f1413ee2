"""A split on the device, and the texts of a step."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

from embexp.models.batch import Batch
from embexp.training.static import StaticConfig

UNKNOWN = 1
"""The id of `<unk>`."""


class Texts(NamedTuple):
    """A split on the device: all ids end to end, and where each text starts."""

    flat: Int[Array, "tokens"]
    starts: Int[Array, "texts"]
    lengths: Int[Array, "texts"]
    extra: Float[Array, "texts extra"]
    """Numbers beside the words, for a head that takes them; else without columns."""
    once: Bool[Array, "tokens"]
    """Tokens whose word stands nowhere else in training, where those teach `<unk>`."""
    seconds: Int[Array, "texts"] | None = None
    """The token with which the second text of each pair begins, if there are pairs."""


class Order(NamedTuple):
    """The bucket and the texts of each step; −1 stands for no text."""

    buckets: Int[Array, "steps"]
    text_indices: Int[Array, "steps batch"]
    steps: Int[Array, ""]


def gather(texts: Texts, text_indices: Int[Array, "batch"], width: int) -> Batch:
    """The texts of a step, padded on the right with id 0."""
    steps = jnp.arange(width)
    mask = (steps < texts.lengths[text_indices][:, None]) & (text_indices >= 0)[:, None]
    positions = texts.starts[text_indices][:, None] + steps
    ids = jnp.where(mask, texts.flat.at[positions].get(mode="clip"), 0)
    second = None if texts.seconds is None else steps >= texts.seconds[text_indices][:, None]
    return Batch(text_indices, positions, ids, mask, texts.extra[text_indices], second)


def with_unknown(texts: Texts, batch: Batch, coins: Bool[Array, "places"]) -> Batch:
    """The batch with half of the words that stand nowhere else read as `<unk>`.

    So its row learns what a word is like that training does not show.

    Args:
        coins: fair ones, for as many places as the widest batch has or more.
    """
    once = texts.once.at[batch.positions].get(mode="clip")
    drawn = coins[: once.size].reshape(once.shape)
    return batch._replace(ids=jnp.where(once & drawn & batch.mask, UNKNOWN, batch.ids))


def coins_of(static: StaticConfig, key: Array) -> Bool[Array, "places"] | None:
    """The fair coins of a step, for each place of the widest batch; none if it needs none.

    They are drawn once for all widths, as each program that draws takes long to compile. A
    coin depends on the key and its place alone (`jax_threefry_partitionable`), and not on how
    many there are.
    """
    if static.vocabulary != "extended":
        return None
    places = static.batch_size * max(static.widths)
    return jax.random.bernoulli(jax.random.fold_in(key, 1), shape=(places,))


def drawn(texts: Texts, indices: Array, coins: Array | None, width: int) -> Batch:
    """The texts of a step, as training reads them."""
    batch = gather(texts, indices, width)
    return batch if coins is None else with_unknown(texts, batch, coins)
