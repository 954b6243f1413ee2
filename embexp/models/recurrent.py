"""A text's words into states, one for each word, or the last: simple, gated and long
short-term memory, both ways and stacked.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Literal

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.errors import InputError, unknown
from embexp.models import recurrence
from embexp.models.encoder import Encoder
from embexp.models.initialisers import initialisers as starts
from embexp.models.table import Given, Words

Length = Bool[Array, "length batch"]
States = Float[Array, "length batch features"]


class Recurrent(Encoder):
    """States over time; the features of a text are the last of them."""

    def states(self, words: Words, keep: Length) -> States:
        """The state at each word, from words with time first; where none stands, the
        state beside it.
        """
        raise NotImplementedError

    def last(self, words: Words, keep: Length) -> Float[Array, "batch features"]:
        """The state after the whole text, from words with time first."""
        return self.states(words, keep)[-1]

    def encode(
        self, words: Words, keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch features"]:
        """The state after the whole text; an empty text gives zeros."""
        return self.last(words.time_first(), keep.T)

    def each(
        self, words: Words, keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch length features"]:
        """The state at each word."""
        return self.states(words.time_first(), keep.T).swapaxes(0, 1)

    def sequences(
        self, vectors: Float[Array, "batch length dim"], keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch length features"]:
        """The state at each word, from the words' vectors (Keras's `return_sequences=True`)."""
        return self.each(Given(vectors), keep)


class SimpleRNN(Recurrent):
    """One layer with h_t = tanh(x_t W + h_{t−1} U + b) (Elman 1990)."""

    def __init__(
        self, dim: int, *, features: int = 100, initialisers: str = "keras", rngs: nnx.Rngs
    ) -> None:
        """Args: features: the number of hidden units."""
        start, self.features = starts(initialisers), features
        self.inputs = nnx.Param(start.weights(rngs.params(), (dim, features)))
        self.recurrent = nnx.Param(start.recurrent(rngs.params(), features, 1))
        self.bias = nnx.Param(jnp.zeros(features))

    def states(self, words: Words, keep: Length) -> States:
        """The state at each word."""
        return recurrence.simple(
            words.project(self.inputs[...]) + self.bias[...], keep, self.recurrent[...]
        )


class GRU(Recurrent):
    """One gated recurrent layer (Cho et al. 2014); gates stand in the order update,
    reset, candidate, as in Keras.

    With the reset after the product (`reset="after"`: cuDNN, PyTorch, flax, Keras's
    default) the recurrent product has a bias of its own; with `reset="before"`, as
    published, it has none.
    """

    def __init__(
        self,
        dim: int,
        *,
        features: int = 100,
        initialisers: str = "keras",
        reset: str = "after",
        rngs: nnx.Rngs,
    ) -> None:
        """Args: features: the number of hidden units. reset: whether the reset gate
        acts `after` the recurrent product or `before`.
        """
        if reset not in ("after", "before"):
            raise unknown("place of the reset", reset, ("after", "before"))
        start, self.features, self.reset = starts(initialisers), features, reset
        self.inputs = nnx.Param(start.weights(rngs.params(), (dim, 3 * features)))
        self.recurrent = nnx.Param(start.recurrent(rngs.params(), features, 3))
        self.bias = nnx.Param(jnp.zeros(3 * features))
        if reset == "after":
            self.recurrent_bias = nnx.Param(jnp.zeros(3 * features))

    def states(self, words: Words, keep: Length) -> States:
        """The state at each word."""
        projected = words.project(self.inputs[...]) + self.bias[...]
        if self.reset == "before":
            return recurrence.gru_reset_before(projected, keep, self.recurrent[...])
        return recurrence.gru(projected, keep, self.recurrent[...], self.recurrent_bias[...])


class LSTM(Recurrent):
    """One layer of long short-term memory (Hochreiter & Schmidhuber 1997, with forget
    gates); an empty text gives zeros.

    Gates stand in the order input, forget, candidate, output. As in Keras, input
    weights are Glorot uniform, recurrent weights orthogonal, biases zero but for the
    forget gate's, which are one (Jozefowicz et al. 2015, section 2.2).
    """

    def __init__(
        self, dim: int, *, features: int = 100, initialisers: str = "keras", rngs: nnx.Rngs
    ) -> None:
        """Args: features: the number of hidden units."""
        start, self.features = starts(initialisers), features
        self.inputs = nnx.Param(start.weights(rngs.params(), (dim, 4 * features)))
        self.recurrent = nnx.Param(start.recurrent(rngs.params(), features, 4))
        self.bias = nnx.Param(
            jnp.zeros(4 * features).at[features : 2 * features].set(start.forget_bias)
        )

    def states(self, words: Words, keep: Length) -> States:
        """The state at each word."""
        return recurrence.lstm(
            words.project(self.inputs[...]) + self.bias[...], keep, self.recurrent[...]
        )


class Bidirectional(Recurrent):
    """Two layers, one from each end; their states stand side by side (Schuster &
    Paliwal 1997), the one that reads onward first.

    The features of a text are the last state of each: after its last word, and after
    its first.
    """

    def __init__(self, onward: Recurrent, backward: Recurrent) -> None:
        self.onward, self.backward = onward, backward
        self.features = onward.features + backward.features

    def states(self, words: Words, keep: Length) -> States:
        """Both states at each word."""
        back = self.backward.states(words.backwards(), keep[::-1])[::-1]
        return jnp.concatenate([self.onward.states(words, keep), back], axis=-1)

    def last(self, words: Words, keep: Length) -> Float[Array, "batch features"]:
        """Both last states."""
        back = self.backward.last(words.backwards(), keep[::-1])
        return jnp.concatenate([self.onward.last(words, keep), back], axis=-1)


class Stacked(Recurrent):
    """Layers one above another; all but the last give their states to the next (Graves
    et al. 2013).
    """

    def __init__(self, layers: Sequence[Recurrent]) -> None:
        """Args: layers: the lowest first."""
        self.layers = nnx.List(layers)
        self.features = layers[-1].features

    def below(self, words: Words, keep: Length) -> Words:
        """What the last layer reads."""
        for layer in self.layers[:-1]:
            words = Given(layer.states(words, keep))
        return words

    def states(self, words: Words, keep: Length) -> States:
        """The last layer's state at each word."""
        return self.layers[-1].states(self.below(words, keep), keep)

    def last(self, words: Words, keep: Length) -> Float[Array, "batch features"]:
        """The last layer's last state."""
        return self.layers[-1].last(self.below(words, keep), keep)


def recurrent(
    cell: Callable[..., Recurrent],
    ways: Literal[1, 2],
    dim: int,
    *,
    layers: int = 1,
    windows: Sequence[int] = (),  # noqa: ARG001 - all encoders are made alike
    rngs: nnx.Rngs,
    **settings: Any,
) -> Recurrent:
    """Layers of one kind, each reading one way or both ways; a single layer is given as it is."""
    if layers < 1:
        raise InputError(f"layers={layers}, but a recurrent encoder has at least 1")
    made: list[Recurrent] = []
    for _ in range(layers):
        sides = [
            cell(made[-1].features if made else dim, rngs=rngs, **settings) for _ in range(ways)
        ]
        made.append(Bidirectional(*sides) if ways == 2 else sides[0])
    return made[0] if layers == 1 else Stacked(made)


RECURRENT: dict[str, Callable[..., Recurrent]] = {
    "rnn": partial(recurrent, SimpleRNN, 1),
    "gru": partial(recurrent, GRU, 1),
    "lstm": partial(recurrent, LSTM, 1),
    "birnn": partial(recurrent, SimpleRNN, 2),
    "bigru": partial(recurrent, GRU, 2),
    "bilstm": partial(recurrent, LSTM, 2),
}
"""Encoders with a state for each word, by name; those that read both ways have
`features` units for each way."""
