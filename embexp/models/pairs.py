"""What a head reads of two texts, each encoded by the same encoder."""

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from embexp.models.arrays import GivenMask, TextFeatures
from embexp.models.dropout import Dropout
from embexp.models.encoder import Encoder
from embexp.models.views import View

PARTS = 4
"""Vectors of the length of one text's features that are read of a pair."""

Second = Bool[Array, "batch length"]
"""True where a word belongs to the second text."""


def compared(first: TextFeatures, second: TextFeatures) -> Float[Array, "batch four_features"]:
    """The features u and v of two texts, |u − v| and u·v by elements.

    Conneau et al. (2017, Supervised Learning of Universal Sentence Representations, section
    3.1), after Mou et al. (2016).

    >>> compared(jnp.array([[1.0, 2.0]]), jnp.array([[3.0, 2.0]])).tolist()
    [[1.0, 2.0, 3.0, 2.0, 2.0, 0.0, 3.0, 4.0]]
    """
    parts = (first, second, jnp.abs(first - second), first * second)
    return jnp.concatenate(parts, axis=-1)


def of_sides(
    encoder: Encoder,
    words: View,
    mask: GivenMask,
    second: Second,
    dropout: Dropout | None = None,
) -> Float[Array, "batch four_features"]:
    """`compared` of the two texts that each row of words holds.

    Args:
        dropout: what training drops inside the encoder, the same in both.
    """
    sides = (encoder(words, mask & ~second, dropout), encoder(words, mask & second, dropout))
    return compared(*sides)
