"""What all encoders have in common; subclass `Encoder` to write one of your own."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

import jax
from flax import nnx
from pydantic import Field

from embexp.errors import InputError
from embexp.models.arrays import GivenMask, Mask, TextFeatures, WordFeatures, WordVectors
from embexp.models.dropout import Dropout
from embexp.models.shapes import size
from embexp.models.views import Given, View
from embexp.parameters import Parameter, Range, Width

HIDDEN_SIZE = Parameter(Width, 100, "hidden units; for a CNN, feature maps of each window width")
Layers = Annotated[int, Field(ge=1, le=100)]
"""Each is compiled on its own, which takes minutes for that many."""


class Encoder(nnx.Module):
    """Encodes each text's words as one vector of `output_size` numbers.

    An encoder of your own implements `encode`, and `encode_tokens` if it can feed a
    `Tagger`. Put it into `ENCODERS` under a name, and every part of the package takes
    that name:

    >>> class LastWord(Encoder):
    ...     def __init__(self, dim, *, initialisers="keras", rngs):
    ...         super().__init__(dim, output_size=dim)
    ...
    ...     def encode(self, words, mask):
    ...         last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
    ...         return words.vectors[jnp.arange(len(mask)), last] * mask.any(axis=1)[:, None]
    >>> import jax.numpy as jnp
    >>> LastWord(2, rngs=nnx.Rngs(0))(jnp.eye(2)[None], jnp.array([[True, False]])).tolist()
    [[1.0, 0.0]]

    Padding on either side, and how much of it, must change nothing, and an empty text
    must give finite features and gradients.

    An encoder that drops something in training declares the rates as traced parameters,
    which its constructor does not take: in training both methods get a `Dropout` as a third
    argument, and none where texts are scored.

    Attributes:
        parameters: the keyword arguments that the encoder has of its own, besides
            `initialisers` and `rngs`, and the rates of its dropout; a `Spec` checks and
            passes them by name.
        rates: where a search draws the learning rate.
        averages: whether it is the mean of the words' vectors, which one that is frozen
            computes once.
        dim: the length of a word's vector.
        output_size: the length of a text's features.
        hidden_size: the width of a hidden layer; 0 without one.
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {}
    rates: ClassVar[Range] = Range(3e-4, 3e-2)
    averages: ClassVar[bool] = False

    def __init__(self, dim: int, output_size: int, hidden_size: int | None = None) -> None:
        """Notes the sizes.

        Raises:
            InputError: one of them is no whole number from 1 on.
        """
        self.dim = size("dim", dim)
        self.hidden_size = 0 if hidden_size is None else size("hidden_size", hidden_size)
        self.output_size = size("output_size", output_size)

    def encode(self, words: View, mask: Mask) -> TextFeatures:
        """The features of each text, from a view of its words."""
        raise NotImplementedError

    def encode_tokens(self, words: View, mask: Mask) -> WordFeatures:
        """The features of each word; any values at masked positions."""
        raise NotImplementedError

    def __call__(
        self, words: View | WordVectors, mask: GivenMask, dropout: Dropout | None = None
    ) -> TextFeatures:
        """The features of each text.

        Args:
            words: their vectors, or an embedding's view of them.
            mask: true where a word stands; (batch, length).
            dropout: what training drops, of an encoder with traced parameters.

        Raises:
            InputError: the mask has another shape.
        """
        return self.encode(viewed(words, mask), mask, *given(dropout))

    def sequences(
        self, words: View | WordVectors, mask: GivenMask, dropout: Dropout | None = None
    ) -> WordFeatures:
        """The features of each word (Keras's `return_sequences=True`), as `__call__` otherwise."""
        return self.encode_tokens(viewed(words, mask), mask, *given(dropout))

    def flops_per_token(self) -> int:
        """Floating-point operations for each token of a training step, roughly.

        Six for each weight that a token meets (a product and a sum, forward and for two
        gradients; Kaplan et al. 2020, section 2.1), and six for each number of its
        vector.
        """
        weights = jax.tree.leaves(nnx.state(self, nnx.Param))
        return 6 * (self.dim + sum(leaf.size for leaf in weights if leaf.ndim > 1))

    def floats_per_token(self, width: int = 1) -> int:  # noqa: ARG002 - attention needs it
        """Activations held for each token until its gradient is computed, roughly.

        Ten for each hidden unit are what an LSTM holds: gates before and after their
        activation, state and cell.

        Args:
            width: what texts are padded to.
        """
        return 2 * self.dim + (10 * self.hidden_size or self.dim)


def given(dropout: Dropout | None) -> list[Dropout]:
    """What an encoder gets beside its words and their mask."""
    return [] if dropout is None else [dropout]


def viewed(words: View | WordVectors, mask: GivenMask) -> View:
    """The view of the words, refused if the mask has another shape."""
    view = words if isinstance(words, View) else Given(words)
    if mask.shape != view.shape:
        raise InputError(
            f"words of shape {view.shape} have a mask of shape {mask.shape}; "
            "give one true or false for each"
        )
    return view
