"""Tables into what their rows look like together: directions, spectra and single cosines."""

from math import nan, sqrt

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.statistics import Value, share_interval, undefined
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


def _spectrum(rows: Float[np.ndarray, "rows dim"]) -> tuple[Float[np.ndarray, "dim"], Float[np.ndarray, "dim dim"]]:
    """Squared singular values, rising, with rounding noise set to 0, and the right singular vectors as columns, by the Gram matrix."""
    values, directions = np.linalg.eigh(rows.T @ rows)
    return np.where(values > values[-1] * max(rows.shape) * np.finfo(np.float64).eps, values, 0.0), directions
