"""Row-sparse steps: only those rows of the table move that a batch reads.

The cost then grows with the batch and not with the vocabulary. Weight decay moves every row
that training has reached; a row makes up for it when it is next read, or when steps end.
Which optimisers may step so is said in `embexp.optimisers`.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jaxtyping import Array, Float, Int

from embexp.models.responses import BLOCK
from embexp.training.optimiser import HyperParameters, is_reached, is_trained, table_step

Kept = Callable[[Array, Array], Array]
"""What weight decay leaves of rows from a step on, before another one."""


class Read(NamedTuple):
    """The distinct rows of a table that a batch reads, one a slot.

    rows: their numbers; a free slot has the number after the last row.
    used: slots that are not free; they come first.
    """

    rows: Int[Array, "slots"]
    used: Int[Array, ""]


class Table(NamedTuple):
    """The table in training.

    moments: the optimiser's, with a row for each of the table's, or a number for all.
    updates: how often a gradient reached each row.
    since: the first step of each row whose weight decay is missing.
    """

    rows: Float[Array, "vocab dim"]
    moments: optax.OptState
    updates: Int[Array, "vocab"]
    since: Int[Array, "vocab"]


def parts(params: dict[str, Any], frozen: frozenset[str]) -> tuple[Any, Any, dict[str, Any]]:
    """The parameters without the table, the table's rows, and tables that never train."""
    embedding = params["embedding"]
    others = {name: each for name, each in embedding.items() if name not in {"rows", *frozen}}
    fixed = {name: embedding[name] for name in frozen}
    return {**params, "embedding": others}, embedding["rows"], fixed


def joined(model: dict[str, Any], rows: Any, fixed: dict[str, Any]) -> dict[str, Any]:
    """The parameters of such parts."""
    return {**model, "embedding": {**model["embedding"], **fixed, "rows": rows}}


def read(
    ids: Int[Array, "batch width"], vocab: int, slots: int
) -> tuple[Read, Int[Array, "batch width"]]:
    """What a batch reads, and the slot of each of its words.

    Of the places where a word stands one is kept, whichever was written last, so nothing is
    sorted. There must be slots enough for the distinct words.
    """
    flat = ids.ravel()
    places = jnp.arange(len(flat), dtype=jnp.int32)
    kept = jnp.zeros(vocab, jnp.int32).at[flat].set(places)[flat]
    slot = jnp.cumsum(kept == places, dtype=jnp.int32) - 1
    rows = jnp.full(slots, vocab, jnp.int32)
    rows = rows.at[jnp.where(kept == places, slot, slots)].set(flat, mode="drop")
    return Read(rows, slot[-1] + 1), slot[kept].reshape(ids.shape)


def take(tree: Any, rows: Int[Array, "slots"]) -> Any:
    """Some rows of each array; numbers as they are."""
    return jax.tree.map(lambda leaf: leaf.at[rows].get(mode="clip") if leaf.ndim else leaf, tree)


def put(tree: Any, rows: Int[Array, "slots"], new: Any) -> Any:
    """The arrays with other rows; numbers as they were."""

    def written(leaf: Array, own: Array) -> Array:
        return leaf.at[rows].set(own, unique_indices=True, mode="drop") if leaf.ndim else leaf

    return jax.tree.map(written, tree, new)


def settled(table: Table, numbers: HyperParameters, kept: Kept, step: Int[Array, ""]) -> Table:
    """The table, or some rows of it, after the weight decay of the steps that did not read it."""
    since = jnp.maximum(table.since, numbers.unfreeze_at)
    left = jnp.where(table.updates > 0, kept(since, step), 1.0)
    return table._replace(rows=table.rows * left[:, None])


def all_settled(table: Table, numbers: HyperParameters, kept: Kept, step: Int[Array, ""]) -> Table:
    """The whole table when steps end.

    To write every row takes as long as many steps, and without weight decay none lacks any.
    """
    decays = numbers.weight_decay != 0
    return jax.lax.cond(decays, lambda: settled(table, numbers, kept, step), lambda: table)


def moved(
    table: Table,
    read: Read,
    gradient: Float[Array, "slots dim"],
    numbers: HyperParameters,
    kept: Kept,
    direction: optax.GradientTransformation,
    step: Int[Array, ""],
    scale: Float[Array, ""],
) -> Table:
    """The table after a step on the rows that were read.

    Args:
        gradient: of each slot, before clipping; free slots have zeros.
        kept: what weight decay leaves (`HyperParameters.kept`).
        scale: what clipping multiplies it by.
    """
    trained, now = is_trained(numbers, step), numbers.at(step)

    def block(number: Array, table: Table) -> Table:
        own, g = (
            jax.lax.dynamic_slice_in_dim(each, number * BLOCK, BLOCK)
            for each in (read.rows, gradient)
        )
        near = settled(take(table, own), numbers, kept, step)
        updates = near.updates + is_reached(g)
        d: Any
        d, moments = direction.update(g * scale, near.moments)
        rows = near.rows + table_step(now, trained & (updates > 0), d, near.rows)
        # the maximum is `step + 1`: without the old numbers in it XLA would copy all of them
        since = jnp.maximum(near.since, step + 1)
        return put(table, own, Table(rows, moments, updates, since))

    blocks = (read.used + BLOCK - 1) // BLOCK
    after = jax.lax.fori_loop(0, blocks, block, table)
    _, counted = direction.update(gradient[:1], take(table.moments, read.rows[:1]))
    moments = jax.tree.map(lambda old, new: old if old.ndim else new, after.moments, counted)
    return after._replace(moments=moments)
