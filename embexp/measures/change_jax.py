"""The JAX form of `change`: how the rows of a table moved from its start."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from embexp.measures.arrays_jax import Items, Mask, Rows
from embexp.measures.change import Change
from embexp.measures.eigen_jax import eigh

EPSILON = float(np.finfo(np.float64).eps)


def change(
    table: Rows,
    start: Rows,
    inside: Mask,
) -> Float[Array, "numbers"]:
    """The numbers of `change.change` of the rows inside, as an array for `as_change`."""
    delta = jnp.where(inside[:, None], table - start, 0).astype(jnp.float64)
    squares = (delta**2).sum(axis=1)
    rows, moved, lengths = inside.sum(), (squares > 0).sum(), jnp.sqrt(squares)
    drift = lengths.sum() / rows
    spread = jnp.sqrt(jnp.where(inside, (lengths - drift) ** 2, 0).sum() / (rows - 1) / rows)
    now, before = (
        jnp.where(inside, jnp.linalg.norm(each.astype(jnp.float64), axis=1), 0)
        for each in (table, start)
    )
    whole = jnp.where(before.any(), before.sum(), jnp.nan)
    growth = now.sum() / whole
    growth_error = jnp.linalg.norm(now - growth * before) / whole
    values, directions = eigh(delta.T @ delta)
    noise = values[-1] * jnp.maximum(rows, len(values)) * EPSILON
    values = jnp.where(values > noise, values, 0)
    along, power = (delta @ directions) ** 2, values.sum()
    top1 = values[-1] / power
    top1_error = jnp.linalg.norm(along[:, -1] - top1 * squares) / power
    rank, influence = effective_rank(values, along)
    rank_error = jnp.linalg.norm(jnp.where(inside, influence - influence.sum() / rows, 0))
    return jnp.stack(
        [rows, moved, drift, spread, growth, growth_error, top1, top1_error, rank, rank_error]
    )


def effective_rank(values: Items, along: Rows) -> tuple[Float[Array, ""], Float[Array, "rows"]]:
    """The effective rank of squared singular values, and each row's influence on it."""
    sigma = jnp.sqrt(values)
    share = sigma / sigma.sum()
    logs = jnp.log(jnp.where(share > 0, share, 1))
    entropy = -(share * logs).sum()
    scale = jnp.where(share > 0, 2 * sigma * sigma.sum(), 1)
    pull = jnp.where(share > 0, (logs + entropy) / scale, 0)
    return jnp.exp(entropy), -jnp.exp(entropy) * (along @ pull)


def as_change(numbers: Float[np.ndarray, "numbers"]) -> Change:
    """A change from the numbers of `change`."""
    rows, moved, *pairs = numbers.tolist()
    return Change(int(rows), int(moved), *zip(pairs[::2], pairs[1::2], strict=True))
