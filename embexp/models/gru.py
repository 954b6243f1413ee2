"""Gated recurrent units, with the reset gate after or before the recurrent product."""

from typing import Any

import jax.numpy as jnp
from flax import nnx
from jax.nn import sigmoid
from jaxtyping import Array

from embexp.errors import unknown
from embexp.models.recurrence import Arrays, Pair, Recurrence, over_steps
from embexp.models.recurrent import RecurrentLayer


def forward(row: Array, state: Arrays, recurrent: Array, bias: Array) -> Pair:
    """One step, its gates, its candidate, and what the reset gate acted on."""
    (hidden,), acted = state, state[0] @ recurrent + bias
    (pz, pr, pn), (az, ar, an) = jnp.split(row, 3, axis=-1), jnp.split(acted, 3, axis=-1)
    z, r = sigmoid(pz + az), sigmoid(pr + ar)
    n = jnp.tanh(pn + r * an)
    return (z * hidden + (1 - z) * n,), (z, r, n, an)


def backward(
    d_state: Arrays,
    before: Arrays,
    _: Arrays,
    saved: Arrays,
    recurrent: Array,
    bias: Array,  # noqa: ARG001
) -> Pair:
    """The gradient of one step: of its row, and of the recurrent product."""
    (d_hidden,), (hidden,), (z, r, n, an) = d_state, before, saved
    d_n = d_hidden * (1 - z) * (1 - n**2)
    d_z, d_r = d_hidden * (hidden - n) * z * (1 - z), d_n * an * r * (1 - r)
    d_row = jnp.concatenate([d_z, d_r, d_n], axis=-1)
    d_acted = jnp.concatenate([d_z, d_r, d_n * r], axis=-1)
    return (d_hidden * z + d_acted @ recurrent.T,), (d_row, d_acted)


def of_weights(before: Array, entered: Arrays) -> Arrays:
    """Gradients of the recurrent weights and of their bias."""
    return over_steps(before, entered[1]), entered[1].sum(axis=(0, 1))


def reset_before_forward(row: Array, state: Arrays, recurrent: Array) -> Pair:
    """One step whose reset gate acts on the state."""
    (hidden,), at = state, 2 * len(recurrent)
    z, r = jnp.split(sigmoid(row[:, :at] + hidden @ recurrent[:, :at]), 2, axis=-1)
    n = jnp.tanh(row[:, at:] + (r * hidden) @ recurrent[:, at:])
    return (z * hidden + (1 - z) * n,), ()


RESETS = {
    "after": Recurrence(forward, backward, of_weights),
    "before": Recurrence(reset_before_forward),
}
"""Steps by where the reset gate acts."""


class GRU(RecurrentLayer):
    """One layer of gated recurrent units, Keras's `GRU`.

    h_t = z ∘ h_{t−1} + (1 − z) ∘ n,  z = σ(p_z + a_z),  r = σ(p_r + a_r), with
    (p_z, p_r, pₙ) = x_t W + b and (a_z, a_r, aₙ) = h_{t−1} U + b′. The candidate is
    n = tanh(pₙ + r ∘ aₙ) with the reset `after` the product, as cuDNN, PyTorch, flax and
    Keras since its version 2 for TensorFlow have it. With the reset `before`, as first
    published (Cho et al. 2014, equations 5 to 8; Keras's `reset_after=False`), it is
    n = tanh(pₙ + (r ∘ h_{t−1}) Uₙ), which takes a second product a step and has no b′.
    """

    gates = 3

    def __init__(self, dim: int, *, reset: str = "after", **settings: Any) -> None:
        """The arguments of `RecurrentLayer`, and `reset`: `after` or `before`."""
        if reset not in RESETS:
            raise unknown("place of the reset", reset, RESETS)
        super().__init__(dim, **settings)
        self.reset = reset
        if reset == "after":
            self.recurrent_bias = nnx.Param(jnp.zeros_like(self.bias[...]))

    @property
    def recurrence(self) -> Recurrence:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The step with the reset in its place."""
        return RESETS[self.reset]

    def weights(self) -> Arrays:
        """Those of the state, and their bias with the reset after the product."""
        bias = [self.recurrent_bias[...]] if self.reset == "after" else []
        return (self.recurrent[...], *bias)
