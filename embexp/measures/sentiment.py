"""Measures of polarity: held-out log-odds read out, and the signs of lexicon neighbours."""

from math import nan

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.arrays import Items, Mask, Neighbours, Places
from embexp.measures.dependence import shared_error
from embexp.measures.entry import RHO, SHARE, Measure
from embexp.measures.read_out import agreement
from embexp.measures.statistics import Value, estimate, undefined
from embexp.measures.summary import MeasuredTable

MINIMUM_DOCUMENTS = 20
"""A word's log-odds count as known from this many held-out documents on."""


def log_odds(
    ids: Int[np.ndarray, "tokens"],
    offsets: Int[np.ndarray, "texts_and_one"],
    labels: Int[np.ndarray, "texts"],
    vocab: int,
) -> tuple[Float[np.ndarray, "vocab"], Int[np.ndarray, "vocab"]]:
    """Each word's log((n₊ + 1)/(n₋ + 1)) in nats, and n₊ + n₋.

    n counts the documents of a class that hold the word. Count on documents that no
    table was trained on, and keep words with at least `MINIMUM_DOCUMENTS`. A word that
    stands twice in a document counts once; a word in no document has 0.

    Args:
        ids: the texts' ids one after another, text i at offsets[i]:offsets[i + 1].
        labels: 1 for positive, 0 for negative.

    Raises:
        InputError: other labels.
    """
    if not np.isin(labels, (0, 1)).all():
        raise InputError(
            f"log-odds need the labels 0 and 1, but there are {np.unique(labels).tolist()[:10]}; "
            "choose two classes"
        )
    keys = np.repeat(np.arange(len(labels)) * vocab, np.diff(offsets)) + ids
    keys.sort()
    text, word = np.divmod(keys[np.diff(keys, prepend=-1) != 0], vocab)
    documents = np.bincount(word, minlength=vocab)
    positive = np.bincount(word[labels[text] == 1], minlength=vocab)
    return np.log((positive + 1) / (documents - positive + 1)), documents


def known_log_odds(
    ids: Int[np.ndarray, "tokens"],
    offsets: Int[np.ndarray, "texts_and_one"],
    labels: Int[np.ndarray, "texts"],
    vocab: int,
) -> Float[np.ndarray, "vocab"]:
    """`log_odds` of the words in at least `MINIMUM_DOCUMENTS` documents, NaN for the others."""
    odds, documents = log_odds(ids, offsets, labels, vocab)
    return np.where(documents >= MINIMUM_DOCUMENTS, odds, nan)


def polarity(table: MeasuredTable) -> Value | None:
    """Spearman's ρ between words' log-odds and their read-out from the table; chance 0.

    The read-out is a ridge regression on other words (`read_out`); a stratum takes its
    part of the read-out of all words. Undefined where nothing can be read out (one-hot
    rows).

    Chance 0 is that of a table that knows no text. A table that is trained on shuffled
    labels is a random projection of which texts hold which words (random indexing:
    Kanerva, Kristoferson & Holst 2000), and words of one polarity share texts: after
    long training on IMDB it has about .06, from nothing but that. So a trained table is
    compared with such a control, not with 0.
    """
    odds = table.words.log_odds
    kept = table.inside(table.words.log_odds_rows)
    if not table.reads or kept.sum() < table.least:
        return None
    return agreement(table.log_odds_read_out()[kept], odds[kept])


def lexicon_consistency(table: MeasuredTable, lexicon: str, k: int, queries: int) -> Value | None:
    """`consistency` of a table's evaluated words that a lexicon gives a polarity."""
    rows, signs = table.words.lexicon_words(lexicon)
    asked, inside = table.words.lexicon_queries(lexicon, queries), table.inside(rows)
    if inside[asked].sum() < table.least:
        return None
    found = table.lexicon_neighbours(lexicon, queries)
    enough = k <= found.shape[1]
    return consistency(found[:, : k if enough else 0], signs, inside, asked)


def consistency(
    found: Neighbours,
    sign: Items | Places,
    among: Mask,
    queries: Int[np.ndarray, "queries"],
) -> Value:
    """The share of nearest lexicon words that have a word's own sign, averaged over two classes.

    A word's share is in [0, 1]. The mean over positive and the mean over negative words
    are averaged, so that a larger class does not count for more (Tang et al. 2014, eq.
    10, balanced). Chance is exact: a word of a class with c of n words finds its own
    sign with probability (c − 1)/(n − 1), and the two classes average to (n − 2)/(2(n −
    1)), just under ½.

    Args:
        found: the nearest lexicon words of the queries.
        sign: above 0 for positive, below 0 for negative words.
        among: the words that count.

    The interval is normal. Its error takes any two (word, neighbour) pairs as dependent
    that share a word, since mutual neighbours and hubs count one word's sign many times
    (dyadic-robust variance: Aronow, Samii & Assenova 2015, Political Analysis 23).
    """
    n, k, positive = len(sign), found.shape[1], (sign > 0).astype(int)
    own, chosen = positive[queries], among[queries]
    chance, sizes = max(n - 2, 0) / (2 * max(n - 1, 1)), np.bincount(own[chosen], minlength=2)
    words, total = int(sizes.sum()), int(among.sum())
    if not k or not sizes.all():
        return undefined(total, chance)
    weight = chosen / (k * sizes[own])
    same = positive[found] == own[:, None]
    shares = np.bincount(own, weights=weight * same.sum(axis=1), minlength=2)
    residual = weight[:, None] * (same - shares[own][:, None])
    error = shared_error(np.repeat(queries, k), found.ravel(), residual.ravel()) / 2
    value = float(shares.mean())
    return estimate(value, error, words, chance, total=total)


def _lexicon(k: int) -> Measure:
    return Measure(
        f"lexicon@{k}",
        f"lexicon consistency @{k}",
        SHARE,
        "sentiment",
        True,
        0.5,
        "Tang et al. 2014, eq. 10, class-balanced",
        function=lexicon_consistency,
        parameters={"k": k, "queries": 1000},
        resource={"lexicon": "vader"},
        each_step=True,
        by_stratum=k == 10,
    )


POLARITY = Measure(
    "polarity",
    "polarity ρ",
    RHO,
    "sentiment",
    True,
    0.0,
    "ridge read-out of held-out log-odds, cross-validated",
    function=polarity,
    each_step=True,
    by_stratum=True,
)
LEXICON_CONSISTENCY = tuple(map(_lexicon, (1, 10, 100)))
