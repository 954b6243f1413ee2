"""What a polarity ρ is held against: counts of the training labels, and what noise allows."""

from math import sqrt

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.measures.evaluated import EvaluatedWords
from embexp.measures.sentiment import log_odds
from embexp.measures.statistics import Value, rank_correlation, undefined

HALVES, HALVES_SEED = 20, 20
"""Random halves of the held-out documents, and the seed that draws them."""

Tokens = Int[np.ndarray, "tokens"]
Offsets = Int[np.ndarray, "texts_and_one"]
Labels = Int[np.ndarray, "texts"]


def counted_polarity(words: EvaluatedWords, ids: Tokens, offsets: Offsets, labels: Labels) -> Value:
    """Spearman's ρ between words' log-odds in training texts and in held-out ones; chance 0.

    It is what counting labels gives, without a table.
    """
    odds, _ = log_odds(ids, offsets, labels, len(words.words))
    return rank_correlation(odds[words.log_odds_rows], words.log_odds)


def polarity_ceiling(words: EvaluatedWords, ids: Tokens, offsets: Offsets, labels: Labels) -> Value:
    """The greatest ρ that a perfect read-out could have with log-odds as noisy as these.

    The square root of their reliability: the mean correlation r between the log-odds in two
    random halves of the held-out documents, stepped up to all of them by 2r/(1 + r) (Spearman
    1910; Brown 1910). The square root is what bounds a correlation with a noisy target
    (Spearman 1904). NaN where halves do not agree at all.
    """
    rng, found = np.random.default_rng(HALVES_SEED), []
    for _ in range(HALVES):
        first = rng.permutation(len(labels)) % 2 == 0
        one, other = (_odds_of(words, half, ids, offsets, labels) for half in (first, ~first))
        found.append(rank_correlation(one, other).value)
    mean, count = float(np.mean(found)), len(words.log_odds)
    if not mean > 0:
        return undefined(count, 0.0)
    return Value(sqrt(2 * mean / (1 + mean)), np.nan, np.nan, count, count, 0.0)


def _odds_of(
    words: EvaluatedWords,
    half: Bool[np.ndarray, "texts"],
    ids: Tokens,
    offsets: Offsets,
    labels: Labels,
) -> Float[np.ndarray, "log_odds_words"]:
    """Log-odds of the evaluated words in one half of the documents."""
    kept = np.repeat(half, np.diff(offsets))
    ends = np.concatenate([[0], np.cumsum(np.diff(offsets)[half])])
    odds, _ = log_odds(ids[kept], ends, labels[half], len(words.words))
    return odds[words.log_odds_rows]
