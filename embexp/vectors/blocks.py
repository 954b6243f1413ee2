"""Training steps of skip-gram, in which blocks of centres share their noise words.

All scores of a block are then one product of matrices.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from embexp.vectors.chunks import Chunk

FADE = 0.01
"""Decay used when two replicas are merged: a row's change shrinks by exp(−FADE · e) after
further updates whose learning rate times weight is e in total."""


class SkipGramTables(NamedTuple):
    """Vectors of words as centres, which are the result, and as contexts.

    Or one number for each of these rows.
    """

    centres: Float[Array, "vocab *dim"]
    contexts: Float[Array, "vocab *dim"]


@partial(jax.jit, static_argnames="negatives", donate_argnums=0)
def advance(
    tables: SkipGramTables, chunk: Chunk, first: Any, last: Any, cap: Any, *, negatives: int
) -> SkipGramTables:
    """The tables after the steps of a chunk; those given are used up.

    The learning rate changes linearly over the steps, from `first` to `last`.
    """

    def step(number: Int[Array, ""], tables: SkipGramTables) -> SkipGramTables:
        learning_rate = first + (last - first) * number / chunk.steps
        ids, left, right, noise = (array[number] for array in chunk[:-1])
        return stepped(tables, ids, left, right, noise, learning_rate, cap, negatives)

    return jax.lax.fori_loop(0, chunk.steps, step, tables)


def stepped(
    tables: SkipGramTables,
    ids: Int[Array, "blocks wide"],
    left: Int[Array, "blocks length"],
    right: Int[Array, "blocks length"],
    noise: Int[Array, "blocks shared"],
    learning_rate: Float[Array, ""],
    cap: Float[Array, ""],
    negatives: int,
) -> SkipGramTables:
    """The tables after one step of gradient ascent.

    The objective is the sum over pairs (i, j) of log σ(v_i·u_j) + k · mean over noise
    words n of log σ(−v_i·u_n), where k is `negatives`. Centre i and word j ≠ i are a
    pair if j is in i's text and no further away than drawn for i (`left`, `right`). The
    centres of a block share its noise words, and all pairs of a step see the same
    tables.
    """
    (length, shared), wide = (left.shape[1], noise.shape[1]), ids.shape[1]
    window = (wide - length) // 2
    centres, words = ids[:, window : window + length], jnp.concatenate([ids, noise], axis=1)
    away = np.subtract.outer(np.arange(wide), window + np.arange(length))
    away = np.pad(away, ((0, shared), (0, 0)), constant_values=wide)
    away = np.where(
        away == 0, wide, away
    )  # as far as a noise word: a centre and itself are no pair
    pair = (away >= -left[:, None]) & (away <= right[:, None])
    pairs = (left + right).astype(jnp.float32)
    share = jnp.where(
        jnp.arange(wide + shared)[:, None] < wide, 0, pairs[:, None] * (negatives / shared)
    )

    v, u = _rows(tables.centres, centres), _rows(tables.contexts, words)
    probability = 0.5 + 0.5 * jnp.tanh(
        0.5 * jnp.einsum("bmd,bld->bml", u, v)
    )  # σ, but computed faster
    error = jnp.where(pair, 1 - probability, -share * probability)
    v_rate = row_rates(len(tables.centres), centres, pairs * (1 + negatives), learning_rate, cap)
    u_rate = row_rates(
        len(tables.contexts), words, jnp.where(pair, 1, share).sum(axis=2), learning_rate, cap
    )
    to_v = jnp.einsum("bml,bmd->bld", error * v_rate[:, None], u)
    to_u = jnp.einsum("bml,bld->bmd", error * u_rate[:, :, None], v)
    return SkipGramTables(
        _added(tables.centres, centres, to_v), _added(tables.contexts, words, to_u)
    )


def row_rates(
    words: int,
    rows: Int[Array, "blocks some"],
    weights: Float[Array, "blocks some"],
    learning_rate: Float[Array, ""],
    cap: Float[Array, ""],
) -> Float[Array, "blocks some"]:
    """The learning rate of each row, at most cap / weight of the row's pairs in this step.

    All pairs of a step see the same table, so that a frequent word is pushed many times
    in the same direction; the cap bounds that.
    """
    sums = jnp.zeros(words).at[rows].add(weights, mode="promise_in_bounds")
    return jnp.minimum(
        learning_rate, cap / jnp.maximum(sums.at[rows].get(mode="promise_in_bounds"), 1)
    )


def _rows(
    table: Float[Array, "vocab dim"], rows: Int[Array, "blocks some"]
) -> Float[Array, "blocks some dim"]:
    """table[rows], written as slices of one row each, for which XLA neither copies nor checks."""
    places = jax.lax.GatherDimensionNumbers(
        offset_dims=(1, 2), collapsed_slice_dims=(), start_index_map=(0,)
    )
    found = jax.lax.gather(
        table, rows.reshape(-1, 1), places, (1, table.shape[1]), mode="promise_in_bounds"
    )
    return found.reshape(*rows.shape, table.shape[1])


def _added(
    table: Float[Array, "vocab dim"],
    rows: Int[Array, "blocks some"],
    steps: Float[Array, "blocks some dim"],
) -> Float[Array, "vocab dim"]:
    """table.at[rows].add(steps), written as in `_rows`."""
    places = jax.lax.ScatterDimensionNumbers(
        update_window_dims=(1, 2), inserted_window_dims=(), scatter_dims_to_operand_dims=(0,)
    )
    updates = steps.reshape(-1, 1, table.shape[1])
    return jax.lax.scatter_add(
        table, rows.reshape(-1, 1), updates, places, mode="promise_in_bounds"
    )


@partial(jax.jit, donate_argnums=0)
def merged(
    start: SkipGramTables,
    one: SkipGramTables,
    other: SkipGramTables,
    weights: SkipGramTables,
    learning_rate: Float[Array, ""],
    bound: Float[Array, ""],
) -> SkipGramTables:
    """Merges two replicas that began at `start` and were trained on different text.

    A rare row moves by the sum of its two changes, as if they had been made one after
    the other. For a frequent row later updates undo a part of earlier ones, so that the
    sum would go too far; it moves by something between the mean and the sum of its
    changes, the nearer to the mean the more it is updated.

    Args:
        weights: expected weight of each row's pairs in one replica.
        bound: largest learning rate times weight over all steps.
    """
    halves = jax.tree.map(
        lambda weight: (
            0.5 + 0.5 * jnp.exp(-FADE * jnp.minimum(learning_rate * weight, bound))[:, None]
        ),
        weights,
    )
    return jax.tree.map(
        lambda start, one, other, half: start + half * ((one - start) + (other - start)),
        start,
        one,
        other,
        halves,
    )
