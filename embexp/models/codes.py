"""One-hot codes of a batch of words as encoders see them, without a table."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from embexp.models.arrays import (
    Filters,
    Mask,
    Products,
    Responses,
    Weights,
    WordVectors,
    WordWeights,
)
from embexp.models.responses import looked_up
from embexp.models.views import Coded


@dataclass(frozen=True)
class Codes(Coded):
    """One-hot codes, written out only if `vectors` is asked for."""

    vocab: int

    @property
    def vectors(self) -> WordVectors:
        """The codes themselves."""
        return jax.nn.one_hot(self.ids, self.vocab)

    def project(self, weights: Weights) -> Products:
        """A lookup of the weights' rows."""
        return weights[self.ids]

    def convolve(self, filters: Filters, mask: Mask) -> Responses:
        """The responses by lookups, summed over each window."""
        return looked_up(filters, self.ids, mask)

    def weighted_sum(self, weights: WordWeights) -> Float[Array, "batch vocab"]:
        """A weighted count of each word."""
        texts = jnp.arange(len(self.ids))[:, None]
        counts = jnp.zeros((len(self.ids), self.vocab), weights.dtype)
        return counts.at[texts, self.ids].add(weights)
