"""The recurrent scan against a plain loop, autodiff of it, and flax's own cell."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx

from embexp.models import LSTM
from embexp.models.recurrence import scan

LENGTH, BATCH, HIDDEN, DIM = 6, 4, 3, 5
lstm = partial(scan, LSTM.recurrence)
CLOSE = {"rtol": 2e-5, "atol": 2e-6}
"""Sums of some tens of float32 products of size one, over six steps, in another order."""
MASK = jnp.array(
    [[1, 1, 1, 1, 1, 1], [0, 0, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0], [1, 0, 1, 0, 0, 1]], bool
).T
"""A full text, one padded on both sides, an empty one, and one with holes."""


def numbers(*shape: int) -> jax.Array:
    return jnp.asarray(np.random.default_rng(shape).normal(size=shape).astype(np.float32))


PROJECTED, RECURRENT = numbers(LENGTH, BATCH, 4 * HIDDEN), numbers(HIDDEN, 4 * HIDDEN)


def plain(projected, mask, recurrent):
    """The same states, unrolled, with nothing but what autodiff knows."""
    hidden = cell = jnp.zeros((projected.shape[1], recurrent.shape[0]))
    states = []
    for row, here in zip(projected, mask, strict=True):
        gates = row + hidden @ recurrent
        i, f, g, o = (
            gates[:, k * recurrent.shape[0] : (k + 1) * recurrent.shape[0]] for k in range(4)
        )
        after = 1 / (1 + jnp.exp(-f)) * cell + 1 / (1 + jnp.exp(-i)) * jnp.tanh(g)
        hidden = jnp.where(here[:, None], 1 / (1 + jnp.exp(-o)) * jnp.tanh(after), hidden)
        cell = jnp.where(here[:, None], after, cell)
        states.append(hidden)
    return jnp.stack(states)


def test_states_and_their_gradients_equal_a_plain_loop_and_its_autodiff():
    weights = numbers(LENGTH, BATCH, HIDDEN)  # every state counts, each differently

    def total(of):
        def weighted(projected, recurrent):
            states = of(projected, MASK, recurrent)
            return (states * weights).sum(), states

        return jax.jit(jax.grad(weighted, (0, 1), has_aux=True))(PROJECTED, RECURRENT)

    for own, expected in zip(
        jax.tree.leaves(total(lstm)), jax.tree.leaves(total(plain)), strict=True
    ):
        np.testing.assert_allclose(own, expected, **CLOSE)
        assert np.abs(expected).max() > 0.1


def test_gradients_stay_right_under_vmap_and_map():
    stacked = jnp.stack([RECURRENT, -RECURRENT])

    def gradient(of):
        return jax.grad(lambda recurrent: jnp.square(of(PROJECTED, MASK, recurrent)[-1]).sum())

    expected = jax.jit(lambda: jnp.stack([gradient(plain)(each) for each in stacked]))()
    for mapped in (jax.vmap(gradient(lstm)), lambda each: jax.lax.map(gradient(lstm), each)):
        np.testing.assert_allclose(jax.jit(mapped)(stacked), expected, **CLOSE)


def test_a_masked_step_leaves_the_state_bit_for_bit_and_takes_no_gradient():
    def states(projected):
        after = lstm(projected, MASK, RECURRENT)
        return after.sum(), after

    gradient, after = jax.jit(jax.grad(states, has_aux=True))(PROJECTED)
    np.testing.assert_array_equal(after[5, 1], after[4, 1])
    assert not np.any(after[:, 2])
    np.testing.assert_array_equal(np.any(gradient, axis=2), MASK)


def test_padding_steps_change_no_bit_of_the_states():
    beside = jnp.full((3, BATCH, 4 * HIDDEN), 7.0)
    wide, mask = jnp.concatenate([beside, PROJECTED, beside]), jnp.pad(MASK, ((3, 3), (0, 0)))
    own = jax.jit(lstm)
    np.testing.assert_array_equal(own(wide, mask, RECURRENT)[3:9], own(PROJECTED, MASK, RECURRENT))


def test_the_encoder_equals_flax_s_own_cell_with_the_same_weights():
    own = LSTM(DIM, hidden_size=HIDDEN, rngs=nnx.Rngs(0))
    own.bias[...] = own.bias[...] + 0.1 * numbers(4 * HIDDEN)
    cell = nnx.OptimizedLSTMCell(DIM, HIDDEN, rngs=nnx.Rngs(1))
    cell.dense_i.kernel[...], cell.dense_h.kernel[...] = (
        own.inputs[...],
        own.recurrent[...],
    )  # both order the gates i, f, g, o
    cell.dense_h.bias[...] = own.bias[...]
    vectors, lengths = numbers(BATCH, LENGTH, DIM), np.array([6, 3, 1, 5])
    states = nnx.jit(lambda rnn, given: rnn(given))(nnx.RNN(cell), vectors)
    expected = np.asarray(states)[np.arange(BATCH), lengths - 1]
    mask, encode = np.arange(LENGTH) < lengths[:, None], jax.jit(own.__call__)
    np.testing.assert_allclose(encode(vectors, mask), expected, **CLOSE)
    on_the_left = np.stack(
        [
            np.roll(row, LENGTH - length, axis=0)
            for row, length in zip(vectors, lengths, strict=True)
        ]
    )
    np.testing.assert_allclose(encode(on_the_left, mask[:, ::-1]), expected, **CLOSE)
