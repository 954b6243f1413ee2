"""How alike two tables with the same rows are, whatever their widths and rotations."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Items, Rows
from embexp.measures.dependence import Ranked, partial_influence, rank_influence, shared_error
from embexp.measures.geometry import finite, spread, unit_rows
from embexp.measures.statistics import Value, correlation_interval, estimate, undefined

OtherRows = Float[np.ndarray, "rows width"]
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
    pull: Items


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
    return estimate(value, float(np.linalg.norm(pull)), n, chance)


def procrustes(table: Rows, other: OtherRows) -> Value:
    """The share of a table's variance left after its best fit onto the other, in [0, 1].

    The fit is a shift, a rotation and a scale. The share is 1 − (Σσ)², σ the singular
    values of XᵀY for centred tables of norm 1 (Schönemann 1966); 0 for tables alike.
    Chance is its mean over `SHUFFLES` shuffles of the rows by a fixed generator. The
    interval is over rows, the rotation held (it is stationary).
    """
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
    return estimate(1 - fit**2, error, len(x), float(1 - np.mean(np.square(shuffled))))


def rsa(table: Rows, other: OtherRows) -> Value:
    """Spearman's ρ between two tables' cosines of all pairs of sampled rows; chance 0.

    Kriegeskorte et al. 2008. n counts the rows in the sample (`geometry.spread`), total
    all rows. The interval takes pairs that share a row as dependent.
    """
    kept = spread(len(table), SAMPLE)
    sides = (pairs_of(cosines(each[kept])) for each in (table, other))
    return pair_agreement(*sides)._replace(total=len(table))


def cosines(rows: Rows) -> Matrix:
    """Cosines of all pairs of rows."""
    unit = unit_rows(rows.astype(np.float64))
    return unit @ unit.T


class Pairs(NamedTuple):
    """The pairs of items of a symmetric matrix: those of its upper triangle, with their ranks."""

    items: int
    ranks: Ranked


def pairs_of(matrix: Matrix) -> Pairs:
    """A matrix prepared for `pair_agreement`, once for all that it is compared with."""
    items = len(matrix)
    return Pairs(items, Ranked(matrix[np.triu_indices(items, 1)]))


def pair_agreement(one: Pairs, other: Pairs, given: Pairs | None = None) -> Value:
    """Spearman's ρ over the pairs of the same items in two matrices; chance 0.

    n counts the items; undefined below 4. The interval takes pairs that share an item
    as dependent.

    Args:
        given: those of a third matrix that is held constant: the value is then the partial
            correlation of ranks.
    """
    items = one.items
    if items < 4:
        return undefined(items, 0.0)
    rho, influence = (
        rank_influence(one.ranks, other.ranks)
        if given is None
        else partial_influence(one.ranks, other.ranks, given.ranks)
    )
    error = shared_error(*np.triu_indices(items, 1), influence)
    interval = correlation_interval(rho, error / (1 - rho**2) if abs(rho) < 1 else error)
    return Value(rho, *interval, items, items, 0.0)


def _centred(table: Rows) -> Rows:
    x = finite(table)
    return x - x.mean(axis=0) if len(x) else x
