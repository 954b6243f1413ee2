"""Ridge regression that reads a number per word out of the words' vectors, out of fold."""

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.measures.arrays import Items, Places, Rows
from embexp.measures.geometry import finite
from embexp.measures.statistics import Value, fisher_interval, rank_correlation

PENALTIES = 10.0 ** np.arange(-5, 3)
"""Ridge penalties tried, in units of the number of training words: a coefficient's
shrinkage is variance / (variance + penalty)."""

FOLDS, FOLD_SEED = 5, 20


def read_out(
    rows: Rows,
    target: Items,
    fold: Places | None = None,
) -> Items:
    """Out-of-fold ridge predictions of each word's target, up to the fold's constant.

    Features are standardised on the training folds (a feature that does not vary there
    is left out), the penalty is the one of `PENALTIES` with the least generalised
    cross-validation error on the training folds (Golub, Heath & Wahba 1979). The
    intercept is left out: a training fold's mean knows nothing of the word, and pooled
    over folds it correlates negatively with the target. Predictions below rounding
    error are 0.

    Raises:
        InputError: fewer words than twice the folds, NaN or infinity.
    """
    fold = fold_of(len(target)) if fold is None else np.unique(fold, return_inverse=True)[1]
    count = int(fold.max(initial=0)) + 1
    if len(rows) != len(target) or len(target) < 2 * count or count < 2:
        raise InputError(
            f"a read-out needs a target a row and two words a fold: {len(rows)} rows, "
            f"{len(target)} targets, {count} folds"
        )
    order = np.argsort(fold, kind="stable")
    features, wanted = _scaled(finite(rows)[order]), target[order] - target.mean()
    parts = np.split(np.arange(len(order)), np.cumsum(np.bincount(fold))[:-1])
    data = np.column_stack([features, wanted, np.ones(len(wanted))])
    moments = np.stack([data[part].T @ data[part] for part in parts])
    weights, centres = _ridge(moments.sum(axis=0) - moments)
    read = np.empty(len(target))
    for part, weight, centre in zip(parts, weights, centres, strict=True):
        read[order[part]] = (features[part] - centre) @ weight
    return np.where(np.abs(read) > 1e-9 * np.abs(wanted).max(), read, 0.0)


def fold_of(words: int) -> Places:
    """The fold of each word, drawn by a fixed generator."""
    return np.random.default_rng(FOLD_SEED).permutation(words) % FOLDS


def _scaled(features: Rows) -> Rows:
    """Features with mean 0 and variance 1, so that moments lose no digits.

    A feature that does not vary becomes 0.
    """
    centred = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    return centred / np.where(
        spread > 1e-12 * np.abs(features).max(axis=0, initial=0), spread, np.inf
    )


def _ridge(
    moments: Float[np.ndarray, "folds size size"],
) -> tuple[Float[np.ndarray, "folds dim"], Float[np.ndarray, "folds dim"]]:
    """Weights and feature means of ridge regressions, one a fold.

    Args:
        moments: second moments of (features, target, 1) of each fold's training words.
    """
    count = moments[:, -1:, -1]
    means = moments[:, -1, :-1] / count
    covariance = moments[:, :-1, :-1] / count[..., None] - means[:, :, None] * means[:, None, :]
    variance = np.diagonal(covariance, axis1=1, axis2=2)
    scale = 1 / np.sqrt(np.where(variance > 1e-10, variance, np.inf))
    scale[:, -1] = 1
    covariance = covariance * scale[:, :, None] * scale[:, None, :]
    values, axes = np.linalg.eigh(covariance[:, :-1, :-1])
    loads = np.einsum("fij,fi->fj", axes, covariance[:, :-1, -1])
    shrunk = 1 / (np.maximum(values, 0)[:, None] + PENALTIES[:, None])
    fitted = shrunk * values[:, None]
    error = covariance[:, -1, -1, None] - ((2 - fitted) * shrunk * loads[:, None] ** 2).sum(axis=2)
    score = error / (1 - np.minimum((1 + fitted.sum(axis=2)) / count, 1 - 1e-9)) ** 2
    chosen = shrunk[np.arange(len(score)), np.argmin(score, axis=1)]
    return np.einsum("fij,fj->fi", axes, chosen * loads) * scale[:, :-1], means[:, :-1]


def agreement(read: Items, target: Items) -> Value:
    """Spearman's ρ between a `read_out` (or one stratum of it) and its target.

    The interval is Fisher's at half the number of words. Half, because two words inform
    each other's read-out, and near chance that counts one agreement twice: over random
    tables ρ scatters up to √2 times as widely as for independent pairs, over strongly
    polar ones as widely. The interval is safe for both.

    Where nothing can be read, ρ lies a little below 0 on average (.02 to .03 of 200
    words, .01 of 1,000) and misses 0 from below more often than from above: the less
    the words of a fold agree with the rest, the weaker the read-out that ρ is relative
    to. The interval holds 0 all the same, in 93 to 98 of 100 draws
    (`embexp.synthetic`).
    """
    value = rank_correlation(read, target)
    low, high = fisher_interval(value.value, value.n // 2)
    return value._replace(low=low, high=high)
