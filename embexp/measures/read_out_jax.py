"""The JAX form of `read_out`: ridge regression out of fold."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from embexp.measures.arrays_jax import Items, Places, Rows
from embexp.measures.eigen_jax import eigh
from embexp.measures.read_out import FOLDS, PENALTIES


def read_out(
    rows: Rows,
    target: Items,
    fold: Places,
) -> Items:
    """The same as `read_out.read_out`, with the fold of each word given."""
    features = rows.astype(jnp.float64)
    features -= features.mean(axis=0)
    spread = features.std(axis=0)
    varies = spread > 1e-12 * jnp.abs(rows).max(axis=0)
    features = jnp.where(varies, features / jnp.where(varies, spread, 1), 0)
    wanted = target - target.mean()
    data = jnp.column_stack([features, wanted, jnp.ones(len(wanted))])
    member = (fold == jnp.arange(FOLDS)[:, None]).astype(jnp.float64)
    moments = jnp.einsum("fw,wi,wj->fij", member, data, data, optimize=True)
    weights, centres = jax.vmap(_ridge)(moments.sum(axis=0) - moments)
    read = ((features - centres[fold]) * weights[fold]).sum(axis=1)
    return jnp.where(jnp.abs(read) > 1e-9 * jnp.abs(wanted).max(), read, 0)


def _ridge(moments: Float[Array, "size size"]) -> tuple[Items, Items]:
    """Weights and feature means of one fold's ridge regression."""
    count = moments[-1, -1]
    means = moments[-1, :-1] / count
    covariance = moments[:-1, :-1] / count - jnp.outer(means, means)
    variance = jnp.diagonal(covariance)
    varies = variance > 1e-10
    scale = jnp.where(varies, 1 / jnp.sqrt(jnp.where(varies, variance, 1)), 0).at[-1].set(1)
    covariance = covariance * jnp.outer(scale, scale)
    values, axes = eigh(covariance[:-1, :-1])
    loads = axes.T @ covariance[:-1, -1]
    shrunk = 1 / (jnp.maximum(values, 0) + PENALTIES[:, None])
    fitted = shrunk * values
    error = covariance[-1, -1] - ((2 - fitted) * shrunk * loads**2).sum(axis=1)
    score = error / (1 - jnp.minimum((1 + fitted.sum(axis=1)) / count, 1 - 1e-9)) ** 2
    return axes @ (shrunk[jnp.argmin(score)] * loads) * scale[:-1], means[:-1]
