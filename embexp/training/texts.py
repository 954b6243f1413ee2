"""A split on the device, and the texts of a step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

import jax
import jax.numpy as jnp
import numpy as np
from jax.extend.random import threefry_2x32
from jaxtyping import Array, Bool, Float, Int

from embexp.models.batch import Batch
from embexp.training.static import StaticConfig

T = TypeVar("T")

UNKNOWN = 1
"""The id of `<unk>`."""
SCORED_TOKENS = 1 << 18
"""Tokens that are scored together at most, with their padding, if it is not one long text."""
COINS = 1 << 12
"""Coins that are drawn together at most."""


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
    """How every text of a split is scored once: each step reads the next `counts` of `texts`.

    Steps that are not needed come last and read nothing.
    """

    texts: Int[Array | np.ndarray, "texts"]
    counts: Int[Array | np.ndarray, "steps"]
    buckets: Int[Array | np.ndarray, "steps"]


def scored_rows(batch_size: int, width: int) -> int:
    """How many texts of a width are scored together: fewer of very long ones."""
    return max(1, min(batch_size, SCORED_TOKENS // width))


def over_batches(
    texts: Texts,
    order: Order,
    widths: Sequence[int],
    batch_size: int,
    function: Callable[[T, Batch], T],
    first: T,
) -> T:
    """Folds a function of what was and of a batch over all batches of a split."""
    firsts = jnp.cumsum(order.counts) - order.counts

    def of_width(width: int, t: Array, so_far: T) -> T:
        places = jnp.arange(scored_rows(batch_size, width))
        own = jnp.take(order.texts, firsts[t] + places, mode="clip")
        indices = jnp.where(places < order.counts[t], own, -1)
        return function(so_far, gather(texts, indices, width))

    branches = [partial(of_width, width) for width in widths]

    def step(t: Array, so_far: T) -> T:
        return jax.lax.switch(order.buckets[t], branches, t, so_far)

    return jax.lax.fori_loop(0, (order.counts > 0).sum(), step, first)


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


def coins_of(
    static: StaticConfig, key: Array, bucket: Int[Array, ""]
) -> Bool[Array, "places"] | None:
    """The fair coins of a step, for each place of its batch; none if it needs none.

    There is room for the widest batch, and as many blocks are drawn as this one's width needs:
    the program that draws is compiled once, and a narrow batch does not pay for a wide one. A
    coin depends on the key and its place alone: it is `jax.random.bernoulli`'s.
    """
    if static.vocabulary != "extended":
        return None
    sizes = [rows * width for rows, width in static.batches]
    needed, most = jnp.array(sizes)[bucket], max(sizes)
    block = min(COINS, most)
    data = jax.random.key_data(jax.random.fold_in(key, 1))

    def more(number: Array, coins: Array) -> Array:
        places = (number * block + jnp.arange(block)).astype(jnp.uint32)
        high, low = jnp.split(threefry_2x32(data, jnp.append(jnp.zeros_like(places), places)), 2)
        return coins.at[number].set((high ^ low) >> 31 == 0)

    none = jnp.zeros((-(-most // block), block), bool)
    return jax.lax.fori_loop(0, (needed + block - 1) // block, more, none).ravel()


def drawn(texts: Texts, indices: Array, coins: Array | None, shape: tuple[int, int]) -> Batch:
    """The texts of a step, as training reads them.

    Args:
        shape: how many of the texts there are at most, and how wide they are padded.
    """
    rows, width = shape
    batch = gather(texts, indices[:rows], width)
    return batch if coins is None else with_unknown(texts, batch, coins)
