"""PPMI-SVD: singular vectors of positive pointwise mutual information."""

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.linalg import svds

from embexp.errors import InputError
from embexp.vectors.checkpoint import Progress, silent
from embexp.vectors.cooccurrence import Counts, count
from embexp.vectors.settings import PpmiSvd
from embexp.vectors.text import Text
from embexp.words import Vectors


def train(
    text: Text,
    settings: PpmiSvd | None = None,
    *,
    counts: Counts | None = None,
    progress: Progress = silent,
) -> Vectors:
    """Word vectors U·Σ^power of a text, the most frequent word first.

    The largest entry of each column is positive. The same seed gives the same bits on
    the same machine; it draws where the search for singular vectors begins, which
    changes them by rounding only. No state is saved while training.

    Args:
        counts: those of the text, weighted linearly, if they are known; else they are
            counted first.

    Raises:
        InputError: fewer words than `dim` + 1, or no pair of words that is more
            frequent than by chance.
    """
    settings = settings or PpmiSvd()
    if len(text.words) <= settings.dim:
        raise InputError(
            f"{len(text.words)} words have fewer than {settings.dim} directions; give a dim "
            f"below {len(text.words)}"
        )
    counts = counts or count(
        text,
        settings.window,
        "linear",
        progress=lambda done, running: progress(0.5 * done, running),
    )
    progress(0.5, "mutual information")
    matrix = ppmi(counts, len(text.words), settings)
    if not matrix.nnz:
        raise InputError(
            f"no two words stand together more often than by chance times {settings.shift:g}; "
            "give more text or a lower shift"
        )
    progress(0.6, "singular vectors")
    start = np.random.default_rng(settings.seed).standard_normal(len(text.words))
    left, values, _ = map(np.asarray, svds(matrix, settings.dim, v0=start))
    left, values = left[:, ::-1], np.maximum(values[::-1], 0)  # largest first
    signs = np.sign(left[np.abs(left).argmax(axis=0), np.arange(settings.dim)])
    progress(1.0, "done")
    return Vectors(text.words, left * signs * values**settings.power)


def ppmi(counts: Counts, words: int, settings: PpmiSvd) -> csr_array:
    """The matrix max(0, log(x_ij·Σ_k n_k^a / (n_i·n_j^a)) − log shift), a = `smoothing`.

    Words are i and contexts j, and n are the sums of the counts x. With a = 1 the
    logarithms are log(P(i, j) / (P(i)·P(j))) − log shift.
    """
    mirrored = counts.rows != counts.columns
    rows = np.concatenate([counts.rows, counts.columns[mirrored]])
    columns = np.concatenate([counts.columns, counts.rows[mirrored]])
    values = np.concatenate([counts.values, counts.values[mirrored]])
    sums = np.bincount(rows, values, words)
    smoothed = np.where(sums > 0, sums, 1) ** settings.smoothing * (sums > 0)
    values = np.log(values * smoothed.sum() / (sums[rows] * smoothed[columns])) - np.log(
        settings.shift
    )
    above = values > 0
    return csr_array((values[above], (rows[above], columns[above])), shape=(words, words))
