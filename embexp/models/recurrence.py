"""The recurrent scan: projected inputs into hidden states, with a gradient of its own.

Autodiff of `lax.scan` sums the recurrent weights' gradient step by step and keeps every intermediate; here the backward
scan gives the gates' gradients only, and the weights' gradient is one product over all steps.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float


class Trace(NamedTuple):
    """What the backward scan needs of each step: activated gates, and the states before and after it."""

    gates: Float[Array, "length batch four_hidden"]
    hidden_before: Float[Array, "length batch hidden"]
    cell_before: Float[Array, "length batch hidden"]
    cell_after: Float[Array, "length batch hidden"]


@jax.custom_vjp
def lstm(
    projected: Float[Array, "length batch four_hidden"], keep: Bool[Array, "length batch"], recurrent: Float[Array, "hidden four_hidden"]
) -> Float[Array, "length batch hidden"]:
    """Hidden states after each step; where `keep` is false the state stays as it was. Starts from zeros.

    c_t = σ(f) ∘ c_{t−1} + σ(i) ∘ tanh(g),  h_t = σ(o) ∘ tanh(c_t),  (i, f, g, o) = projected_t + h_{t−1} U.
    """
    return forward(projected, keep, recurrent)[0]


def forward(projected: Array, keep: Array, recurrent: Array) -> tuple[Array, tuple[Trace, Array, Array]]:
    """The hidden states, and the trace of every step."""
    batch, hidden = projected.shape[1], recurrent.shape[0]

    def step(state: tuple[Array, Array], inputs: tuple[Array, Array]) -> tuple[tuple[Array, Array], tuple[Array, Trace]]:
        before, cell = state
        row, kept = inputs
        i, f, g, o = jnp.split(row + before @ recurrent, 4, axis=-1)
        i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
        cell_after = f * cell + i * g
        after = jnp.where(kept[:, None], o * jnp.tanh(cell_after), before)
        gates = jnp.concatenate([i, f, g, o], axis=-1)
        return (after, jnp.where(kept[:, None], cell_after, cell)), (after, Trace(gates, before, cell, cell_after))

    zeros = jnp.zeros((batch, hidden), projected.dtype)
    _, (states, trace) = jax.lax.scan(step, (zeros, zeros), (projected, keep))
    return states, (trace, keep, recurrent)


def backward(kept_for: tuple[Trace, Array, Array], d_states: Array) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    trace, keep, recurrent = kept_for

    def step(carry: tuple[Array, Array], inputs: tuple[Array, Array, Array, Array, Array]) -> tuple[tuple[Array, Array], Array]:
        d_hidden, d_cell = carry
        d_out, kept, gates, cell_before, cell_after = inputs
        i, f, g, o = jnp.split(gates, 4, axis=-1)
        d_hidden = d_hidden + d_out
        squashed = jnp.tanh(cell_after)
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
        d_gates = jnp.where(kept[:, None], d_gates, 0.0)
        return (jnp.where(kept[:, None], d_gates @ recurrent.T, d_hidden), jnp.where(kept[:, None], d_through * f, d_cell)), d_gates

    zeros = jnp.zeros(d_states.shape[1:], d_states.dtype)
    inputs = (d_states, keep, trace.gates, trace.cell_before, trace.cell_after)
    _, d_projected = jax.lax.scan(step, (zeros, zeros), inputs, reverse=True)
    return d_projected, None, jnp.einsum("tbh,tbg->hg", trace.hidden_before, d_projected)


lstm.defvjp(forward, backward)
