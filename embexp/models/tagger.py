"""Ids into logits at every word: the same linear head at each step (Keras's TimeDistributed)."""

from typing import Any

from flax import nnx
from jaxtyping import Array, Bool, Float, Shaped

from embexp.errors import InputError
from embexp.models.reader import Reader, dense, dropped
from embexp.models.recurrent import RECURRENT, Recurrent


class Tagger(Reader):
    """Logits of each word over the classes; those where no word stands mean nothing."""

    encoder: Recurrent

    def __init__(
        self,
        vocab: int,
        dim: int,
        classes: int,
        *,
        encoder: str = "bilstm",
        initialisers: str = "keras",
        rngs: nnx.Rngs,
        **settings: Any,
    ) -> None:
        """Args: encoder: one with a state for each word. settings: see `Reader`."""
        super().__init__(
            vocab, dim, encoder=encoder, initialisers=initialisers, rngs=rngs, **settings
        )
        if not isinstance(self.encoder, Recurrent):
            raise InputError(
                f"encoder {encoder!r} gives one vector for a text; tagging needs one for each word, as {', '.join(RECURRENT)} do"
            )
        self.head = dense(self.encoder.features, classes, initialisers=initialisers, rngs=rngs)

    def __call__(
        self,
        ids: Shaped[Array, "batch length"],
        keep: Bool[Array, "..."],
        *,
        dropout: float | Float[Array, ""] = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "batch length classes"]:
        """Args: keep: as `ids`. dropout: the share of features put to zero, only where
        a `key` is given.
        """
        return self.head(dropped(self.encoder.each(self.read(ids, keep), keep), dropout, key))
