"""Tables into what their rows look like together: directions, spectra and single cosines."""

from math import nan, sqrt
from statistics import NormalDist

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.statistics import LEVEL, Value, mean_interval, share_interval, undefined
from embexp.words import Vectors

BLOCK = 1 << 24
"""Cosines held at once: 64 MiB of float32."""


def unit_rows(table: Float[np.ndarray, "rows dim"]) -> Float[np.ndarray, "rows dim"]:
    """Rows scaled to length 1; a row of zeros stays zeros, so that its cosine with every row is 0.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    lengths = np.sqrt(np.einsum("rd,rd->r", table, table))
    if not np.isfinite(lengths).all():
        row = int(np.argmin(np.isfinite(lengths)))
        raise InputError(f"row {row} of the table holds NaN, infinity or numbers too large to measure; did training diverge?")
    return table / np.where(lengths > 0, lengths, 1)[:, None]


def nearest(table: Float[np.ndarray, "rows dim"], queries: Int[np.ndarray, "queries"], k: int) -> Int[np.ndarray, "queries k"]:
    """For each query (a row's number) the k other rows with the highest cosine, best first; which of tied rows is taken is arbitrary.

    Raises:
        InputError: fewer than k other rows.
    """
    rows = len(table)
    if not 0 < k < rows:
        raise InputError(f"each row has {rows - 1} others, so k must lie in 1..{rows - 1}; it is {k}")
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
    """The cosine of two words in [−1, 1]; a random table's scatters about 0 with sd 1/√dim. Undefined (n = 0) if a word is missing.

    It is one exact number, not a sample, so it has no interval within a table: its interval is the one over seeds.
    """
    if word1 not in vectors or word2 not in vectors:
        return undefined(1, 0.0)
    a, b = unit_rows(np.stack([vectors[word1], vectors[word2]]).astype(np.float64))
    return Value(float(np.clip(a @ b, -1, 1)), nan, nan, 1, 1, 0.0)


def top1_share(delta: Float[np.ndarray, "rows dim"]) -> Value:
    """The share of ‖ΔE‖²_F on its first singular direction: σ₁² / Σσ², from 1/dim to 1; ΔE = 0 is undefined (n = 0).

    n counts the rows that moved. Mean-pooling and a linear head on two classes give exactly 1 (ΔE has rank classes − 1).
    Chance is what isotropic noise of n rows gives, the Marchenko–Pastur edge (1 + √(dim/n))²/dim, at most 1. The interval is over
    rows: the share is a ratio of sums Σ(v₁·δ)² / Σ‖δ‖², linearised (v₁ is stationary, so its own variation drops out).
    """
    rows = delta[delta.any(axis=1)].astype(np.float64)
    n, dim = rows.shape
    if n == 0:
        return undefined(len(delta))
    values, directions = _spectrum(rows)
    power = float(values.sum())
    share = float(values[-1]) / power
    influence = (rows @ directions[:, -1]) ** 2 - share * np.einsum("rd,rd->r", rows, rows)
    chance = min(1.0, (1 + sqrt(dim / n)) ** 2 / dim)
    return Value(share, *share_interval(share, float(np.linalg.norm(influence)) / power), n, len(delta), chance)


def effective_rank(table: Float[np.ndarray, "rows dim"]) -> float:
    """Exp of the entropy (nats) of the singular values' shares σ/Σσ, from 1 to dim (Roy & Vetterli 2007); a table of zeros has NaN."""
    sigma = np.sqrt(_spectrum(table.astype(np.float64))[0])
    share = sigma[sigma > 0] / sigma.sum()
    return float(np.exp(-(share * np.log(share)).sum())) if len(share) else nan


def rank_value(table: Float[np.ndarray, "rows dim"]) -> Value:
    """`effective_rank` with its interval over rows (linearised); a table without length in any direction is undefined.

    The interval is around the table's own value: of few rows it is biased downwards, towards at most the number of rows.
    """
    values, directions = _spectrum(_finite(table))
    present = values > 0
    if not present.any():
        return undefined(len(table))
    sigma = np.sqrt(values[present])
    share = sigma / sigma.sum()
    rank = float(np.exp(-(share * np.log(share)).sum()))
    steps = (table.astype(np.float64) @ directions[:, present]) ** 2 / (2 * sigma * sigma.sum())
    influence = -rank * (steps @ np.log(share) - steps.sum(axis=1) * float(share @ np.log(share)))
    reach = _z() * float(np.linalg.norm(influence - influence.mean()))
    return Value(rank, max(rank - reach, 1.0), min(rank + reach, table.shape[1]), len(table), len(table), None)


def drift(table: Float[np.ndarray, "rows dim"], start: Float[np.ndarray, "rows dim"]) -> Value:
    """Mean over rows of ‖E_w − E₀_w‖, from 0, with Student's interval over rows; a frozen table has 0."""
    moved = _finite(table) - _finite(start)
    return Value(*mean_interval(np.sqrt(np.einsum("rd,rd->r", moved, moved))), len(table), len(table), 0.0)


def norm_growth(table: Float[np.ndarray, "rows dim"], start: Float[np.ndarray, "rows dim"]) -> Value:
    """Σ‖E_w‖/Σ‖E₀_w‖, from 0; 1 where rows kept their length on average. The interval is over rows; undefined for a start of zeros."""
    now, before = (np.linalg.norm(_finite(each), axis=1) for each in (table, start))
    if not before.sum() > 0:
        return undefined(len(table), 1.0)
    ratio = float(now.sum() / before.sum())
    reach = _z() * float(np.linalg.norm((now - ratio * before) / before.sum()))
    return Value(ratio, max(ratio - reach, 0.0), ratio + reach, len(table), len(table), 1.0)


def isotropy(table: Float[np.ndarray, "rows dim"]) -> Value:
    """The ratio min Z(c)/max Z(c), Z(c) = Σ_w exp(c·E_w), over the right singular vectors c of the table, both ways: 1 is isotropic.

    The partition ratio of Mu & Viswanath 2018 (eq. 5). A singular vector has no sign, so −c is tried as well as c. The ratio depends
    on the rows' lengths. The interval is over rows (linearised, in logarithms), the two directions held. Undefined without rows.
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
    reach = _z() * float(np.linalg.norm(np.exp(scores[:, least] - logs[least]) - np.exp(scores[:, most] - logs[most])))
    low, high = np.exp(log_ratio - reach), np.exp(min(log_ratio + reach, 0.0))
    return Value(float(np.exp(log_ratio)), float(low), float(high), len(rows), len(rows), None)


def isoscore(table: Float[np.ndarray, "rows dim"]) -> Value:
    """(P − 1)/(dim − 1), P = (Σλ)²/Σλ² for the eigenvalues λ of the rows' covariance; 0 for one direction, 1 for the same in all.

    That is IsoScore (Rudman et al. 2022, Algorithm 1) in closed form: its defect δ² is (dim − √dim·√P)/(dim − √dim) and its share of
    dimensions used is P/dim. The interval is over rows (linearised). Undefined for one dimension or equal rows.
    """
    rows = _finite(table)
    rows, dim = rows - rows.mean(axis=0), rows.shape[1]
    moments = rows.T @ rows
    trace, square = float(np.trace(moments)), float((moments**2).sum())
    if dim < 2 or not square > 0:
        return undefined(len(rows))
    participation = trace**2 / square
    lengths, pulled = np.einsum("rd,rd->r", rows, rows), np.einsum("rd,de,re->r", rows, moments, rows, optimize=True)
    reach = _z() * participation * float(np.linalg.norm(2 * lengths / trace - 2 * pulled / square)) / (dim - 1)
    score = (participation - 1) / (dim - 1)
    return Value(score, max(score - reach, 0.0), min(score + reach, 1.0), len(rows), len(rows), None)


def mean_share(table: Float[np.ndarray, "rows dim"]) -> Value:
    """‖mean row‖² as a share of the rows' mean squared length, in [0, 1]; chance 1/rows, as rows that know no direction give.

    The square of ‖μ‖ over the (quadratic) mean length, which Mu & Viswanath 2018 report. The interval is over rows (linearised).
    Undefined for rows of zeros.
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
        raise InputError(f"row {int(np.argmin(finite))} of the table holds NaN or infinity; did training diverge?")
    return table.astype(np.float64)


def _z() -> float:
    return NormalDist().inv_cdf((1 + LEVEL) / 2)


def _spectrum(rows: Float[np.ndarray, "rows dim"]) -> tuple[Float[np.ndarray, "dim"], Float[np.ndarray, "dim dim"]]:
    """Squared singular values, rising, with rounding noise set to 0, and the right singular vectors as columns, by the Gram matrix."""
    values, directions = np.linalg.eigh(rows.T @ rows)
    return np.where(values > values[-1] * max(rows.shape) * np.finfo(np.float64).eps, values, 0.0), directions
