"""The simple recurrent network of Elman (1990)."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from embexp.models.recurrence import Pair, before, over_steps
from embexp.models.recurrent import Mask, RecurrentLayer, States
from embexp.models.views import View


class SimpleRNN(RecurrentLayer):
    """One layer with h_t = tanh(x_t W + h_{t−1} U + b), Keras's `SimpleRNN` (Elman 1990).

    >>> from flax import nnx
    >>> layer = SimpleRNN(2, hidden_size=4, rngs=nnx.Rngs(0))
    >>> vectors, mask = jnp.ones((1, 3, 2)), jnp.ones((1, 3), bool)
    >>> layer(vectors, mask).shape, layer.sequences(vectors, mask).shape
    ((1, 4), (1, 3, 4))
    """

    gates = 1

    def states(self, words: View, mask: Mask) -> States:
        """The state after each position."""
        return simple(self.projected(words), mask, self.recurrent[...])


@jax.custom_vjp
def simple(
    projected: Float[Array, "length batch hidden"],
    mask: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden hidden"],
) -> Float[Array, "length batch hidden"]:
    """The network of Elman (1990): h_t = tanh(projected_t + h_{t−1} U)."""
    return simple_forward(projected, mask, recurrent)[0]


def simple_forward(
    projected: Array, mask: Array, recurrent: Array
) -> tuple[Array, tuple[Array, Array, Array]]:
    """The states, which are all that the backward scan needs."""

    def step(hidden: Array, inputs: Pair) -> Pair:
        row, here = inputs
        hidden = jnp.where(here[:, None], jnp.tanh(row + hidden @ recurrent), hidden)
        return hidden, hidden

    _, states = jax.lax.scan(
        step, jnp.zeros(projected.shape[1:], projected.dtype), (projected, mask)
    )
    return states, (states, mask, recurrent)


def simple_backward(
    saved: tuple[Array, Array, Array], d_states: Array
) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    states, mask, recurrent = saved

    def step(d_hidden: Array, inputs: tuple[Array, Array, Array]) -> Pair:
        d_out, here, hidden = inputs
        d_hidden = d_hidden + d_out
        d_row = jnp.where(here[:, None], d_hidden * (1 - hidden**2), 0.0)
        return jnp.where(here[:, None], d_row @ recurrent.T, d_hidden), d_row

    _, d_projected = jax.lax.scan(
        step, jnp.zeros_like(d_states[0]), (d_states, mask, states), reverse=True
    )
    return d_projected, None, over_steps(before(states), d_projected)


simple.defvjp(simple_forward, simple_backward)
