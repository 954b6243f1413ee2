"""The simple recurrent network."""

import jax.numpy as jnp
from jaxtyping import Array

from embexp.models.recurrence import Arrays, Pair, Recurrence
from embexp.models.recurrent import RecurrentLayer


def forward(row: Array, state: Arrays, recurrent: Array) -> Pair:
    """One step; the backward step needs nothing but the states."""
    return (jnp.tanh(row + state[0] @ recurrent),), ()


def backward(
    d_state: Arrays,
    _: Arrays,
    after: Arrays,
    saved: Arrays,  # noqa: ARG001
    recurrent: Array,
) -> Pair:
    """The gradient of one step."""
    d_row = d_state[0] * (1 - after[0] ** 2)
    return (d_row @ recurrent.T,), (d_row,)


class SimpleRNN(RecurrentLayer):
    """One layer with h_t = tanh(x_t W + h_{t−1} U + b), Keras's `SimpleRNN` (Elman 1990).

    >>> from flax import nnx
    >>> layer = SimpleRNN(2, hidden_size=4, rngs=nnx.Rngs(0))
    >>> vectors, mask = jnp.ones((1, 3, 2)), jnp.ones((1, 3), bool)
    >>> layer(vectors, mask).shape, layer.sequences(vectors, mask).shape
    ((1, 4), (1, 3, 4))
    """

    gates = 1
    recurrence = Recurrence(forward, backward)
