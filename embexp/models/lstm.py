"""Long short-term memory."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.models.initialisers import initialisers as starts
from embexp.models.recurrence import Pair, before, over_steps
from embexp.models.recurrent import Mask, RecurrentLayer, States
from embexp.models.views import View


class LSTM(RecurrentLayer):
    """One layer of long short-term memory with forget gates, Keras's `LSTM`.

    Hochreiter & Schmidhuber (1997), Gers et al. (2000). The gates' order is input,
    forget, candidate, output. As in Keras, input weights are Glorot uniform, recurrent
    weights orthogonal, and biases zero but for the forget gate's, which are one
    (Jozefowicz et al. 2015, section 2.2).
    """

    gates = 4

    def __init__(
        self, dim: int, *, hidden_size: int = 100, initialisers: str = "keras", rngs: nnx.Rngs
    ) -> None:
        """Args: hidden_size: the number of hidden units."""
        super().__init__(dim, hidden_size=hidden_size, initialisers=initialisers, rngs=rngs)
        forget = slice(hidden_size, 2 * hidden_size)
        self.bias[...] = self.bias[...].at[forget].set(starts(initialisers).forget_bias)

    def states(self, words: View, mask: Mask) -> States:
        """The state after each position."""
        return lstm(self.projected(words), mask, self.recurrent[...])


class Trace(NamedTuple):
    """What the LSTM's backward scan needs of each step: activated gates, and the states
    after it.
    """

    gates: Float[Array, "length batch four_hidden"]
    states: Float[Array, "length batch hidden"]
    cells: Float[Array, "length batch hidden"]


@jax.custom_vjp
def lstm(
    projected: Float[Array, "length batch four_hidden"],
    mask: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden four_hidden"],
) -> Float[Array, "length batch hidden"]:
    """Hochreiter & Schmidhuber (1997), with the forget gates of Gers et al. (2000).

    c_t = σ(f) ∘ c_{t−1} + σ(i) ∘ tanh(g),  h_t = σ(o) ∘ tanh(c_t),  (i, f, g, o) =
    projected_t + h_{t−1} U.
    """
    return lstm_forward(projected, mask, recurrent)[0]


def lstm_forward(
    projected: Array, mask: Array, recurrent: Array
) -> tuple[Array, tuple[Trace, Array, Array]]:
    """The hidden states, and the trace of every step."""

    def step(state: Pair, inputs: Pair) -> tuple[Pair, Trace]:
        hidden, cell = state
        row, here = inputs
        i, f, g, o = jnp.split(row + hidden @ recurrent, 4, axis=-1)
        i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
        cell_after = f * cell + i * g
        hidden = jnp.where(here[:, None], o * jnp.tanh(cell_after), hidden)
        cell = jnp.where(here[:, None], cell_after, cell)
        return (hidden, cell), Trace(jnp.concatenate([i, f, g, o], axis=-1), hidden, cell)

    zeros = jnp.zeros((projected.shape[1], recurrent.shape[0]), projected.dtype)
    _, trace = jax.lax.scan(step, (zeros, zeros), (projected, mask))
    return trace.states, (trace, mask, recurrent)


def lstm_backward(saved: tuple[Trace, Array, Array], d_states: Array) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    trace, mask, recurrent = saved

    def step(carry: Pair, inputs: tuple[Array, ...]) -> tuple[Pair, Array]:
        d_hidden, d_cell = carry
        d_out, here, gates, cell_before, cell = inputs
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        d_hidden = d_hidden + d_out
        squashed = jnp.tanh(cell)
        d_through = d_cell + d_hidden * o * (1 - squashed**2)
        d_gates = jnp.concatenate(
            [
                d_through * g * i * (1 - i),
                d_through * cell_before * f * (1 - f),
                d_through * i * (1 - g**2),
                d_hidden * squashed * o * (1 - o),
            ],
            axis=-1,
        )
        d_gates = jnp.where(here[:, None], d_gates, 0.0)
        return (
            jnp.where(here[:, None], d_gates @ recurrent.T, d_hidden),
            jnp.where(here[:, None], d_through * f, d_cell),
        ), d_gates

    zeros = jnp.zeros_like(d_states[0])
    inputs = (d_states, mask, trace.gates, before(trace.cells), trace.cells)
    _, d_projected = jax.lax.scan(step, (zeros, zeros), inputs, reverse=True)
    return d_projected, None, over_steps(before(trace.states), d_projected)


lstm.defvjp(lstm_forward, lstm_backward)
