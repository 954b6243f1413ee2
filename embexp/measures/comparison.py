"""How alike two tables with the same rows are, whatever their widths and rotations."""

from math import nan
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.measures.dependence import correlation_interval, rank_influence, shared_error
from embexp.measures.geometry import Rows, spread, unit_rows
from embexp.measures.statistics import Value, normal_interval, undefined

Others = Float[np.ndarray, "others width"]
Matrix = Float[np.ndarray, "items items"]

SAMPLE = 500
"""Rows whose pairs are compared."""
SHUFFLES = 20
SEED = 5


class Centred(NamedTuple):
    """A table with column means 0, and what CKA needs of it alone.

    Args:
        gram: XᵀX.
        pull: each row's share xᵀ(XᵀX)x in ‖XᵀX‖².
    """

    rows: Rows
    gram: Float[np.ndarray, "dim dim"]
    pull: Float[np.ndarray, "rows"]


def centred(table: Rows) -> Centred:
    """A table prepared for `aligned`, once for all tables that it is compared with.

    Raises:
        InputError: it holds NaN or infinity.
    """
    x = _centred(table)
    gram = x.T @ x
    return Centred(x, gram, np.einsum("rd,rd->r", x @ gram, x))


def aligned(x: Centred, y: Centred) -> Value:
    """Linear centred kernel alignment ‖XᵀY‖²/(‖XᵀX‖·‖YᵀY‖) of centred tables, in [0, 1].

    Kornblith et al. 2019, eq. 4. Chance is exact, the expectation when the rows of one
    table are shuffled, tr(XXᵀ)·tr(YYᵀ)/((n − 1)·‖XᵀX‖·‖YᵀY‖): it grows with the widths
    and falls with the rows. The interval is over rows (linearised). Undefined where a
    table has equal rows only.
    """
    n, norms = len(x.rows), [float(np.linalg.norm(each.gram)) for each in (x, y)]
    if n < 2 or not min(norms) > 0:
        return undefined(n)
    cross, scale = x.rows.T @ y.rows, norms[0] * norms[1]
    value = float((cross**2).sum()) / scale
    chance = float(np.trace(x.gram) * np.trace(y.gram)) / ((n - 1) * scale)
    pull = 2 * np.einsum("rd,rd->r", x.rows @ cross, y.rows) / scale - value * (
        x.pull / norms[0] ** 2 + y.pull / norms[1] ** 2
    )
    return Value(
        value, *normal_interval(value, float(np.linalg.norm(pull)), 0.0, 1.0), n, n, chance
    )


def procrustes(table: Rows, other: Others) -> Value:
    """The share of a table's variance left after its best fit onto the other, in [0, 1].

    The fit is a shift, a rotation and a scale. The share is 1 − (Σσ)², σ the singular
    values of XᵀY for centred tables of norm 1 (Schönemann 1966); 0 for tables alike.
    Chance is its mean over `SHUFFLES` shuffles of the rows by a fixed generator. The
    interval is over rows, the rotation held (it is stationary).
    """
    _same_rows(table, other)
    x, y = _centred(table), _centred(other)
    norms = float(np.linalg.norm(x)), float(np.linalg.norm(y))
    if not min(norms) > 0:
        return undefined(len(x))
    x, y = x / norms[0], y / norms[1]
    left, sigma, right = np.linalg.svd(x.T @ y, full_matrices=False)
    fit = float(min(sigma.sum(), 1.0))
    rng = np.random.default_rng(SEED)
    shuffled = [
        np.linalg.svd(x.T @ y[rng.permutation(len(y))], compute_uv=False).sum()
        for _ in range(SHUFFLES)
    ]
    along = np.einsum("rk,rk->r", x @ left, y @ right.T)
    pull = along - fit / 2 * (np.einsum("rd,rd->r", x, x) + np.einsum("rd,rd->r", y, y))
    error = 2 * fit * float(np.linalg.norm(pull))
    return Value(
        1 - fit**2,
        *normal_interval(1 - fit**2, error, 0.0, 1.0),
        len(x),
        len(x),
        float(1 - np.mean(np.square(shuffled))),
    )


def rsa(table: Rows, other: Others) -> Value:
    """Spearman's ρ between two tables' cosines of all pairs of sampled rows; chance 0.

    Kriegeskorte et al. 2008. n counts the rows in the sample (`geometry.spread`), total
    all rows. The interval takes pairs that share a row as dependent.
    """
    _same_rows(table, other)
    kept = spread(len(table), SAMPLE)
    return pair_agreement(cosines(table[kept]), cosines(other[kept]))._replace(total=len(table))


def cosines(rows: Rows) -> Float[np.ndarray, "rows rows"]:
    """Cosines of all pairs of rows."""
    unit = unit_rows(rows.astype(np.float64))
    return unit @ unit.T


def pair_agreement(one: Matrix, other: Matrix) -> Value:
    """Spearman's ρ over the pairs of items of two symmetric matrices (upper triangles).

    n counts the items; undefined below 4.
    """
    items = len(one)
    if items < 4:
        return undefined(items, 0.0)
    first, second = np.triu_indices(items, 1)
    rho, influence = rank_influence(one[first, second], other[first, second])
    return Value(
        rho, *correlation_interval(rho, shared_error(first, second, influence)), items, items, 0.0
    )


def partial_agreement(
    one: Matrix,
    other: Matrix,
    given: Matrix,
) -> Value:
    """`pair_agreement` of two matrices with a third held constant.

    It is the partial correlation of ranks, (a − bc)/√((1 − b²)(1 − c²)). Undefined
    where the third agrees perfectly with one of them.
    """
    items = len(one)
    if items < 4:
        return undefined(items, 0.0)
    first, second = np.triu_indices(items, 1)
    x, y, z = (matrix[first, second] for matrix in (one, other, given))
    (a, by_a), (b, by_b), (c, by_c) = (
        rank_influence(x, y),
        rank_influence(x, z),
        rank_influence(y, z),
    )
    scale = float(np.sqrt(max(1 - b * b, 0) * max(1 - c * c, 0)))
    if not scale > 1e-9:
        return Value(nan, nan, nan, items, items, 0.0)
    rho = float(np.clip((a - b * c) / scale, -1, 1))
    influence = (
        by_a / scale
        + (rho * b / (1 - b * b) - c / scale) * by_b
        + (rho * c / (1 - c * c) - b / scale) * by_c
    )
    return Value(
        rho, *correlation_interval(rho, shared_error(first, second, influence)), items, items, 0.0
    )


def _same_rows(table: Rows, other: Others) -> None:
    if len(table) != len(other):
        raise InputError(
            f"two tables are compared row by row: {len(table)} rows against {len(other)}; "
            "align them first"
        )


def _centred(table: Rows) -> Rows:
    """The table in float64 with column means 0.

    Raises:
        InputError: it holds NaN or infinity.
    """
    if not np.isfinite(table).all():
        raise InputError("a table to be compared holds NaN or infinity; did training diverge?")
    x = table.astype(np.float64)
    return x - x.mean(axis=0) if len(x) else x
