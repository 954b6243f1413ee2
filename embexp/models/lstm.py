"""Long short-term memory."""

from typing import Any

import jax.numpy as jnp
from jax.nn import sigmoid
from jaxtyping import Array

from embexp.models.initialisers import initialisers_of
from embexp.models.recurrence import Arrays, Pair, Recurrence
from embexp.models.recurrent import RecurrentLayer


def forward(row: Array, state: Arrays, recurrent: Array) -> tuple[Arrays, Array]:
    """One step, and its gates after their activation."""
    hidden, cell = state
    i, f, g, o = jnp.split(row + hidden @ recurrent, 4, axis=-1)
    i, f, g, o = sigmoid(i), sigmoid(f), jnp.tanh(g), sigmoid(o)
    cell = f * cell + i * g
    return (o * jnp.tanh(cell), cell), jnp.concatenate([i, f, g, o], axis=-1)


def backward(
    d_state: Arrays, before: Arrays, after: Arrays, gates: Array, recurrent: Array
) -> Pair:
    """The gradient of one step."""
    d_hidden, d_cell = d_state
    i, f, g, o = jnp.split(gates, 4, axis=-1)
    squashed = jnp.tanh(after[1])
    d_cell = d_cell + d_hidden * o * (1 - squashed**2)
    d_row = jnp.concatenate(
        [
            d_cell * g * i * (1 - i),
            d_cell * before[1] * f * (1 - f),
            d_cell * i * (1 - g**2),
            d_hidden * squashed * o * (1 - o),
        ],
        axis=-1,
    )
    return (d_row @ recurrent.T, d_cell * f), (d_row,)


class LSTM(RecurrentLayer):
    """One layer of long short-term memory with forget gates, Keras's `LSTM`.

    c_t = σ(f) ∘ c_{t−1} + σ(i) ∘ tanh(g),  h_t = σ(o) ∘ tanh(c_t),  (i, f, g, o) =
    x_t W + h_{t−1} U + b (Hochreiter & Schmidhuber 1997, Gers et al. 2000).

    As in Keras, input weights start Glorot uniform, recurrent weights orthogonal, and
    biases at zero but for the forget gate's, which are one (Jozefowicz et al. 2015,
    section 2.2).
    """

    gates = 4
    recurrence = Recurrence(forward, backward, states=2)

    def __init__(self, dim: int, *, initialisers: str = "keras", **settings: Any) -> None:
        """The arguments of `RecurrentLayer`."""
        super().__init__(dim, initialisers=initialisers, **settings)
        forget = slice(self.hidden_size, 2 * self.hidden_size)
        start = initialisers_of(initialisers).forget_bias
        self.bias[...] = self.bias[...].at[forget].set(start)
