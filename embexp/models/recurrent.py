"""Recurrent encoders: what they share, both directions, and layers one above another."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.models.arrays import Mask, TextFeatures, WordFeatures
from embexp.models.encoder import HIDDEN_SIZE, Encoder, Layers
from embexp.models.initialisers import initialisers_of
from embexp.models.recurrence import Arrays, Recurrence, scan
from embexp.models.shapes import size
from embexp.models.views import Given, View
from embexp.parameters import Parameter

TimeFirst = Bool[Array, "length batch"]
States = Float[Array, "length batch features"]
LAYERS = Parameter(Layers, 1, "layers of a recurrent encoder, one above another")


class Recurrent(Encoder):
    """A state after each word; the features of a text are the last state.

    A masked position leaves the state as it was, so one mask serves padding on either
    side, and an empty text gives zeros.
    """

    parameters: ClassVar = {"hidden_size": HIDDEN_SIZE}

    def states(self, words: View, mask: TimeFirst) -> States:
        """The state after each position, from words with time first."""
        raise NotImplementedError

    def last(self, words: View, mask: TimeFirst) -> TextFeatures:
        """The state after the whole text, from words with time first."""
        return self.states(words, mask)[-1]

    def encode(self, words: View, mask: Mask) -> TextFeatures:
        """The state after the whole text."""
        return self.last(words.time_first(), mask.T)

    def encode_tokens(self, words: View, mask: Mask) -> WordFeatures:
        """The state after each word."""
        return self.states(words.time_first(), mask.T).swapaxes(0, 1)


class RecurrentLayer(Recurrent):
    """One recurrent layer; the order of gates and initial weights are Keras's.

    `inputs` are the weights of the words, `recurrent` those of the state; both have
    `gates` blocks of `hidden_size` columns.
    """

    gates: ClassVar[int]
    recurrence: Recurrence

    def __init__(
        self, dim: int, *, hidden_size: int = 100, initialisers: str = "keras", rngs: nnx.Rngs
    ) -> None:
        """Args: hidden_size: the number of hidden units."""
        super().__init__(dim, hidden_size, hidden_size)
        draw, width = initialisers_of(initialisers), self.gates * hidden_size
        self.inputs = nnx.Param(draw.weights(rngs.params(), (dim, width)))
        self.recurrent = nnx.Param(draw.recurrent(rngs.params(), hidden_size, self.gates))
        self.bias = nnx.Param(jnp.zeros(width))

    def weights(self) -> Arrays:
        """What a step needs besides its word and the state."""
        return (self.recurrent[...],)

    def states(self, words: View, mask: TimeFirst) -> States:
        """The state after each position."""
        projected = words.project(self.inputs[...]) + self.bias[...]
        return scan(self.recurrence, projected, mask, *self.weights())


class Bidirectional(Recurrent):
    """Two layers that read in opposite directions, with their states side by side.

    Schuster & Paliwal (1997), Keras's `Bidirectional`: the states of the forward layer
    come first. The features of a text are the last state of each, which is the forward
    layer's after its last word and the backward layer's after its first.
    """

    def __init__(self, onward: Recurrent, backward: Recurrent) -> None:
        """Args: onward: reads from the first word to the last. backward: the other way."""
        super().__init__(onward.dim, onward.output_size + backward.output_size, onward.hidden_size)
        self.onward, self.backward = onward, backward

    def states(self, words: View, mask: TimeFirst) -> States:
        """Both states after each position."""
        back = self.backward.states(words.backwards(), mask[::-1])[::-1]
        return jnp.concatenate([self.onward.states(words, mask), back], axis=-1)

    def last(self, words: View, mask: TimeFirst) -> TextFeatures:
        """Both last states."""
        back = self.backward.last(words.backwards(), mask[::-1])
        return jnp.concatenate([self.onward.last(words, mask), back], axis=-1)


class Stacked(Recurrent):
    """Layers one above another; each reads the states of the one below (Graves et al. 2013)."""

    def __init__(self, layers: Sequence[Recurrent]) -> None:
        """Args: layers: the lowest first."""
        super().__init__(layers[0].dim, layers[-1].output_size, layers[0].hidden_size)
        self.layers = nnx.List(layers)

    def below(self, words: View, mask: TimeFirst) -> View:
        """What the last layer reads."""
        for layer in self.layers[:-1]:
            words = Given(layer.states(words, mask))
        return words

    def states(self, words: View, mask: TimeFirst) -> States:
        """The last layer's state after each position."""
        return self.layers[-1].states(self.below(words, mask), mask)

    def last(self, words: View, mask: TimeFirst) -> TextFeatures:
        """The last layer's last state."""
        return self.layers[-1].last(self.below(words, mask), mask)


@dataclass(frozen=True)
class RecurrentLayers:
    """Makes an encoder of one kind of layer; one layer is given as it is, more are `Stacked`.

    Args:
        kind: the class of each layer.
        ways: 1 to read onward, 2 for both directions with `hidden_size` units each.
    """

    kind: type[RecurrentLayer]
    ways: Literal[1, 2] = 1
    parameters: ClassVar = {"hidden_size": HIDDEN_SIZE, "layers": LAYERS}

    def __call__(
        self,
        dim: int,
        *,
        layers: int = 1,
        **settings: Any,
    ) -> Recurrent:
        """The encoder, its lowest layer drawn first, and onward before backward.

        Args:
            settings: what the kind takes, such as `hidden_size`.
        """
        made: list[Recurrent] = []
        for _ in range(size("layers", layers)):
            below = made[-1].output_size if made else dim
            sides = [self.kind(below, **settings) for _ in range(self.ways)]
            made.append(Bidirectional(*sides) if self.ways == 2 else sides[0])
        return made[0] if layers == 1 else Stacked(made)
