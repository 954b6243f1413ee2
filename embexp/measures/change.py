"""How a table moved from its start: drift, growth of norms, and the spectrum of the change.

The change of a large table is never held: some of its rows are taken at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isnan, nan, sqrt
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Items, Places, Rows
from embexp.measures.geometry import check_finite
from embexp.measures.statistics import Value, estimate

WithError = tuple[float, float]
"""A number and its standard error."""
PIECE = 4096
"""Rows taken to float64 at once: few enough to stay in a core's cache."""


class Change(NamedTuple):
    """Numbers about the rows of ΔE = E − E₀, each with its standard error over rows.

    Args:
        rows, moved: the number of rows, and of those that moved.
        drift: mean ‖E_w − E₀_w‖.
        growth: Σ‖E_w‖/Σ‖E₀_w‖; NaN for a start of zeros.
        top1: σ₁²/Σσ² of ΔE; NaN, like `rank`, where no row moved.
        rank: the effective rank of ΔE.
    """

    rows: int
    moved: int
    drift: WithError
    growth: WithError
    top1: WithError
    rank: WithError


@dataclass(frozen=True)
class Some:
    """Some rows of a table, taken when they are asked for."""

    table: Rows
    rows: Places

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, part: slice) -> Rows:
        return self.table[self.rows[part]]


@dataclass(frozen=True)
class Delta:
    """The rows of E − E₀, computed when they are asked for."""

    table: "Rows | Some"
    start: "Rows | Some"

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, part: slice) -> Rows:
        return self.table[part] - self.start[part]


AnyRows = Rows | Some | Delta


def change(table: Rows | Some, start: Rows | Some) -> Change:
    """How far and in which directions a table moved from its start.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    delta = Delta(table, start)
    squares = squares_of(delta)
    check_finite(squares)
    lengths, rows = np.sqrt(squares), len(delta)
    error = float(lengths.std(ddof=1)) / sqrt(rows) if rows > 1 else nan
    moved = int(np.count_nonzero(squares))
    spectral = _spectral(delta, squares) if moved else ((nan, nan), (nan, nan))
    return Change(rows, moved, (float(lengths.mean()), error), _growth(table, start), *spectral)


def change_values(numbers: Change, dim: int) -> dict[str, Value]:
    """`drift`, `norm_growth`, `top1_share` and `delta_rank` as values by name.

    Intervals are over rows. n of the last two counts the rows that moved; without any
    they are undefined.

    `top1_share`, σ₁²/Σσ² of ΔE, lies in [1/dim, 1]. Mean-pooling and a linear head on
    two classes give exactly 1 (ΔE has rank classes − 1). Chance is what isotropic noise
    of n rows gives, the Marchenko–Pastur edge (1 + √(dim/n))²/dim, at most 1; the
    largest of few values lies up to .002 below the edge (50 dimensions, 300 to 1,000
    rows), within the interval. The share is a ratio of sums Σ(v₁·δ)²/Σ‖δ‖², linearised
    (v₁ is stationary, so its own variation drops out).
    """
    rows, moved, drift, growth, top1, rank = numbers
    grown = 0 if isnan(growth[0]) else rows
    chance = min(1.0, (1 + sqrt(dim / moved)) ** 2 / dim) if moved else None
    return {
        "drift": estimate(*drift, rows, 0.0, most=inf),
        "norm_growth": estimate(*growth, grown, 1.0, total=rows, most=inf),
        "top1_share": estimate(*top1, moved, chance, total=rows),
        "delta_rank": estimate(*rank, moved, total=rows, least=1.0, most=float(dim)),
    }


def squares_of(rows: AnyRows) -> Items:
    """The squared length of each row."""
    return np.concatenate([np.einsum("rd,rd->r", each, each) for each in in_pieces(rows)])


def _growth(table: Rows | Some, start: Rows | Some) -> WithError:
    """The ratio of the rows' summed lengths, and its error (linearised)."""
    now, before = (np.sqrt(squares_of(each)) for each in (table, start))
    if not before.sum() > 0:
        return nan, nan
    ratio = float(now.sum() / before.sum())
    return ratio, float(np.linalg.norm((now - ratio * before) / before.sum()))


def _spectral(delta: AnyRows, squares: Items) -> tuple[WithError, WithError]:
    """The first direction's share of ΔE and the effective rank of ΔE, each with its error."""
    values, directions = spectrum(delta)
    power = float(values.sum())
    share = float(values[-1]) / power
    along = np.concatenate([piece @ directions[:, -1] for piece in in_pieces(delta)])
    error = float(np.linalg.norm(np.square(along) - share * squares)) / power
    return (share, error), rank_and_error(values, delta, directions)


def rank_and_error(
    values: Items, table: AnyRows, directions: Float[np.ndarray, "dim dim"]
) -> WithError:
    """The effective rank of a table with these squared singular values, and its error.

    The rank is exp of the entropy (nats) of the shares σ/Σσ (Roy & Vetterli 2007).

    Args:
        directions: the singular directions as columns.
    """
    present = values > 0
    sigma = np.sqrt(values[present])
    share = sigma / sigma.sum()
    entropy = -float(share @ np.log(share))
    rank = float(np.exp(entropy))
    pull = np.zeros(len(values))
    pull[present] = (np.log(share) + entropy) / (2 * sigma * sigma.sum())
    power = np.concatenate([np.square(piece @ directions) @ pull for piece in in_pieces(table)])
    influence = -rank * power
    return rank, float(np.linalg.norm(influence - influence.mean()))


def in_pieces(rows: AnyRows) -> Iterator[Float[np.ndarray, "piece dim"]]:
    """The rows in float64, some at a time: in float32 their products depend on the threads."""
    for start in range(0, max(len(rows), 1), PIECE):
        yield rows[start : start + PIECE].astype(np.float64)


def spectrum(
    rows: AnyRows,
) -> tuple[Items, Float[np.ndarray, "dim dim"]]:
    """Squared singular values, rising, and the right singular vectors as columns.

    They come from the Gram matrix; values within rounding error of 0 are set to 0.
    """
    gram: Any = 0.0
    for piece in in_pieces(rows):
        gram = gram + piece.T @ piece
    values, directions = np.linalg.eigh(gram)
    noise = values[-1] * max(len(rows), len(gram)) * np.finfo(np.float64).eps
    return np.where(values > noise, values, 0.0), directions
