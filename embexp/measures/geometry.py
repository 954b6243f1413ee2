"""Tables into what their rows look like together: directions, spectra and single cosines."""

from math import isnan, nan, sqrt
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.dependence import normal_interval
from embexp.measures.statistics import LEVEL, Value, share_interval, undefined
from embexp.words import Vectors

BLOCK = 1 << 24
"""Cosines held at once: 64 MiB of float32."""
PIECE = 4096
"""Rows taken to float64 at once: few enough to stay in a core's cache."""


def unit_rows(table: Float[np.ndarray, "rows dim"]) -> Float[np.ndarray, "rows dim"]:
    """Rows scaled to length 1; a row of zeros stays zeros, so that its cosine with every row is 0.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    lengths = np.sqrt(np.einsum("rd,rd->r", table, table))
    if not np.isfinite(lengths).all():
        row = int(np.argmin(np.isfinite(lengths)))
        raise InputError(
            f"row {row} of the table holds NaN, infinity or numbers too large to measure; did training diverge?"
        )
    return table / np.where(lengths > 0, lengths, 1)[:, None]


def nearest(
    table: Float[np.ndarray, "rows dim"], queries: Int[np.ndarray, "queries"], k: int
) -> Int[np.ndarray, "queries k"]:
    """For each query (a row's number) the k other rows with the highest cosine, best
    first; which of tied rows is taken is arbitrary.

    Raises:
        InputError: fewer than k other rows.
    """
    rows = len(table)
    if not 0 < k < rows:
        raise InputError(
            f"each row has {rows - 1} others, so k must lie in 1..{rows - 1}; it is {k}"
        )
    unit, block = unit_rows(table), max(1, BLOCK // rows)
    best = np.empty((len(queries), k), np.int64)
    for start in range(0, len(queries), block):
        these = queries[start : start + block]
        cosine = unit[these] @ unit.T
        cosine[np.arange(len(these)), these] = -np.inf
        top = np.argpartition(cosine, rows - k, axis=1)[:, rows - k :]
        order = np.argsort(-np.take_along_axis(cosine, top, axis=1), axis=1, kind="stable")
        best[start : start + block] = np.take_along_axis(top, order, axis=1)
    return best


def cosine(vectors: Vectors, word1: str, word2: str) -> Value:
    """The cosine of two words in [−1, 1]; a random table's scatters about 0 with sd
    1/√dim. Undefined (n = 0) if a word is missing.

    It is one exact number, not a sample, so it has no interval within a table: its
    interval is the one over seeds.
    """
    if word1 not in vectors or word2 not in vectors:
        return undefined(1, 0.0)
    a, b = unit_rows(np.stack([vectors[word1], vectors[word2]]).astype(np.float64))
    return Value(float(np.clip(a @ b, -1, 1)), nan, nan, 1, 1, 0.0)


def pair_cosines(
    table: Float[np.ndarray, "rows dim"],
    rows1: Int[np.ndarray, "pairs"],
    rows2: Int[np.ndarray, "pairs"],
) -> Float[np.ndarray, "pairs"]:
    """The cosine of each pair of rows, rounded to 12 digits, so that rounding makes no
    order of cosines that are equal.
    """
    used, places = np.unique(np.concatenate([rows1, rows2]), return_inverse=True)
    unit = unit_rows(table[used].astype(np.float64))
    first, second = np.split(places, 2)
    return np.round(np.einsum("pd,pd->p", unit[first], unit[second]), 12)


def top1_share(delta: Float[np.ndarray, "rows dim"]) -> Value:
    """The share of ‖ΔE‖²_F on its first singular direction: σ₁² / Σσ², from 1/dim to 1;
    ΔE = 0 is undefined (n = 0).

    n counts the rows that moved. Mean-pooling and a linear head on two classes give
    exactly 1 (ΔE has rank classes − 1). Chance is what isotropic noise of n rows gives,
    the Marchenko–Pastur edge (1 + √(dim/n))²/dim, at most 1; the largest of few values
    lies up to .002 below the edge (50 dimensions, 300 to 1,000 rows), within the
    interval. The interval is over rows: the share is a ratio of sums Σ(v₁·δ)² / Σ‖δ‖²,
    linearised (v₁ is stationary, so its own variation drops out).
    """
    return change_values(change(delta, np.zeros_like(delta)), delta.shape[1])["top1_share"]


class Change(NamedTuple):
    """What the rows of ΔE = E − E₀ are like together: each number with its standard
    error over rows.

    Args:
        rows, moved: how many rows there are, and how many of them moved.
        drift: mean ‖E_w − E₀_w‖.
        growth: Σ‖E_w‖/Σ‖E₀_w‖; NaN for a start of zeros.
        top1: σ₁²/Σσ² of ΔE; as `rank`, of no meaning where no row moved.
        rank: the effective rank of ΔE.
    """

    rows: int
    moved: int
    drift: tuple[float, float]
    growth: tuple[float, float]
    top1: tuple[float, float]
    rank: tuple[float, float]


def change(table: Float[np.ndarray, "rows dim"], start: Float[np.ndarray, "rows dim"]) -> Change:
    """How a table moved from its start, in one pass over both.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    delta = table - start
    squares = np.einsum("rd,rd->r", delta, delta, dtype=np.float64)
    if not np.isfinite(squares).all():
        raise InputError(
            f"row {int(np.argmin(np.isfinite(squares)))} of the table holds NaN or infinity; did training diverge?"
        )
    lengths, rows = np.sqrt(squares), len(delta)
    error = float(lengths.std(ddof=1)) / sqrt(rows) if rows > 1 else nan
    moved = int(np.count_nonzero(squares))
    spectral = _spectral(delta, squares) if moved else ((nan, nan), (nan, nan))
    return Change(rows, moved, (float(lengths.mean()), error), _growth(table, start), *spectral)


def change_values(numbers: Change, dim: int) -> dict[str, Value]:
    """`drift`, `norm_growth`, `top1_share` and `delta_rank`, the effective rank of ΔE,
    as values by name.

    Intervals are over rows. n of the last two counts the rows that moved; without any
    they are undefined.
    """
    rows, moved, drift, growth, (top1, top1_error), rank = numbers
    chance = min(1.0, (1 + sqrt(dim / moved)) ** 2 / dim) if moved else None
    return {
        "drift": Value(drift[0], *normal_interval(*drift, 0.0), rows, rows, 0.0),
        "norm_growth": Value(growth[0], *normal_interval(*growth, 0.0), rows, rows, 1.0)
        if not isnan(growth[0])
        else undefined(rows, 1.0),
        "top1_share": Value(top1, *share_interval(top1, top1_error), moved, rows, chance)
        if moved
        else undefined(rows),
        "delta_rank": Value(rank[0], *normal_interval(*rank, 1.0, float(dim)), moved, rows, None)
        if moved
        else undefined(rows),
    }


def _growth(
    table: Float[np.ndarray, "rows dim"], start: Float[np.ndarray, "rows dim"]
) -> tuple[float, float]:
    """The ratio of the rows' summed lengths, and its error (linearised)."""
    now, before = (
        np.sqrt(np.einsum("rd,rd->r", each, each, dtype=np.float64)) for each in (table, start)
    )
    if not before.sum() > 0:
        return nan, nan
    ratio = float(now.sum() / before.sum())
    return ratio, float(np.linalg.norm((now - ratio * before) / before.sum()))


def _spectral(
    delta: Float[np.ndarray, "rows dim"], squares: Float[np.ndarray, "rows"]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The first direction's share of ΔE and the effective rank of ΔE, each with its
    error, of one spectrum.
    """
    values, directions = _spectrum(delta)
    along = np.square(
        delta @ directions.astype(delta.dtype)
    )  # for the errors only, so the table's own precision will do
    power = float(values.sum())
    share = float(values[-1]) / power
    return (share, float(np.linalg.norm(along[:, -1] - share * squares)) / power), _rank(
        values, along
    )


def _rank(
    values: Float[np.ndarray, "dim"], along: Float[np.ndarray, "rows dim"]
) -> tuple[float, float]:
    """The effective rank of squared singular values, and its error from the rows'
    squares along the singular directions.
    """
    present = values > 0
    sigma = np.sqrt(values[present])
    share = sigma / sigma.sum()
    entropy = -float(share @ np.log(share))
    rank = float(np.exp(entropy))
    pull = np.zeros(len(values))
    pull[present] = (np.log(share) + entropy) / (2 * sigma * sigma.sum())
    influence = -rank * (along @ pull.astype(along.dtype)).astype(np.float64)
    return rank, float(np.linalg.norm(influence - influence.mean()))


def effective_rank(table: Float[np.ndarray, "rows dim"]) -> float:
    """Exp of the entropy (nats) of the singular values' shares σ/Σσ, from 1 to dim (Roy
    & Vetterli 2007); a table of zeros has NaN.
    """
    sigma = np.sqrt(_spectrum(table)[0])
    share = sigma[sigma > 0] / sigma.sum()
    return float(np.exp(-(share * np.log(share)).sum())) if len(share) else nan


def rank_value(table: Float[np.ndarray, "rows dim"]) -> Value:
    """`effective_rank` with its interval over rows (linearised); a table without length
    in any direction is undefined.

    The interval is around the table's own value: of few rows it is biased downwards,
    towards at most the number of rows.
    """
    rows = _finite(table)
    values, directions = _spectrum(rows)
    if not values.any():
        return undefined(len(table))
    rank, error = _rank(values, (rows @ directions) ** 2)
    return Value(
        rank,
        *normal_interval(rank, error, 1.0, float(table.shape[1])),
        len(table),
        len(table),
        None,
    )


def drift(table: Float[np.ndarray, "rows dim"], start: Float[np.ndarray, "rows dim"]) -> Value:
    """Mean over rows of ‖E_w − E₀_w‖, from 0, with a normal interval over rows; a
    frozen table has 0.
    """
    return change_values(change(table, start), table.shape[1])["drift"]


def norm_growth(
    table: Float[np.ndarray, "rows dim"], start: Float[np.ndarray, "rows dim"]
) -> Value:
    """Σ‖E_w‖/Σ‖E₀_w‖, from 0; 1 where rows kept their length on average. The interval
    is over rows; undefined for a start of zeros.
    """
    return change_values(change(table, start), table.shape[1])["norm_growth"]


def isotropy(table: Float[np.ndarray, "rows dim"]) -> Value:
    """The ratio min Z(c)/max Z(c), Z(c) = Σ_w exp(c·E_w), over the right singular
    vectors c of the table, both ways: 1 is isotropic.

    The partition ratio of Mu & Viswanath 2018 (eq. 5). A singular vector has no sign,
    so −c is tried as well as c. The ratio depends on the rows' lengths. The interval is
    over rows (linearised, in logarithms), the two directions held. Undefined without
    rows.
    """
    rows = _finite(table)
    if not len(rows):
        return undefined(0)
    along = rows @ _spectrum(rows)[1]
    scores = np.concatenate([along, -along], axis=1)
    peak = scores.max(axis=0)
    logs = np.log(np.exp(scores - peak).sum(axis=0)) + peak
    least, most = int(logs.argmin()), int(logs.argmax())
    log_ratio = float(logs[least] - logs[most])
    reach = _z() * float(
        np.linalg.norm(
            np.exp(scores[:, least] - logs[least]) - np.exp(scores[:, most] - logs[most])
        )
    )
    low, high = np.exp(log_ratio - reach), np.exp(min(log_ratio + reach, 0.0))
    return Value(float(np.exp(log_ratio)), float(low), float(high), len(rows), len(rows), None)


def isoscore(table: Float[np.ndarray, "rows dim"]) -> Value:
    """(P − 1)/(dim − 1), P = (Σλ)²/Σλ² for the eigenvalues λ of the rows' covariance; 0
    for one direction, 1 for the same in all.

    That is IsoScore (Rudman et al. 2022, Algorithm 1) in closed form: its defect δ² is
    (dim − √dim·√P)/(dim − √dim) and its share of dimensions used is P/dim. The interval
    is over rows (linearised). Undefined for one dimension or equal rows.
    """
    rows = _finite(table)
    rows, dim = rows - rows.mean(axis=0), rows.shape[1]
    moments = rows.T @ rows
    trace, square = float(np.trace(moments)), float((moments**2).sum())
    if dim < 2 or not square > 0:
        return undefined(len(rows))
    participation = trace**2 / square
    lengths, pulled = (
        np.einsum("rd,rd->r", rows, rows),
        np.einsum("rd,de,re->r", rows, moments, rows, optimize=True),
    )
    reach = (
        _z()
        * participation
        * float(np.linalg.norm(2 * lengths / trace - 2 * pulled / square))
        / (dim - 1)
    )
    score = (participation - 1) / (dim - 1)
    return Value(
        score, max(score - reach, 0.0), min(score + reach, 1.0), len(rows), len(rows), None
    )


def mean_share(table: Float[np.ndarray, "rows dim"]) -> Value:
    """‖mean row‖² as a share of the rows' mean squared length, in [0, 1]; chance
    1/rows, as rows that know no direction give.

    The square of ‖μ‖ over the (quadratic) mean length, which Mu & Viswanath 2018
    report. The interval is over rows (linearised). Undefined for rows of zeros.
    """
    rows = _finite(table)
    squares = np.einsum("rd,rd->r", rows, rows)
    whole = float(squares.sum())
    if not whole > 0:
        return undefined(len(rows))
    mean, n = rows.mean(axis=0), len(rows)
    share = float(mean @ mean) * n / whole
    influence = 2 * (rows @ mean - mean @ mean) / whole - share * (squares - squares.mean()) / whole
    return Value(share, *share_interval(share, float(np.linalg.norm(influence))), n, n, 1 / n)


def _finite(table: Float[np.ndarray, "rows dim"]) -> Float[np.ndarray, "rows dim"]:
    """The table in float64.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        raise InputError(
            f"row {int(np.argmin(finite))} of the table holds NaN or infinity; did training diverge?"
        )
    return table.astype(np.float64)


def _z() -> float:
    return NormalDist().inv_cdf((1 + LEVEL) / 2)


def _spectrum(
    rows: Float[np.ndarray, "rows dim"],
) -> tuple[Float[np.ndarray, "dim"], Float[np.ndarray, "dim dim"]]:
    """Squared singular values, rising, with rounding noise set to 0, and the right
    singular vectors as columns, by the Gram matrix.
    """
    gram = np.zeros((rows.shape[1], rows.shape[1]))
    for start in range(0, len(rows), PIECE):
        piece = rows[start : start + PIECE].astype(np.float64)
        gram += piece.T @ piece
    values, directions = np.linalg.eigh(gram)
    return np.where(
        values > values[-1] * max(rows.shape) * np.finfo(np.float64).eps, values, 0.0
    ), directions
