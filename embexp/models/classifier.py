"""Ids into logits: a table of vectors, an encoder over it, and a linear head."""

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from embexp.errors import unknown
from embexp.models.encoders import ENCODERS


class Table(nnx.Module):
    """A vector for each id (Keras's Embedding): (batch, length) → (batch, length, dim), equal to `one_hot(ids) @ rows`.

    Ids are checked once on the host (`embexp.data.check_ids`): on the device an id out of range would be clamped unnoticed.
    """

    def __init__(self, vocab: int, dim: int, *, rngs: nnx.Rngs) -> None:
        self.rows = nnx.Param(jax.random.uniform(rngs.params(), (vocab, dim), minval=-0.05, maxval=0.05))

    def __call__(self, ids: Int[Array, "batch length"]) -> Float[Array, "batch length dim"]:
        """The rows of the ids."""
        return self.rows[...][ids]


class Classifier(nnx.Module):
    """Logits of each text over the classes, from its ids and a mask that is true where a word stands."""

    def __init__(
        self,
        vocab: int,
        dim: int,
        classes: int,
        *,
        encoder: str = "mean",
        features: int = 100,
        windows: tuple[int, ...] = (3, 4, 5),
        rngs: nnx.Rngs,
    ) -> None:
        """Args: encoder: a name in `ENCODERS`. features: hidden units, or maps for each window. windows: widths of a CNN."""
        if encoder not in ENCODERS:
            raise unknown("encoder", encoder, ENCODERS)
        self.table = Table(vocab, dim, rngs=rngs)
        self.encoder = ENCODERS[encoder](dim, features=features, windows=windows, rngs=rngs)
        self.head = nnx.Linear(self.encoder.features, classes, kernel_init=jax.nn.initializers.glorot_uniform(), rngs=rngs)

    def __call__(
        self,
        ids: Int[Array, "batch length"],
        keep: Bool[Array, "batch length"],
        *,
        dropout: float | Float[Array, ""] = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "batch classes"]:
        """Args: dropout: the share of features put to zero, only where a `key` is given."""
        features = self.encoder(self.table(ids), keep)
        if key is not None:
            kept = jax.random.bernoulli(key, 1.0 - dropout, features.shape)
            features = jnp.where(kept, features * (1.0 / (1.0 - dropout)), 0.0)  # no division: see `Mean`
        return self.head(features)
