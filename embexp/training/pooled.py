"""Means of texts whose words' vectors never move: computed once, and not in every step.

The count of each word in a text times the table would be the same. What changes are words
that stand once in training, half of which are read as `<unk>`: these are drawn for a whole
epoch, which visits each text once.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Int

from embexp.training.runs import over_runs
from embexp.training.static import StaticConfig
from embexp.training.texts import UNKNOWN, Texts

Means = Float[Array, "runs texts dim"]


@partial(jax.jit, static_argnums=0)
def with_unknown(
    mesh: jax.sharding.Mesh,
    texts: Texts,
    once: Int[Array, "once"],
    epoch: Int[Array, ""],
    means: Means,
    rows: Float[Array, "runs vocab dim"],
    keys: Array,
) -> Means:
    """The means of an epoch, for which half of the words that stand once are `<unk>`.

    Args:
        once: where these words stand among all tokens; −1 is no word.
        keys: those of the runs; steps fold other numbers into them.
    """
    text = jnp.searchsorted(texts.starts, once, side="right") - 1
    share = jnp.where(once >= 0, 1.0 / texts.lengths[text], 0.0)

    def one(means: Array, rows: Array, key: Array) -> Array:
        drawn = jax.random.bernoulli(jax.random.fold_in(key, -1 - epoch), shape=once.shape)
        change = rows[UNKNOWN] - rows[texts.flat[once]]
        return means.at[text].add(jnp.where(drawn, share, 0.0)[:, None] * change)

    return over_runs(mesh, one)(means, rows, keys)


@partial(jax.jit, static_argnums=(0, 1))
def score(
    static: StaticConfig, mesh: jax.sharding.Mesh, texts: Texts, means: Means, params: Any
) -> Float[Array, "runs texts *more classes"]:
    """All runs' logits of each text, from its means."""

    def one(means: Array, params: dict[str, Any]) -> Array:
        model = static.model_with(params)
        return model.logits(model.embedding.of_means(means), texts.extra)

    return over_runs(mesh, one)(means, params)
