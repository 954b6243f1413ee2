"""Ids into logits: word vectors, an encoder over them, and a linear head."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Shaped

from embexp.errors import InputError, unknown
from embexp.models.reader import Reader, dense, dropped


class Classifier(Reader):
    """Logits of each text over the classes, from its ids and a mask that is true where
    a word stands.
    """

    def __init__(
        self,
        vocab: int,
        dim: int,
        classes: int,
        *,
        unit: str = "softmax",
        initialisers: str = "keras",
        rngs: nnx.Rngs,
        **settings: Any,
    ) -> None:
        """Args: unit: `sigmoid` has one output for two classes, Keras's `Dense(1,
        activation="sigmoid")`. settings: see `Reader`.
        """
        super().__init__(vocab, dim, initialisers=initialisers, rngs=rngs, **settings)
        self.unit = unit
        self.head = dense(
            self.encoder.features, outputs(classes, unit), initialisers=initialisers, rngs=rngs
        )

    def __call__(
        self,
        ids: Shaped[Array, "batch length"],
        keep: Bool[Array, "..."],
        *,
        dropout: float | Float[Array, ""] = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "batch classes"]:
        """Args: keep: as `ids`. dropout: the share of features put to zero, only where
        a `key` is given.
        """
        return logits(self.head(dropped(self.features(ids, keep), dropout, key)), self.unit)


def outputs(classes: int, unit: str) -> int:
    """How many outputs a head has."""
    if unit not in ("softmax", "sigmoid"):
        raise unknown("unit", unit, ("softmax", "sigmoid"))
    if unit == "sigmoid" and classes != 2:
        raise InputError(f"a sigmoid tells two classes apart, not {classes}; use unit='softmax'")
    return 1 if unit == "sigmoid" else classes


def logits(given: Float[Array, "*items outputs"], unit: str) -> Float[Array, "*items classes"]:
    """A head's outputs as logits of all classes.

    The one output z of a sigmoid becomes (0, z): its softmax is (1 − σ(z), σ(z)), its
    cross-entropy the binary one.
    """
    return jnp.concatenate([jnp.zeros_like(given), given], axis=-1) if unit == "sigmoid" else given
