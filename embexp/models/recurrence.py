"""The recurrent scans: projected inputs into hidden states, with a gradient of their own.

Autodiff of `lax.scan` sums the recurrent weights' gradient step by step and keeps every
intermediate; here the backward scan gives the gates' gradients only, and the weights'
gradient is one product over all steps.

All scans take `projected` (length, batch, gates · hidden) and `keep` (length, batch);
where `keep` is false the state stays as it was, so one mask serves padding on either
side. They start from zeros and give the states after each step.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Pair = tuple[Array, Array]


def before(states: Float[Array, "length batch hidden"]) -> Float[Array, "length batch hidden"]:
    """The state that each step began with."""
    return jnp.concatenate([jnp.zeros_like(states[:1]), states[:-1]])


def over_steps(
    one: Float[Array, "length batch left"], other: Float[Array, "length batch right"]
) -> Float[Array, "left right"]:
    """One product over all steps and texts: a weight's gradient. Of two matrices, as
    XLA is slow on CPU where two axes are summed over.
    """
    return one.reshape(-1, one.shape[2]).T @ other.reshape(-1, other.shape[2])


@jax.custom_vjp
def simple(
    projected: Float[Array, "length batch hidden"],
    keep: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden hidden"],
) -> Float[Array, "length batch hidden"]:
    """The network of Elman (1990): h_t = tanh(projected_t + h_{t−1} U)."""
    return simple_forward(projected, keep, recurrent)[0]


def simple_forward(
    projected: Array, keep: Array, recurrent: Array
) -> tuple[Array, tuple[Array, Array, Array]]:
    """The states, which are all that the backward scan needs."""

    def step(hidden: Array, inputs: Pair) -> Pair:
        row, kept = inputs
        hidden = jnp.where(kept[:, None], jnp.tanh(row + hidden @ recurrent), hidden)
        return hidden, hidden

    _, states = jax.lax.scan(
        step, jnp.zeros(projected.shape[1:], projected.dtype), (projected, keep)
    )
    return states, (states, keep, recurrent)


def simple_backward(
    kept_for: tuple[Array, Array, Array], d_states: Array
) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    states, keep, recurrent = kept_for

    def step(d_hidden: Array, inputs: tuple[Array, Array, Array]) -> Pair:
        d_out, kept, hidden = inputs
        d_hidden = d_hidden + d_out
        d_row = jnp.where(kept[:, None], d_hidden * (1 - hidden**2), 0.0)
        return jnp.where(kept[:, None], d_row @ recurrent.T, d_hidden), d_row

    _, d_projected = jax.lax.scan(
        step, jnp.zeros_like(d_states[0]), (d_states, keep, states), reverse=True
    )
    return d_projected, None, over_steps(before(states), d_projected)


simple.defvjp(simple_forward, simple_backward)


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
    keep: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden four_hidden"],
) -> Float[Array, "length batch hidden"]:
    """Hochreiter & Schmidhuber (1997), with the forget gates of Gers et al. (2000).

    c_t = σ(f) ∘ c_{t−1} + σ(i) ∘ tanh(g),  h_t = σ(o) ∘ tanh(c_t),  (i, f, g, o) =
    projected_t + h_{t−1} U.
    """
    return lstm_forward(projected, keep, recurrent)[0]


def lstm_forward(
    projected: Array, keep: Array, recurrent: Array
) -> tuple[Array, tuple[Trace, Array, Array]]:
    """The hidden states, and the trace of every step."""

    def step(state: Pair, inputs: Pair) -> tuple[Pair, Trace]:
        hidden, cell = state
        row, kept = inputs
        i, f, g, o = jnp.split(row + hidden @ recurrent, 4, axis=-1)
        i, f, g, o = jax.nn.sigmoid(i), jax.nn.sigmoid(f), jnp.tanh(g), jax.nn.sigmoid(o)
        cell_after = f * cell + i * g
        hidden = jnp.where(kept[:, None], o * jnp.tanh(cell_after), hidden)
        cell = jnp.where(kept[:, None], cell_after, cell)
        return (hidden, cell), Trace(jnp.concatenate([i, f, g, o], axis=-1), hidden, cell)

    zeros = jnp.zeros((projected.shape[1], recurrent.shape[0]), projected.dtype)
    _, trace = jax.lax.scan(step, (zeros, zeros), (projected, keep))
    return trace.states, (trace, keep, recurrent)


def lstm_backward(
    kept_for: tuple[Trace, Array, Array], d_states: Array
) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    trace, keep, recurrent = kept_for

    def step(carry: Pair, inputs: tuple[Array, ...]) -> tuple[Pair, Array]:
        d_hidden, d_cell = carry
        d_out, kept, gates, cell_before, cell = inputs
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
        d_gates = jnp.where(kept[:, None], d_gates, 0.0)
        return (
            jnp.where(kept[:, None], d_gates @ recurrent.T, d_hidden),
            jnp.where(kept[:, None], d_through * f, d_cell),
        ), d_gates

    zeros = jnp.zeros_like(d_states[0])
    inputs = (d_states, keep, trace.gates, before(trace.cells), trace.cells)
    _, d_projected = jax.lax.scan(step, (zeros, zeros), inputs, reverse=True)
    return d_projected, None, over_steps(before(trace.states), d_projected)


lstm.defvjp(lstm_forward, lstm_backward)


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
    keep: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden three_hidden"],
    bias: Float[Array, "three_hidden"],
) -> Float[Array, "length batch hidden"]:
    """The gated unit with its reset after the product, as cuDNN, PyTorch, flax, and
    Keras since its version 2 for TensorFlow.

    h_t = z ∘ h_{t−1} + (1 − z) ∘ n,  n = tanh(pₙ + r ∘ aₙ),  z = σ(p_z + a_z),  r =
    σ(p_r + a_r), with (p_z, p_r, pₙ) = projected_t and (a_z, a_r, aₙ) = h_{t−1} U +
    bias.
    """
    return gru_forward(projected, keep, recurrent, bias)[0]


def gru_forward(
    projected: Array, keep: Array, recurrent: Array, bias: Array
) -> tuple[Array, tuple[Gates, Array, Array]]:
    """The states, and the gates of every step."""

    def step(hidden: Array, inputs: Pair) -> tuple[Array, Gates]:
        row, kept = inputs
        acted = hidden @ recurrent + bias
        (pz, pr, pn), (az, ar, an) = jnp.split(row, 3, axis=-1), jnp.split(acted, 3, axis=-1)
        z, r = jax.nn.sigmoid(pz + az), jax.nn.sigmoid(pr + ar)
        n = jnp.tanh(pn + r * an)
        hidden = jnp.where(kept[:, None], z * hidden + (1 - z) * n, hidden)
        return hidden, Gates(z, r, n, an, hidden)

    zeros = jnp.zeros((projected.shape[1], recurrent.shape[0]), projected.dtype)
    _, gates = jax.lax.scan(step, zeros, (projected, keep))
    return gates.states, (gates, keep, recurrent)


def gru_backward(
    kept_for: tuple[Gates, Array, Array], d_states: Array
) -> tuple[Array, None, Array, Array]:
    """Gradients of the projected inputs, the recurrent weights and their bias."""
    gates, keep, recurrent = kept_for

    def step(d_hidden: Array, inputs: tuple[Array, Array, Gates, Array]) -> tuple[Array, Pair]:
        d_out, kept, (z, r, n, an, _), hidden = inputs
        d_hidden = d_hidden + d_out
        d_n = d_hidden * (1 - z) * (1 - n**2)
        d_z, d_r = d_hidden * (hidden - n) * z * (1 - z), d_n * an * r * (1 - r)
        d_row = jnp.where(kept[:, None], jnp.concatenate([d_z, d_r, d_n], axis=-1), 0.0)
        d_acted = jnp.where(kept[:, None], jnp.concatenate([d_z, d_r, d_n * r], axis=-1), 0.0)
        return jnp.where(kept[:, None], d_hidden * z + d_acted @ recurrent.T, d_hidden), (
            d_row,
            d_acted,
        )

    inputs = (d_states, keep, gates, before(gates.states))
    _, (d_projected, d_acted) = jax.lax.scan(
        step, jnp.zeros_like(d_states[0]), inputs, reverse=True
    )
    return d_projected, None, over_steps(inputs[-1], d_acted), d_acted.sum(axis=(0, 1))


gru.defvjp(gru_forward, gru_backward)


@jax.custom_vjp
def gru_reset_before(
    projected: Float[Array, "length batch three_hidden"],
    keep: Bool[Array, "length batch"],
    recurrent: Float[Array, "hidden three_hidden"],
) -> Float[Array, "length batch hidden"]:
    """The gated unit as first published (Cho et al. 2014, equations 5 to 8) and in
    Keras with `reset_after=False`.

    As `gru`, but n = tanh(pₙ + (r ∘ h_{t−1}) Uₙ): the reset gate acts on the state,
    which takes a second product a step.
    """
    return gru_reset_before_forward(projected, keep, recurrent)[0]


def gru_reset_before_forward(
    projected: Array, keep: Array, recurrent: Array
) -> tuple[Array, tuple[Gates, Array, Array]]:
    """The states, and the gates of every step."""
    width = recurrent.shape[0]
    for_gates, for_candidate = recurrent[:, : 2 * width], recurrent[:, 2 * width :]

    def step(hidden: Array, inputs: Pair) -> tuple[Array, Gates]:
        row, kept = inputs
        z, r = jnp.split(jax.nn.sigmoid(row[:, : 2 * width] + hidden @ for_gates), 2, axis=-1)
        n = jnp.tanh(row[:, 2 * width :] + (r * hidden) @ for_candidate)
        after = jnp.where(kept[:, None], z * hidden + (1 - z) * n, hidden)
        return after, Gates(z, r, n, hidden, after)

    _, gates = jax.lax.scan(
        step, jnp.zeros((projected.shape[1], width), projected.dtype), (projected, keep)
    )
    return gates.states, (gates, keep, recurrent)


def gru_reset_before_backward(
    kept_for: tuple[Gates, Array, Array], d_states: Array
) -> tuple[Array, None, Array]:
    """Gradients of the projected inputs and of the recurrent weights."""
    gates, keep, recurrent = kept_for
    width = recurrent.shape[0]
    for_gates, for_candidate = recurrent[:, : 2 * width], recurrent[:, 2 * width :]

    def step(d_hidden: Array, inputs: tuple[Array, Array, Gates]) -> Pair:
        d_out, kept, (z, r, n, hidden, _) = inputs
        d_hidden = d_hidden + d_out
        d_n = d_hidden * (1 - z) * (1 - n**2)
        d_reset = d_n @ for_candidate.T
        d_z, d_r = d_hidden * (hidden - n) * z * (1 - z), d_reset * hidden * r * (1 - r)
        d_two = jnp.concatenate([d_z, d_r], axis=-1)
        d_before = d_hidden * z + d_reset * r + d_two @ for_gates.T
        return jnp.where(kept[:, None], d_before, d_hidden), jnp.where(
            kept[:, None], jnp.concatenate([d_two, d_n], axis=-1), 0.0
        )

    _, d_projected = jax.lax.scan(
        step, jnp.zeros_like(d_states[0]), (d_states, keep, gates), reverse=True
    )
    d_for_gates = over_steps(gates.acted_on, d_projected[..., : 2 * width])
    d_for_candidate = over_steps(gates.reset * gates.acted_on, d_projected[..., 2 * width :])
    return d_projected, None, jnp.concatenate([d_for_gates, d_for_candidate], axis=1)


gru_reset_before.defvjp(gru_reset_before_forward, gru_reset_before_backward)
