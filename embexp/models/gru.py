"""Gated recurrent units, with the reset gate before or after the recurrent product."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.errors import unknown
from embexp.models.recurrence import Pair, before, over_steps
from embexp.models.recurrent import Mask, RecurrentLayer, States
from embexp.models.views import View


class GRU(RecurrentLayer):
    """One gated recurrent layer, Keras's `GRU` (Cho et al. 2014).

    The gates' order is update, reset, candidate. With the reset after the product
    (cuDNN, PyTorch, flax and Keras's default) the recurrent product has a bias of its
    own; with the reset before it, as published, it has none.
    """

    gates = 3

    def __init__(
        self,
        dim: int,
        *,
        hidden_size: int = 100,
        initialisers: str = "keras",
        reset: str = "after",
        rngs: nnx.Rngs,
    ) -> None:
        """Draws the weights.

        Args:
            hidden_size: the number of hidden units.
            reset: `after` or `before` (Keras's `reset_after=False`), which says where
                the reset gate acts.
        """
        if reset not in ("after", "before"):
            raise unknown("place of the reset", reset, ("after", "before"))
        super().__init__(dim, hidden_size=hidden_size, initialisers=initialisers, rngs=rngs)
        self.reset = reset
        if reset == "after":
            self.recurrent_bias = nnx.Param(jnp.zeros(3 * hidden_size))

    def states(self, words: View, mask: Mask) -> States:
        """The state after each position."""
        projected, recurrent = self.projected(words), self.recurrent[...]
        if self.reset == "before":
            return gru_reset_before(projected, mask, recurrent)
        return gru(projected, mask, recurrent, self.recurrent_bias[...])


class Gates(NamedTuple):
    """What the GRU's backward scan needs of each step: update, reset, candidate, and
    what the reset gate acted upon.
    """

    update: Float[Array, "length batch hidden"]
    reset: Float[Array, "length batch hidden"]
    candidate: Float[Array, "length batch hidden"]
    acted_on: Float[Array, "length batch hidden"]
    states: Float[Array, "length batch hidden"]


@jax.custom_vjp
def gru(
    projected: Float[Array, "length batch three_hidden"],
    mask: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden three_hidden"],
    bias: Float[Array, "three_hidden"],
) -> Float[Array, "length batch hidden"]:
    """The gated unit with its reset after the product, as cuDNN, PyTorch, flax, and
    Keras since its version 2 for TensorFlow.

    h_t = z ∘ h_{t−1} + (1 − z) ∘ n,  n = tanh(pₙ + r ∘ aₙ),  z = σ(p_z + a_z),  r =
    σ(p_r + a_r), with (p_z, p_r, pₙ) = projected_t and (a_z, a_r, aₙ) = h_{t−1} U +
    bias.
    """
    return gru_forward(projected, mask, recurrent, bias)[0]


def gru_forward(
    projected: Array, mask: Array, recurrent: Array, bias: Array
) -> tuple[Array, tuple[Gates, Array, Array]]:
    """The states, and the gates of every step."""

    def step(hidden: Array, inputs: Pair) -> tuple[Array, Gates]:
        row, here = inputs
        acted = hidden @ recurrent + bias
        (pz, pr, pn), (az, ar, an) = jnp.split(row, 3, axis=-1), jnp.split(acted, 3, axis=-1)
        z, r = jax.nn.sigmoid(pz + az), jax.nn.sigmoid(pr + ar)
        n = jnp.tanh(pn + r * an)
        hidden = jnp.where(here[:, None], z * hidden + (1 - z) * n, hidden)
        return hidden, Gates(z, r, n, an, hidden)

    zeros = jnp.zeros((projected.shape[1], recurrent.shape[0]), projected.dtype)
    _, gates = jax.lax.scan(step, zeros, (projected, mask))
    return gates.states, (gates, mask, recurrent)


def gru_backward(
    saved: tuple[Gates, Array, Array], d_states: Array
) -> tuple[Array, None, Array, Array]:
    """Gradients of the projected inputs, the recurrent weights and their bias."""
    gates, mask, recurrent = saved

    def step(d_hidden: Array, inputs: tuple[Array, Array, Gates, Array]) -> tuple[Array, Pair]:
        d_out, here, (z, r, n, an, _), hidden = inputs
        d_hidden = d_hidden + d_out
        d_n = d_hidden * (1 - z) * (1 - n**2)
        d_z, d_r = d_hidden * (hidden - n) * z * (1 - z), d_n * an * r * (1 - r)
        d_row = jnp.where(here[:, None], jnp.concatenate([d_z, d_r, d_n], axis=-1), 0.0)
        d_acted = jnp.where(here[:, None], jnp.concatenate([d_z, d_r, d_n * r], axis=-1), 0.0)
        return jnp.where(here[:, None], d_hidden * z + d_acted @ recurrent.T, d_hidden), (
            d_row,
            d_acted,
        )

    inputs = (d_states, mask, gates, before(gates.states))
    _, (d_projected, d_acted) = jax.lax.scan(
        step, jnp.zeros_like(d_states[0]), inputs, reverse=True
    )
    return d_projected, None, over_steps(inputs[-1], d_acted), d_acted.sum(axis=(0, 1))


gru.defvjp(gru_forward, gru_backward)


@jax.custom_vjp
def gru_reset_before(
    projected: Float[Array, "length batch three_hidden"],
    mask: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden three_hidden"],
) -> Float[Array, "length batch hidden"]:
    """The gated unit as first published (Cho et al. 2014, equations 5 to 8) and in
    Keras with `reset_after=False`.

    As `gru`, but n = tanh(pₙ + (r ∘ h_{t−1}) Uₙ): the reset gate acts on the state,
    which takes a second product a step.
    """
    return gru_reset_before_forward(projected, mask, recurrent)[0]


def gru_reset_before_forward(
    projected: Array, mask: Array, recurrent: Array
) -> tuple[Array, tuple[Gates, Array, Array]]:
    """The states, and the gates of every step."""
    width = recurrent.shape[0]
    for_gates, for_candidate = recurrent[:, : 2 * width], recurrent[:, 2 * width :]

    def step(hidden: Array, inputs: Pair) -> tuple[Array, Gates]:
        row, here = inputs
        z, r = jnp.split(jax.nn.sigmoid(row[:, : 2 * width] + hidden @ for_gates), 2, axis=-1)
        n = jnp.tanh(row[:, 2 * width :] + (r * hidden) @ for_candidate)
        after = jnp.where(here[:, None], z * hidden + (1 - z) * n, hidden)
        return after, Gates(z, r, n, hidden, after)

    _, gates = jax.lax.scan(
        step, jnp.zeros((projected.shape[1], width), projected.dtype), (projected, mask)
    )
    return gates.states, (gates, mask, recurrent)


def gru_reset_before_backward(
    saved: tuple[Gates, Array, Array], d_states: Array
) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    gates, mask, recurrent = saved
    width = recurrent.shape[0]
    for_gates, for_candidate = recurrent[:, : 2 * width], recurrent[:, 2 * width :]

    def step(d_hidden: Array, inputs: tuple[Array, Array, Gates]) -> Pair:
        d_out, here, (z, r, n, hidden, _) = inputs
        d_hidden = d_hidden + d_out
        d_n = d_hidden * (1 - z) * (1 - n**2)
        d_reset = d_n @ for_candidate.T
        d_z, d_r = d_hidden * (hidden - n) * z * (1 - z), d_reset * hidden * r * (1 - r)
        d_two = jnp.concatenate([d_z, d_r], axis=-1)
        d_before = d_hidden * z + d_reset * r + d_two @ for_gates.T
        return jnp.where(here[:, None], d_before, d_hidden), jnp.where(
            here[:, None], jnp.concatenate([d_two, d_n], axis=-1), 0.0
        )

    _, d_projected = jax.lax.scan(
        step, jnp.zeros_like(d_states[0]), (d_states, mask, gates), reverse=True
    )
    d_for_gates = over_steps(gates.acted_on, d_projected[..., : 2 * width])
    d_for_candidate = over_steps(gates.reset * gates.acted_on, d_projected[..., 2 * width :])
    return d_projected, None, jnp.concatenate([d_for_gates, d_for_candidate], axis=1)


gru_reset_before.defvjp(gru_reset_before_forward, gru_reset_before_backward)
