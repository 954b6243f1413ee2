"""Skip-gram's two tables a step on: blocks of centres that share their noise words, so
that all scores are products of matrices.
"""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

FADE = 0.01
"""How fast a row forgets: of a change is left exp(−FADE · e) after pairs whose rate
times weight is e have pulled at the row, too."""


class Tables(NamedTuple):
    """The vectors of words as centres, which are the result, and as contexts; or one
    number for each of these rows.
    """

    centres: Float[Array, "vocab *dim"]
    contexts: Float[Array, "vocab *dim"]


@partial(jax.jit, static_argnames="negatives", donate_argnums=0)
def advance(
    tables: Tables,
    ids: Int[Array, "most blocks wide"],
    left: Int[Array, "most blocks length"],
    right: Int[Array, "most blocks length"],
    noise: Int[Array, "most blocks shared"],
    steps: Int[Array, ""],
    first: Float[Array, ""],
    last: Float[Array, ""],
    cap: Float[Array, ""],
    *,
    negatives: int,
) -> Tables:
    """The tables after the steps of a chunk (see `Chunk`), the rate going from `first`
    to `last`; the tables given are used up.
    """

    def step(number: Int[Array, ""], tables: Tables) -> Tables:
        rate = first + (last - first) * number / steps
        return stepped(
            tables, ids[number], left[number], right[number], noise[number], rate, cap, negatives
        )

    return jax.lax.fori_loop(0, steps, step, tables)


def stepped(
    tables: Tables,
    ids: Int[Array, "blocks wide"],
    left: Int[Array, "blocks length"],
    right: Int[Array, "blocks length"],
    noise: Int[Array, "blocks shared"],
    rate: Float[Array, ""],
    cap: Float[Array, ""],
    negatives: int,
) -> Tables:
    """The tables a step up the gradient of the sum over pairs (i, j) of log σ(v_i·u_j)
    + k · mean over noise words n of log σ(−v_i·u_n).

    Centre i and word j ≠ i make a pair when j stands in i's text and within its reach.
    The centres of a block share its noise words, so that all of its scores are one
    product of matrices; k is `negatives`. All pairs of a step see the same tables.
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
    v_rate = rates(len(tables.centres), centres, pairs * (1 + negatives), rate, cap)
    u_rate = rates(len(tables.contexts), words, jnp.where(pair, 1, share).sum(axis=2), rate, cap)
    to_v = jnp.einsum("bml,bmd->bld", error * v_rate[:, None], u)
    to_u = jnp.einsum("bml,bld->bmd", error * u_rate[:, :, None], v)
    return Tables(_added(tables.centres, centres, to_v), _added(tables.contexts, words, to_u))


def rates(
    words: int,
    rows: Int[Array, "blocks some"],
    weights: Float[Array, "blocks some"],
    rate: Float[Array, ""],
    cap: Float[Array, ""],
) -> Float[Array, "blocks some"]:
    """The rate of each row: cap / weight where the row's pairs, wherever it repeats,
    weigh so much that rate · weight > cap.

    All pairs of a step see the same table, so that a frequent word is pushed many times
    in the same direction; the cap bounds that.
    """
    sums = jnp.zeros(words).at[rows].add(weights, mode="promise_in_bounds")
    return jnp.minimum(rate, cap / jnp.maximum(sums.at[rows].get(mode="promise_in_bounds"), 1))


def _rows(
    table: Float[Array, "vocab dim"], rows: Int[Array, "blocks some"]
) -> Float[Array, "blocks some dim"]:
    """table[rows] as slices of one row each: written so, XLA neither copies nor checks."""
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
def joined(
    start: Tables,
    one: Tables,
    other: Tables,
    pull: Tables,
    rate: Float[Array, ""],
    bound: Float[Array, ""],
) -> Tables:
    """One table of two that each began at `start` and went their own way on a text of their own.

    A rare row moves by the sum of its changes, as if they had come one after the other.
    What pulls at a frequent row takes back a part of what moved it before, so that the
    sum would go too far: it moves by their mean where nothing of one would outlast the
    other.

    Args:
        pull: the weight of each row's pairs in one of the two, as expected: a number
            for each word.
        bound: what rate times weight comes to at most, all steps together.
    """
    halves = jax.tree.map(
        lambda weight: 0.5 + 0.5 * jnp.exp(-FADE * jnp.minimum(rate * weight, bound))[:, None], pull
    )
    return jax.tree.map(
        lambda start, one, other, half: start + half * ((one - start) + (other - start)),
        start,
        one,
        other,
        halves,
    )
