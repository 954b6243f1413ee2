"""Ids and numbers beside them into two sets of logits: from the text with the numbers,
and from the text alone.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Shaped

from embexp.errors import InputError
from embexp.models.classifier import logits, outputs
from embexp.models.reader import Reader, dense, dropped


class TwoOutputs(Reader):
    """The text's features give the auxiliary logits; with the extra numbers, through
    hidden layers, they give the main ones.

    The auxiliary output has the same classes: its loss keeps the text's part learning,
    whatever the numbers tell.
    """

    def __init__(
        self,
        vocab: int,
        dim: int,
        classes: int,
        extra: int,
        *,
        hidden: Sequence[int] = (64, 64, 64),
        unit: str = "softmax",
        encoder: str = "lstm",
        initialisers: str = "keras",
        rngs: nnx.Rngs,
        **settings: Any,
    ) -> None:
        """Args: extra: how many numbers a text has beside it. hidden: widths of the
        ReLU layers. settings: see `Reader`.
        """
        super().__init__(
            vocab, dim, encoder=encoder, initialisers=initialisers, rngs=rngs, **settings
        )
        self.extra, self.unit = extra, unit
        widths = (self.encoder.features + extra, *hidden, outputs(classes, unit))
        self.auxiliary = dense(
            self.encoder.features, widths[-1], initialisers=initialisers, rngs=rngs
        )
        self.layers = nnx.List(
            dense(a, b, initialisers=initialisers, rngs=rngs) for a, b in pairwise(widths)
        )

    def __call__(
        self,
        ids: Shaped[Array, "batch length"],
        keep: Bool[Array, "..."],
        extra: Float[Array, "batch extra"],
        *,
        dropout: float | Float[Array, ""] = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "batch 2 classes"]:
        """The main logits first. Args: keep: as `ids`. dropout: the share of features
        put to zero, only where a `key` is given.
        """
        if extra.shape[1] != self.extra:
            raise InputError(
                f"texts come with {extra.shape[1]} numbers beside them, but the model was made for {self.extra}"
            )
        features = dropped(self.features(ids, keep), dropout, key)
        main = jnp.concatenate([features, extra], axis=1)
        for layer in self.layers[:-1]:
            main = jax.nn.relu(layer(main))
        return logits(
            jnp.stack([self.layers[-1](main), self.auxiliary(features)], axis=1), self.unit
        )
