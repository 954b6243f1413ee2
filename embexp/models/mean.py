"""The encoder without parameters."""

from typing import ClassVar

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float

from embexp.models.arrays import Mask
from embexp.models.encoder import Encoder
from embexp.models.views import View
from embexp.parameters import Range


class Mean(Encoder):
    """The mean of a text's word vectors; zeros for an empty text."""

    rates: ClassVar[Range] = Range(1e-3, 3e-1)  # means are short vectors
    averages: ClassVar[bool] = True

    def __init__(self, dim: int, *, initialisers: str = "keras", rngs: nnx.Rngs) -> None:  # noqa: ARG002
        """Args: dim: also the length of the features. Nothing is drawn."""
        super().__init__(dim, output_size=dim)

    def encode(self, words: View, mask: Mask) -> Float[Array, "batch dim"]:
        """The mean vector of each text."""
        return mean(words, mask)


def mean(words: View, mask: Mask) -> Float[Array, "batch dim"]:
    """The mean of each text's unmasked vectors; zeros where there are none."""
    # XLA makes a division by a broadcast number a product in some programs only,
    # and a run's bits would depend on its neighbours.
    share = 1.0 / jnp.maximum(mask.sum(axis=1), 1)
    return words.weighted_sum(mask.astype(jnp.float32)) * share[:, None]
