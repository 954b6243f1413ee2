"""Orthogonal Procrustes: rotating a table onto another (Schönemann 1966)."""

from dataclasses import replace
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float64

from embexp.errors import InputError
from embexp.words import Vectors


class Rotated(NamedTuple):
    """Rotated vectors, the rotation, and how near the common words are to their targets.

    `before` and `after` are Σ‖x − y‖² / Σ‖y‖² over the common words without and with
    the rotation; 0 if they are alike. `cosine_before` and `cosine_after` are the mean
    cosines of a word with itself, in [−1, 1].
    """

    vectors: Vectors
    rotation: Float64[np.ndarray, "dim dim"]
    common: int
    before: float
    after: float
    cosine_before: float
    cosine_after: float


def rotate(vectors: Vectors, target: Vectors) -> Rotated:
    """Rotates `vectors` so that the words in both come as near to `target` as possible.

    The rotation, which may mirror, is UVᵀ, where USVᵀ is the decomposition of XᵀY.
    Lengths and angles within `vectors` do not change. Vectors of n-grams are rotated,
    too.

    Raises:
        InputError: tables of different widths, fewer common words than dimensions (then
            the rotation is not determined).
    """
    if vectors.dim != target.dim:
        raise InputError(
            f"vectors of {vectors.dim} numbers cannot be rotated onto vectors of {target.dim}; "
            "train both with one width"
        )
    common = [word for word in vectors.words if word in target.index]
    if len(common) < vectors.dim:
        raise InputError(
            f"{len(common)} words stand in both files, but {vectors.dim} dimensions need as "
            "many; are they of one language?"
        )
    x = vectors.table[[vectors.index[word] for word in common]].astype(np.float64)
    y = target.table[[target.index[word] for word in common]].astype(np.float64)
    left, _, right = np.linalg.svd(x.T @ y)
    rotation = left @ right
    subwords = vectors.subwords
    rotated = Vectors(
        vectors.words,
        (vectors.table @ rotation).astype(np.float32),
        replace(subwords, table=(subwords.table @ rotation).astype(np.float32))
        if subwords
        else None,
    )
    return Rotated(
        rotated,
        rotation,
        len(common),
        _distance(x, y),
        _distance(x @ rotation, y),
        _cosine(x, y),
        _cosine(x @ rotation, y),
    )


def _distance(x: Float[np.ndarray, "rows dim"], y: Float[np.ndarray, "rows dim"]) -> float:
    return float(np.square(x - y).sum() / max(np.square(y).sum(), np.finfo(np.float64).tiny))


def _cosine(x: Float[np.ndarray, "rows dim"], y: Float[np.ndarray, "rows dim"]) -> float:
    """Mean cosine of corresponding rows; a row of zeros has 0."""
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return float(
        np.mean(np.einsum("rd,rd->r", x, y) / np.maximum(norms, np.finfo(np.float64).tiny))
    )
