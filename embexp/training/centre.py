"""Features centred for the head while it trains: what all training texts share is taken off.

Mean vectors of texts have one direction in common that is far longer than what tells them
apart, so that a head learns slowly, and dropout of it is noise. One shift is fixed before
the first step, by the same rule in every arm. Everything but training sees the same
function as a head over plain features.
"""

from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from embexp.models import HEADS
from embexp.models.batch import Batch
from embexp.training.runs import over_runs
from embexp.training.static import StaticConfig
from embexp.training.texts import Order, Texts, over_batches

Centres = Float[Array, "runs features"]


@partial(jax.jit, static_argnums=(0, 1))
def of_texts(
    static: StaticConfig, mesh: jax.sharding.Mesh, texts: Texts, order: Order, params: Any
) -> Centres:
    """Each run's mean over the training texts, or over their tokens where the head tags."""
    per_token = HEADS[static.head].per_token

    def one(params: dict[str, Any]) -> Array:
        model = static.model_with(params)

        def more(total: Array, batch: Batch) -> Array:
            counted = batch.mask if per_token else batch.text_indices >= 0
            features = model.features(batch.ids, batch.mask, batch.second)
            own = jnp.where(counted[..., None], features, 0.0)
            return total + own.reshape(-1, own.shape[-1]).sum(axis=0)

        nothing = jnp.zeros(model.width)
        count = len(texts.flat) if per_token else order.counts.sum()
        return over_batches(texts, order, static.widths, static.batch_size, more, nothing) / count

    return over_runs(mesh, one)(params)


@partial(jax.jit, static_argnums=(0, 1))
def of_means(
    static: StaticConfig,
    mesh: jax.sharding.Mesh,
    means: Float[Array, "runs texts dim"],
    count: Array,
    params: Any,
) -> Centres:
    """The same of runs that read the means of so many texts; what comes after is zeros."""

    def one(means: Array, params: dict[str, Any]) -> Array:
        return static.model_with(params).embedding.of_means(means).sum(axis=0) / count

    return over_runs(mesh, one)(means, params)


def plain(
    static: StaticConfig, mesh: jax.sharding.Mesh, params: dict[str, Any], centres: Centres
) -> dict[str, Any]:
    """All runs' parameters, the heads changed to those over plain features; tables are shared."""
    heads = {str(path[0]): params[str(path[0])] for path in HEADS[static.head].first_layers}
    return {**params, **_plain_heads(static, mesh, heads, centres)}


@partial(jax.jit, static_argnums=(0, 1))
def _plain_heads(
    static: StaticConfig, mesh: jax.sharding.Mesh, heads: dict[Any, Any], centres: Centres
) -> dict[Any, Any]:
    def one(heads: dict[Any, Any], centre: Array) -> dict[Any, Any]:
        return static.with_heads(heads, partial(_plain_layer, centre))

    return over_runs(mesh, one)(heads, centres)


def _plain_layer(centre: Float[Array, "features"], layer: dict[str, Array]) -> dict[str, Array]:
    """A dense layer whose first inputs are features."""
    shift = (centre[:, None] * layer["kernel"][: len(centre)]).sum(axis=0)
    return {**layer, "bias": layer["bias"] - shift}
