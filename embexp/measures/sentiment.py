"""Tables into how much polarity they hold: read out by ridge regression, and seen in
the signs of neighbouring lexicon words.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.errors import InputError
from embexp.measures.dependence import shared_error
from embexp.measures.geometry import nearest
from embexp.measures.statistics import (
    Value,
    fisher_interval,
    rank_correlation,
    share_interval,
    undefined,
)

MINIMUM_DOCUMENTS = 20
"""A word's log-odds count as known from this many held-out documents on."""

PENALTIES = 10.0 ** np.arange(-5, 3)
"""Ridge penalties tried, in units of the number of training words: a coefficient's
shrinkage is variance / (variance + penalty)."""

FOLD_SEED = 20


def log_odds(
    ids: Int[np.ndarray, "tokens"],
    offsets: Int[np.ndarray, "texts_and_one"],
    labels: Int[np.ndarray, "texts"],
    vocab: int,
) -> tuple[Float[np.ndarray, "vocab"], Int[np.ndarray, "vocab"]]:
    """Each word's log((n₊ + 1)/(n₋ + 1)) in nats and n₊ + n₋, where n counts the
    documents of a class that hold the word.

    Count on documents that no table was trained on, and keep words with at least
    `MINIMUM_DOCUMENTS`. A word that stands twice in a document counts once; a word in
    no document has 0.

    Args:
        ids: the texts' ids one after another, text i at offsets[i]:offsets[i + 1].
        labels: 1 for positive, 0 for negative.

    Raises:
        InputError: other labels, or ids and offsets that do not fit.
    """
    if not np.isin(labels, (0, 1)).all():
        raise InputError(
            f"log-odds need the labels 0 and 1, but there are {np.unique(labels).tolist()[:10]}; choose two classes"
        )
    if len(offsets) != len(labels) + 1 or offsets[-1] != len(ids):
        raise InputError(
            f"{len(labels)} labels need {len(labels) + 1} offsets up to {len(ids)}, not {len(offsets)} up to {offsets[-1]}"
        )
    if len(ids) and not 0 <= ids.min() <= ids.max() < vocab:
        raise InputError(
            f"ids run from {ids.min()} to {ids.max()}, but the vocabulary has {vocab} rows"
        )
    keys = np.repeat(np.arange(len(labels)) * vocab, np.diff(offsets)) + ids
    keys.sort()
    text, word = np.divmod(keys[np.diff(keys, prepend=-1) != 0], vocab)
    documents = np.bincount(word, minlength=vocab)
    positive = np.bincount(word[labels[text] == 1], minlength=vocab)
    return np.log((positive + 1) / (documents - positive + 1)), documents


def polarity(
    rows: Float[np.ndarray, "words dim"],
    odds: Float[np.ndarray, "words"],
    folds: int | Int[np.ndarray, "words"] = 5,
) -> Value:
    """Spearman's ρ between each word's log-odds and their read-out from its vector by
    ridge regression on other words; chance 0.

    Args:
        rows: the vectors of words with enough held-out documents.
        odds: their `log_odds`, from documents that the table was not trained on.
        folds: how many, drawn by a fixed generator, or the fold of each word (by lemma,
            say).

    The value is in [−1, 1], undefined for fewer words than twice the folds and where
    nothing can be read out (one-hot rows). See `read_out`; for a stratum take
    `agreement` over its part of one read-out.

    Chance 0 is that of a table that knows no text. A table that is trained on shuffled
    labels is a random projection of which texts hold which words (random indexing:
    Kanerva, Kristoferson & Holst 2000), and words of one polarity share texts: after
    long training on IMDB it has about .06, from nothing but that. So a trained table is
    compared with such a control, not with 0.
    """
    count = folds if isinstance(folds, int) else len(np.unique(folds))
    return (
        agreement(read_out(rows, odds, folds), odds)
        if len(odds) >= 2 * count
        else undefined(len(odds), 0.0)
    )


def agreement(read: Float[np.ndarray, "words"], target: Float[np.ndarray, "words"]) -> Value:
    """Spearman's ρ between a `read_out` (or one stratum of it) and its target, with
    Fisher's interval at half the number of words.

    Half, because two words inform each other's read-out, and near chance that counts
    one agreement twice: over random tables ρ scatters up to √2 times as widely as for
    independent pairs, over strongly polar ones as widely. The interval is safe for
    both.

    Where nothing can be read, ρ lies a little below 0 on average (.02 to .03 of 200
    words, .01 of 1,000) and misses 0 from below more often than from above: the less
    the words of a fold agree with the rest, the weaker the read-out that ρ is relative
    to. The interval holds 0 all the same, in 93 to 98 of 100 draws
    (`embexp.data.chance`).
    """
    value = rank_correlation(read, target)
    low, high = fisher_interval(value.value, value.n // 2)
    return value._replace(low=low, high=high)


def read_out(
    rows: Float[np.ndarray, "words dim"],
    target: Float[np.ndarray, "words"],
    folds: int | Int[np.ndarray, "words"] = 5,
) -> Float[np.ndarray, "words"]:
    """Out-of-fold ridge predictions of each word's target, up to the fold's constant;
    below rounding they are 0.

    Features are standardised on the training folds (a feature that does not vary there
    is left out), the penalty is the one of `PENALTIES` with the least generalised
    cross-validation error on the training folds (Golub, Heath & Wahba 1979). The
    intercept is left out: a training fold's mean knows nothing of the word, and pooled
    over folds it correlates negatively with the target.

    Raises:
        InputError: fewer words than twice the folds, NaN or infinity.
    """
    fold = (
        fold_of(len(target), folds)
        if isinstance(folds, int)
        else np.unique(folds, return_inverse=True)[1]
    )
    count = int(fold.max(initial=0)) + 1
    if len(rows) != len(target) or len(target) < 2 * count or count < 2:
        raise InputError(
            f"a read-out needs a target a row and two words a fold: {len(rows)} rows, {len(target)} targets, {count} folds"
        )
    if not (np.isfinite(rows).all() and np.isfinite(target).all()):
        raise InputError(
            "the vectors or targets of a read-out hold NaN or infinity; did training diverge?"
        )
    order = np.argsort(fold, kind="stable")
    features, wanted = _scaled(rows[order].astype(np.float64)), target[order] - target.mean()
    parts = np.split(np.arange(len(order)), np.cumsum(np.bincount(fold))[:-1])
    data = np.column_stack([features, wanted, np.ones(len(wanted))])
    moments = np.stack([data[part].T @ data[part] for part in parts])
    weights, centres = _ridge(moments.sum(axis=0) - moments)
    read = np.empty(len(target))
    for part, weight, centre in zip(parts, weights, centres, strict=True):
        read[order[part]] = (features[part] - centre) @ weight
    return np.where(np.abs(read) > 1e-9 * np.abs(wanted).max(), read, 0.0)


def fold_of(words: int, count: int = 5) -> Int[np.ndarray, "words"]:
    """The fold of each word, drawn by a fixed generator."""
    return np.random.default_rng(FOLD_SEED).permutation(words) % count


def _scaled(features: Float[np.ndarray, "words dim"]) -> Float[np.ndarray, "words dim"]:
    """Mean 0 and variance 1, so that moments lose no digits; a feature that does not
    vary becomes 0.
    """
    centred = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    return centred / np.where(
        spread > 1e-12 * np.abs(features).max(axis=0, initial=0), spread, np.inf
    )


def _ridge(
    moments: Float[np.ndarray, "folds size size"],
) -> tuple[Float[np.ndarray, "folds dim"], Float[np.ndarray, "folds dim"]]:
    """Weights and feature means of ridge regressions, each from the second moments of
    (features, target, 1) of its training words.
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


def lexicon_consistency(
    rows: Float[np.ndarray, "words dim"],
    sign: Float[np.ndarray, "words"] | Int[np.ndarray, "words"],
    ks: Sequence[int] = (1, 10, 100),
) -> dict[int, Value]:
    """For each k the share of a lexicon word's k nearest lexicon neighbours that have
    its own sign, averaged over the two classes.

    A word's share is in [0, 1]; the mean over positive and the mean over negative words
    are averaged, so that a larger class does not count for more (Tang et al. 2014, eq.
    10, balanced). Chance is exact: a word of a class with c of n words finds its own
    sign with probability (c − 1)/(n − 1), and the two classes average to (n − 2)/(2(n −
    1)), just under ½.

    Args:
        sign: above 0 for positive, below 0 for negative words.

    A k that the other words cannot fill, or a class without words, leaves the value
    undefined (n = 0). See `consistency`.
    """
    return {k: consistency(found, sign) for k, found in lexical_neighbours(rows, ks).items()}


def lexical_neighbours(
    rows: Float[np.ndarray, "words dim"],
    ks: Sequence[int] = (1, 10, 100),
    queries: Int[np.ndarray, "queries"] | None = None,
) -> dict[int, Int[np.ndarray, "queries _"]]:
    """For each k every word's k nearest others, or those of the queries only; none for
    a k that the others cannot fill.
    """
    n, asked = len(rows), np.arange(len(rows)) if queries is None else queries
    possible = [k for k in ks if 0 < k < n]
    found = nearest(rows, asked, max(possible)) if possible else np.empty((len(asked), 0), np.int64)
    return {k: found[:, :k] if k in possible else found[:, :0] for k in ks}


def consistency(
    found: Int[np.ndarray, "queries k"],
    sign: Float[np.ndarray, "words"] | Int[np.ndarray, "words"],
    among: Bool[np.ndarray, "words"] | None = None,
    queries: Int[np.ndarray, "queries"] | None = None,
) -> Value:
    """`lexicon_consistency` from neighbours already found (`lexical_neighbours` of all
    words or of queries), or of those words `among`.

    The interval is normal. Its error takes any two (word, neighbour) pairs as dependent
    that share a word, since mutual neighbours and hubs count one word's sign many times
    (dyadic-robust variance: Aronow, Samii & Assenova 2015, Political Analysis 23).

    Raises:
        InputError: a sign is 0 or missing.
    """
    n, k, asked = len(sign), found.shape[1], np.arange(len(sign)) if queries is None else queries
    if len(found) != len(asked) or (np.asarray(sign) == 0).any():
        raise InputError(
            f"{len(found)} words need as many signs above or below 0, not {np.count_nonzero(sign)}; leave neutral words out"
        )
    positive = (np.asarray(sign) > 0).astype(int)
    own, chosen = positive[asked], np.ones(len(asked), bool) if among is None else among[asked]
    chance, sizes = max(n - 2, 0) / (2 * max(n - 1, 1)), np.bincount(own[chosen], minlength=2)
    words, total = int(sizes.sum()), n if among is None else int(among.sum())
    if not k or not sizes.all():
        return undefined(total, chance)
    weight = chosen / (k * sizes[own])
    same = positive[found] == own[:, None]
    shares = np.bincount(own, weights=weight * same.sum(axis=1), minlength=2)
    residual = weight[:, None] * (same - shares[own][:, None])
    error = shared_error(np.repeat(asked, k), found.ravel(), residual.ravel()) / 2
    value = float(shares.mean())
    return Value(value, *share_interval(value, error), words, total, chance)
