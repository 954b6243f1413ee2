"""Recurrent scans whose gradient is cheaper than autodiff's.

Autodiff of `lax.scan` sums the recurrent weights' gradient step by step and keeps every
intermediate. Here the backward scan gives the gradients of what enters each step only,
and the weights' gradient is one product over all steps.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

Arrays = tuple[Array, ...]
Pair = tuple[Arrays, Arrays]
"""What a step gives: a state, and arrays beside it."""


def over_steps(
    one: Float[Array, "length batch left"], other: Float[Array, "length batch right"]
) -> Float[Array, "left right"]:
    """One product over all steps and texts, which is the gradient of weights.

    It is one of two matrices, as XLA is slow on CPU if two axes are summed over.
    """
    return one.reshape(-1, one.shape[2]).T @ other.reshape(-1, other.shape[2])


class Recurrence(NamedTuple):
    """One kind of recurrent step with its gradient, of arrays (batch, features).

    forward: (row, state, *weights) → (state after, saved). A state is a tuple with the
        hidden state first.
    backward: (gradient of the state after, state before, state after, saved, *weights)
        → (gradient of the state before, gradients of what enters, that of `row` first).
        Without one the gradient is autodiff's.
    of_weights: (hidden states before, gradients of what enters), with steps as the first
        axis → gradients of the weights.
    states: how many arrays a state has.
    """

    forward: Callable[..., tuple[Arrays, Any]]
    backward: Callable[..., Pair] | Any = None
    of_weights: Callable[..., Arrays] = lambda before, entered: (over_steps(before, entered[0]),)
    states: int = 1


def scan(
    kind: Recurrence,
    projected: Float[Array, "length batch gates_hidden"],
    mask: Bool[Array, "length batch"],
    *weights: Array,
) -> Float[Array, "length batch hidden"]:
    """The hidden state after each step, from zeros; a masked step leaves it as it was.

    Args:
        projected: the rows that the steps read.
        weights: of the steps, the first with a row for each hidden unit.
    """
    run = with_own_gradient if kind.backward else hidden_states
    return run(kind, projected, mask, *weights)


def scan_forward(
    kind: Recurrence, projected: Array, mask: Array, *weights: Array
) -> tuple[Array, tuple[Any, ...]]:
    """The hidden states, and what the backward scan needs."""

    def step(state: Arrays, inputs: Arrays) -> tuple[Arrays, Any]:
        row, here = inputs
        after, saved = kind.forward(row, state, *weights)
        after = where(here, after, state)
        return after, (after, saved)

    zeros = jnp.zeros((mask.shape[1], len(weights[0])), projected.dtype)
    _, (states, saved) = jax.lax.scan(step, (zeros,) * kind.states, (projected, mask))
    return states[0], (states, saved, mask, weights)


def scan_backward(kind: Recurrence, given: tuple[Any, ...], d_states: Array) -> tuple[Any, ...]:
    """Gradients of the projected rows and of the weights."""
    states, saved, mask, weights = given
    before = tuple(jnp.concatenate([jnp.zeros_like(s[:1]), s[:-1]]) for s in states)
    zeros = (jnp.zeros_like(d_states[0]),) * kind.states

    def step(d_state: Arrays, inputs: tuple[Any, ...]) -> Pair:
        d_out, here, *beside = inputs
        d_state = (d_state[0] + d_out, *d_state[1:])
        d_before, entered = kind.backward(d_state, *beside, *weights)
        return where(here, d_before, d_state), where(here, entered, (0.0,) * len(entered))

    inputs = (d_states, mask, before, states, saved)
    _, entered = jax.lax.scan(step, zeros, inputs, reverse=True)
    return entered[0], None, *kind.of_weights(before[0], entered)


def hidden_states(kind: Recurrence, *arrays: Array) -> Array:
    """The hidden states alone."""
    return scan_forward(kind, *arrays)[0]


with_own_gradient = jax.custom_vjp(hidden_states, nondiff_argnums=(0,))
with_own_gradient.defvjp(scan_forward, scan_backward)


def where(here: Bool[Array, "batch"], one: tuple[Any, ...], other: tuple[Any, ...]) -> Arrays:
    """The arrays of one tuple for texts with a word here, those of the other elsewhere."""
    return tuple(jnp.where(here[:, None], *pair) for pair in zip(one, other, strict=True))
