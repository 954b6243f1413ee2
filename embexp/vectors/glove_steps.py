"""Training steps of GloVe: batches of co-occurrence counts, with AdaGrad."""

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

BIAS_RATE = 0.05
"""Learning rate of the biases, whatever that of the vectors; higher ones diverge."""


class GloVeTables(NamedTuple):
    """Words and contexts: the parameters of each row, and the sums of their squared steps.

    The parameters of a word are its vector, its bias and 1, those of a context its
    vector, 1 and its bias, so that their product is w·c + b + b̃. Both are padded with
    zeros.
    """

    words: Float[Array, "vocab two width"]
    contexts: Float[Array, "vocab two width"]


class EntryBatch(NamedTuple):
    """Entries: words, contexts, the logarithm of each count, and its weight.

    Padding has a weight of 0. With an axis `steps`, the batches of one call.
    """

    words: Int[Array, "*steps batch"]
    contexts: Int[Array, "*steps batch"]
    logarithms: Float[Array, "*steps batch"]
    weights: Float[Array, "*steps batch"]


@partial(jax.jit, static_argnames="dim", donate_argnums=0)
def advance(
    tables: GloVeTables,
    batches: EntryBatch,
    learning_rate: Float[Array, ""],
    cap: Float[Array, ""],
    *,
    dim: int,
) -> GloVeTables:
    """The tables after the steps of the batches; those given are used up."""

    def step(number: Int[Array, ""], tables: GloVeTables) -> GloVeTables:
        return stepped(
            tables, EntryBatch(*(array[number] for array in batches)), learning_rate, cap, dim
        )

    return jax.lax.fori_loop(0, len(batches.words), step, tables)


def stepped(
    tables: GloVeTables,
    entries: EntryBatch,
    learning_rate: Float[Array, ""],
    cap: Float[Array, ""],
    dim: int,
) -> GloVeTables:
    """The tables after one batch.

    With e = f(x)·(w·c + b + b̃ − log x), half of the loss's derivative, and g =
    learning_rate·e·c, each entry moves w by −g/√G and adds g² to G, as Stanford's
    program does entry by entry. G thus sums the squares of learning_rate·gradient, not
    of gradients.
    """
    words, contexts = tables.words[entries.words], tables.contexts[entries.contexts]
    error = entries.weights * (
        jnp.einsum("bp,bp->b", words[:, 0], contexts[:, 0]) - entries.logarithms
    )
    place = jnp.arange(words.shape[2])
    of_words, of_contexts = (
        jnp.where(place < dim, learning_rate, jnp.where(place == bias, BIAS_RATE, 0.0))
        for bias in (dim, dim + 1)
    )
    word_steps = error[:, None] * contexts[:, 0] * of_words
    context_steps = error[:, None] * words[:, 0] * of_contexts
    return GloVeTables(
        _moved(tables.words, entries.words, word_steps, words[:, 1], entries.weights, cap),
        _moved(
            tables.contexts, entries.contexts, context_steps, contexts[:, 1], entries.weights, cap
        ),
    )


def _moved(
    table: Float[Array, "vocab two width"],
    rows: Int[Array, "batch"],
    steps: Float[Array, "batch width"],
    sums: Float[Array, "batch width"],
    weights: Float[Array, "batch"],
    cap: Float[Array, ""],
) -> Float[Array, "vocab two width"]:
    heavy = jnp.zeros(len(table)).at[rows].add(weights)[rows]
    scale = jnp.minimum(1, cap / jnp.maximum(heavy, 1))
    return table.at[rows].add(
        jnp.stack([-steps * scale[:, None] / jnp.sqrt(sums), steps**2], axis=1)
    )
