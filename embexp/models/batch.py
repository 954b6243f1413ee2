"""The texts of one training step."""

from typing import NamedTuple

import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int

NOWHERE = 2**31 - 1
"""A place that no array of logits has."""


class Batch(NamedTuple):
    """Texts of one step, padded on the right.

    text_indices: their places in the split; −1 stands for an empty text.
    positions: where each token stands among all tokens of the split.
    mask: true where a token stands.
    extra: numbers beside each text, without columns if a task has none.
    second: true where a token belongs to the second text of a pair, if there are pairs.
    """

    text_indices: Int[Array, "batch"]
    positions: Int[Array, "batch width"]
    ids: Int[Array, "batch width"]
    mask: Bool[Array, "batch width"]
    extra: Float[Array, "batch extra"]
    second: Bool[Array, "batch width"] | None = None

    @property
    def text_targets(self) -> Int[Array, "batch"]:
        """Where results of each text are stored; out of range for an empty one."""
        return jnp.where(self.text_indices >= 0, self.text_indices, NOWHERE)

    @property
    def token_targets(self) -> Int[Array, "batch width"]:
        """Where results of each token are stored; out of range for padding."""
        return jnp.where(self.mask, self.positions, NOWHERE)
