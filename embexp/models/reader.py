"""What all models have in common: words coded as vectors, and an encoder over them."""

from collections.abc import Sequence

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Shaped

from embexp.errors import InputError, unknown
from embexp.models.encoders import ENCODERS
from embexp.models.initialisers import initialisers as starts
from embexp.models.table import Mapped, OneHot, Table, Words

CODINGS = ("table", "one-hot", "two-channel", "mapped")
"""What stands for a word: a row of a table that is trained, its one-hot code, a trained
row plus one that is kept as it is, or a row times one matrix for all."""


class Reader(nnx.Module):
    """Ids into what a head works upon.

    With two channels, `channel` is the table that no gradient reaches; where rows are
    mapped, `map` starts as the identity.
    """

    def __init__(
        self,
        vocab: int,
        dim: int,
        *,
        encoder: str = "mean",
        features: int = 100,
        windows: Sequence[int] = (3, 4, 5),
        layers: int = 1,
        initialisers: str = "keras",
        coding: str = "table",
        rngs: nnx.Rngs,
    ) -> None:
        """Args: encoder, initialisers, coding: names in `ENCODERS`, `INITIALISERS`, `CODINGS`.

        dim: length of a word's vector; of a one-hot code that is `vocab`. features:
            hidden units, or maps for each window.
        windows: widths of a CNN. layers: of a recurrent encoder.
        """
        if encoder not in ENCODERS:
            raise unknown("encoder", encoder, ENCODERS)
        if coding not in CODINGS:
            raise unknown("coding of words", coding, CODINGS)
        if coding == "one-hot" and dim != vocab:
            raise InputError(
                f"one-hot codes of {vocab} words have {vocab} numbers, not dim={dim}; set dim={vocab}"
            )
        self.table = (
            OneHot(vocab)
            if coding == "one-hot"
            else Table(vocab, dim, initialisers=initialisers, rngs=rngs)
        )
        self.channel = (
            Table(vocab, dim, initialisers=initialisers, rngs=rngs)
            if coding == "two-channel"
            else None
        )
        self.map = nnx.Param(jnp.eye(dim)) if coding == "mapped" else None
        self.encoder = ENCODERS[encoder](
            dim,
            features=features,
            windows=windows,
            layers=layers,
            initialisers=initialisers,
            rngs=rngs,
        )

    def read(self, ids: Shaped[Array, "batch length"], keep: Bool[Array, "..."]) -> Words:
        """The view of the words, where the mask fits the ids."""
        if ids.shape != keep.shape:
            raise InputError(
                f"ids of shape {ids.shape} have a mask of shape {keep.shape}; give one true or false for each id"
            )
        if isinstance(self.table, OneHot):
            return self.table.read(ids)
        rows = self.table.read(ids, *([] if self.channel is None else [self.channel]))
        return rows if self.map is None else Mapped(rows, self.map[...])

    def features(
        self, ids: Shaped[Array, "batch length"], keep: Bool[Array, "..."]
    ) -> Float[Array, "batch features"]:
        """What stands for each text before the head."""
        return self.encoder.encode(self.read(ids, keep), keep)


def dense(inputs: int, outputs: int, *, initialisers: str, rngs: nnx.Rngs) -> nnx.Linear:
    """A linear layer with a bias of zeros."""
    return nnx.Linear(inputs, outputs, kernel_init=starts(initialisers).weights, rngs=rngs)


def dropped(
    features: Float[Array, "batch *more features"],
    dropout: float | Float[Array, ""],
    key: Array | None,
) -> Float[Array, "batch *more features"]:
    """The features, a share of them put to zero and the others made larger, where a key
    is given.
    """
    if key is None:
        return features
    kept = jax.random.bernoulli(key, 1.0 - dropout, features.shape)
    return jnp.where(kept, features * (1.0 / (1.0 - dropout)), 0.0)  # no division: see `Mean`
