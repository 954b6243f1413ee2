"""What all models have in common: an embedding, an encoder over it, and a head."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float, Int

from embexp.errors import InputError, unknown
from embexp.models.arrays import Extra, GivenMask, Ids
from embexp.models.batch import Batch
from embexp.models.dropout import Dropout, drop
from embexp.models.embedding import Embedding
from embexp.models.encoder import Encoder
from embexp.models.initialisers import initialisers_of
from embexp.models.pairs import PARTS, Second, of_sides
from embexp.models.shapes import size

Losses = tuple[Float[Array, ""], ...]
Weights = Float[Array, "classes"] | None
ACTIVATIONS = ("softmax", "sigmoid")
"""What turns a model's outputs into probabilities."""


class Model(nnx.Module):
    """Logits from an embedding, an encoder and a head; the classes of `HEADS` are its kinds.

    A kind also says how it is trained and scored, for all runs of the same shapes:
    `losses` of a batch, the `logits_shape` of a whole split, and the `targets` of a
    batch's logits in it.
    """

    labelling: ClassVar[str] = "classes"
    """The kind of labels, a name in `data.labels.LABELLINGS`."""
    per_token: ClassVar[bool] = False
    """Whether labels belong to tokens, not to texts."""
    uses_extra: ClassVar[bool] = False
    """Whether numbers beside the text are read."""
    first_layers: ClassVar[tuple[tuple[str | int, ...], ...]] = (("head",),)
    """Paths of the dense layers that read features, whose first inputs these are."""

    def __init__(
        self,
        embedding: Embedding,
        encoder: Encoder,
        classes: int,
        extra: int = 0,
        *,
        paired: bool = False,
        output_activation: str = "softmax",
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Draws the head.

        Args:
            embedding: what stands for a word.
            encoder: made for vectors as long as the embedding's `dim`.
            classes: the number of classes.
            extra: how many numbers each text has beside it; for `TwoOutputs` only.
            paired: whether texts come in pairs, of which the head reads `compared`.
            output_activation: `softmax`, or `sigmoid` for one output that tells two
                classes apart (Keras's `Dense(1, activation="sigmoid")`).
            initialisers: a name in `INITIALISERS`, for the head.

        Raises:
            InputError: these do not fit each other.
        """
        if output_activation not in ACTIVATIONS:
            raise unknown("output activation", output_activation, ACTIVATIONS)
        if output_activation == "sigmoid" and classes != 2:
            raise InputError(
                f"a sigmoid tells two classes apart, not {classes}; use output_activation='softmax'"
            )
        if encoder.dim != embedding.dim:
            raise InputError(
                f"the encoder reads vectors of {encoder.dim} numbers, but the embedding's have "
                f"{embedding.dim}; make both with the same dim"
            )
        if output_activation == "sigmoid" and self.labelling != "classes":
            raise InputError(
                f"{type(self).__name__} has no classes to tell apart; leave output_activation out"
            )
        if self.per_token and type(encoder).encode_tokens is Encoder.encode_tokens:
            raise InputError(
                f"{type(encoder).__name__} gives one vector for a text; "
                "tagging needs one for each word, as recurrent encoders and transformers give"
            )
        if extra and not self.uses_extra:
            raise InputError(
                f"{type(self).__name__} reads no numbers beside a text, but extra={extra}; "
                "use TwoOutputs"
            )
        self.embedding, self.encoder, self.paired = embedding, encoder, paired
        self.extra, self.output_activation = extra, output_activation
        outputs = 1 if output_activation == "sigmoid" else size("classes", classes)
        draw = initialisers_of(initialisers).weights
        self.make_head(outputs, partial(nnx.Linear, kernel_init=draw, rngs=rngs))

    @classmethod
    def classifies_texts(cls) -> bool:
        """Whether each text has one class."""
        return cls.labelling == "classes" and not cls.per_token

    @property
    def width(self) -> int:
        """How many features of a text, or of a pair, the head reads."""
        return self.encoder.output_size * (PARTS if self.paired else 1)

    def make_head(self, outputs: int, dense: Callable[[int, int], nnx.Linear]) -> None:
        """Draws the dense layers between the encoder's features and the outputs."""
        self.head = dense(self.width, outputs)

    def __call__(
        self,
        ids: Ids,
        mask: GivenMask,
        extra: Extra | None = None,
        second: Second | None = None,
        *,
        dropout: float | Float[Array, ""] = 0.0,
        key: Array | None = None,
        encoder_dropout: Dropout | None = None,
    ) -> Float[Array, "batch *more classes"]:
        """The logits of a batch.

        Args:
            ids: whole numbers below the embedding's `vocab`.
            mask: true where a word stands, of the shape of the ids.
            extra: numbers beside each text, as many as the model was made for.
            second: true where a word belongs to the second text, where texts come in pairs.
            dropout: the share of features put to zero; only with a `key`.
            key: draws which features are dropped.
            encoder_dropout: what training drops inside the encoder.

        Raises:
            InputError: mask or extra have another shape, or ids are not integers.
        """
        given = 0 if extra is None else extra.shape[1]
        if given != self.extra:
            raise InputError(
                f"texts come with {given} numbers beside them, "
                f"but the model was made for {self.extra}"
            )
        features = self.features(ids, mask, second, encoder_dropout)
        return self.logits(features, extra, dropout=dropout, key=key)

    def logits(
        self,
        features: Float[Array, "batch *tokens features"],
        extra: Extra | None = None,
        *,
        dropout: float | Float[Array, ""] = 0.0,
        key: Array | None = None,
    ) -> Float[Array, "batch *more classes"]:
        """The logits of texts whose features are given; the others as in a call."""
        if key is not None:
            features = drop(key, dropout, features)
        outputs = self.outputs(features, extra)
        if self.output_activation == "softmax":
            return outputs
        # The softmax of (0, z) is (1 − σ(z), σ(z)), and its cross-entropy the binary one.
        return jnp.concatenate([jnp.zeros_like(outputs), outputs], axis=-1)

    def features(
        self,
        ids: Ids,
        mask: GivenMask,
        second: Second | None = None,
        dropout: Dropout | None = None,
    ) -> Float[Array, "batch *more features"]:
        """What the head reads: the encoder's features of each text, or of both of a pair.

        Args:
            dropout: what training drops inside the encoder.
        """
        if (second is not None) != self.paired:
            raise InputError(
                f"the model was made for {'pairs of texts' if self.paired else 'single texts'}, "
                "but was called with others"
            )
        words = self.embedding.view(ids)
        if second is None:
            return self.encoder(words, mask, dropout)
        return of_sides(self.encoder, words, mask, second, dropout)

    def outputs(
        self,
        features: Float[Array, "batch *more features"],
        extra: Extra | None,  # noqa: ARG002
    ) -> Float[Array, "batch *more outputs"]:
        """The head's outputs."""
        return self.head(features)

    @staticmethod
    def losses(
        logits: Float[Array, "batch *more classes"],
        labels: Int[Array, "labels"],
        batch: Batch,
        weights: Weights = None,
    ) -> Losses:
        """The losses of each output in nats, the main one first: means over the batch's texts.

        Args:
            weights: what the loss of each class is multiplied by, where labels are classes.
        """
        return (mean_nll(logits, labels[batch.text_indices], batch.text_indices >= 0, weights),)

    @staticmethod
    def logits_shape(texts: int, tokens: int, classes: int) -> tuple[int, ...]:  # noqa: ARG004
        """The shape of all logits of a split with so many texts and tokens."""
        return texts, classes

    @staticmethod
    def targets(batch: Batch) -> Int[Array, "batch *more"]:
        """Where a batch's logits stand among all; out of range if there is nothing to store."""
        return batch.text_targets


def mean_nll(
    logits: Float[Array, "*items classes"],
    labels: Int[Array, "*items"],
    counted: Bool[Array, "*items"],
    weights: Weights = None,
) -> Float[Array, ""]:
    """The mean of −log p(label), times its class's weight, over the items that count.

    It is 0 if none does.
    """
    nll = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)[..., 0]
    return mean_over(nll if weights is None else nll * weights[labels], counted)


def mean_over(losses: Float[Array, "*items"], counted: Bool[Array, "*items"]) -> Float[Array, ""]:
    """The mean over the items that count, and 0 if none does."""
    return jnp.where(counted, losses, 0.0).sum() / jnp.maximum(counted.sum(), 1)
