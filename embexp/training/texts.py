"""A split on the device, and the texts of a step."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from embexp.models.batch import Batch


class Texts(NamedTuple):
    """A split on the device: all ids end to end, and where each text starts."""

    flat: Int[Array, "tokens"]
    starts: Int[Array, "texts"]
    lengths: Int[Array, "texts"]
    extra: Float[Array, "texts extra"]
    """Numbers beside the words, for a head that takes them; else without columns."""


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
    return Batch(text_indices, positions, ids, mask, texts.extra[text_indices])
