"""Features standardised for the head while it trains, by one affine map that the start fixes.

A head over features of mean 0 and variance 1 trains alike whatever the scale of a table,
and dropout takes no part of what all texts share. Everything but training sees the same
function as a head over plain features.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from embexp.models import HEADS
from embexp.training.runs import over_runs
from embexp.training.static import StaticConfig
from embexp.training.texts import Order, Texts, gather

CONSTANT = 1e-6
"""A feature that deviates less than this share of its mean does not vary, but for rounding."""


class Standard(NamedTuple):
    """The means of features, and 1 ÷ their deviations; 1 where a feature does not vary."""

    centre: Float[Array, "features"]
    scale: Float[Array, "features"]


class Moments(NamedTuple):
    """The number of items, their means, and their squared deviations in all."""

    items: Float[Array, ""]
    centre: Float[Array, "features"]
    squares: Float[Array, "features"]


def moments_of(features: Float[Array, "items features"], counted: Bool[Array, "items"]) -> Moments:
    """Those of the items that count."""
    count = counted.sum().astype(jnp.float32)
    own = jnp.where(counted[:, None], features, 0.0)
    centre = own.sum(axis=0) / jnp.maximum(count, 1)
    deviations = jnp.where(counted[:, None], features - centre, 0.0)
    return Moments(count, centre, (deviations**2).sum(axis=0))


def merged(one: Moments, other: Moments) -> Moments:
    """Those of both together (the pairwise update of Chan, Golub & LeVeque 1983)."""
    count = one.items + other.items
    apart, share = other.centre - one.centre, other.items / jnp.maximum(count, 1)
    squares = one.squares + other.squares + apart**2 * one.items * share
    return Moments(count, one.centre + apart * share, squares)


def standard_of(moments: Moments) -> Standard:
    """The map that gives these items mean 0 and variance 1."""
    spread = jnp.sqrt(moments.squares / jnp.maximum(moments.items, 1))
    varies = spread > CONSTANT * jnp.abs(moments.centre)
    return Standard(moments.centre, 1.0 / jnp.where(varies, spread, 1.0))


def standardised(
    standard: Standard, features: Float[Array, "*items features"]
) -> Float[Array, "*items features"]:
    """Features as a head reads them in training."""
    return (features - standard.centre) * standard.scale


@partial(jax.jit, static_argnums=(0, 1))
def of_texts(
    static: StaticConfig, mesh: jax.sharding.Mesh, texts: Texts, order: Order, params: Any
) -> Standard:
    """Each run's standard of the training texts, or of their tokens where the head tags."""
    per_token = HEADS[static.head].per_token

    def one(params: dict[str, Any]) -> Standard:
        model = static.model_with(params)

        def more(so_far: Moments, indices: Array, width: int) -> Moments:
            batch = gather(texts, indices, width)
            counted = batch.mask if per_token else batch.text_indices >= 0
            features = model.features(batch.ids, batch.mask)
            own = features.reshape(-1, features.shape[-1]), counted.reshape(-1)
            return merged(so_far, moments_of(*own))

        branches = [partial(more, width=width) for width in static.widths]

        def step(t: Array, so_far: Moments) -> Moments:
            return jax.lax.switch(order.buckets[t], branches, so_far, order.text_indices[t])

        nothing = jnp.zeros(model.encoder.output_size)
        start = Moments(jnp.float32(0), nothing, nothing)
        return standard_of(jax.lax.fori_loop(0, order.steps, step, start))

    return over_runs(mesh, one)(params)


@partial(jax.jit, static_argnums=(0, 1))
def of_means(
    static: StaticConfig,
    mesh: jax.sharding.Mesh,
    means: Float[Array, "runs texts dim"],
    count: Array,
    params: Any,
) -> Standard:
    """The same of runs that read the means of so many texts."""

    def one(means: Array, params: dict[str, Any]) -> Standard:
        features = static.model_with(params).embedding.of_means(means)
        return standard_of(moments_of(features, jnp.arange(len(features)) < count))

    return over_runs(mesh, one)(means, params)


@partial(jax.jit, static_argnums=(0, 1))
def plain(
    static: StaticConfig, mesh: jax.sharding.Mesh, params: dict[str, Any], standard: Standard
) -> dict[str, Any]:
    """All runs' parameters, the heads changed to those over plain features."""
    first = HEADS[static.head].first_layers

    def one(params: dict[str, Any], standard: Standard) -> dict[str, Any]:
        for path in first:
            params = _at(params, path, partial(_plain_layer, standard))
        return params

    return over_runs(mesh, one)(params, standard)


def _plain_layer(standard: Standard, layer: dict[str, Array]) -> dict[str, Array]:
    """A dense layer whose first inputs are features."""
    kernel, features = layer["kernel"], len(standard.centre)
    own = kernel[:features] * standard.scale[:, None]
    bias = layer["bias"] - (standard.centre[:, None] * own).sum(axis=0)
    return {**layer, "kernel": kernel.at[:features].set(own), "bias": bias}


def _at(tree: dict[Any, Any], path: Sequence[Any], change: Any) -> dict[Any, Any]:
    """The tree with another branch."""
    if not path:
        return change(tree)
    name, *rest = path
    return {**tree, name: _at(tree[name], rest, change)}
