"""Tables into how much word meaning they hold: agreement with human similarity scores
and with another table's neighbours.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.errors import InputError
from embexp.measures.dependence import shared_error
from embexp.measures.geometry import nearest, pair_cosines
from embexp.measures.pairs import WordPairs
from embexp.measures.statistics import Value, mean_share, rank_correlation, undefined, wilson
from embexp.words import Vectors


class Located(NamedTuple):
    """The pairs whose words both have a row: the two rows of each, its human score, and
    how many pairs there were.
    """

    rows1: Int[np.ndarray, "pairs"]
    rows2: Int[np.ndarray, "pairs"]
    scores: Float[np.ndarray, "pairs"]
    total: int


def locate(words: Sequence[str], pairs: WordPairs, *, any_case: bool = False) -> Located:
    """Where the pairs' words stand, in lower case as the pairs have them.

    Args:
        any_case: whether `Paris` is `paris` too: of words that differ in case only the
            first counts, as in gensim.
    """
    index: dict[str, int] = {}
    for row, word in enumerate(map(str.lower, words) if any_case else words):
        index.setdefault(word, row)
    found = [
        (index.get(a, -1), index.get(b, -1))
        for a, b in zip(pairs.words1, pairs.words2, strict=True)
    ]
    rows = np.array(found).reshape(-1, 2)
    known = (rows >= 0).all(axis=1)
    return Located(rows[known, 0], rows[known, 1], pairs.scores[known], len(pairs))


def similarity(vectors: Vectors, pairs: WordPairs, *, any_case: bool = False) -> Value:
    """Spearman's ρ between the cosine of two words and their human score, in [−1, 1]; chance 0.

    Only pairs with both words known count (n of total); an unknown word is never
    imputed. Undefined where fewer than two pairs are known or all cosines are equal
    (one-hot rows). With `any_case` equals gensim's
    `evaluate_word_pairs(dummy4unknown=False)`. Hill, Reichart & Korhonen 2015
    (SimLex-999); Finkelstein et al. 2002 (WordSim-353). Fewer than 100 pairs are too
    few for a headline.
    """
    return located_similarity(vectors.table, locate(vectors.words, pairs, any_case=any_case))


def located_similarity(table: Float[np.ndarray, "rows dim"], located: Located) -> Value:
    """`similarity` for a table whose pairs have been located, which is done once for
    all tables of one vocabulary.
    """
    return scored_similarity(pair_cosines(table, located.rows1, located.rows2), located)


def scored_similarity(cosine: Float[np.ndarray, "pairs"], located: Located) -> Value:
    """`similarity` where the located pairs' cosines are known already."""
    return (
        rank_correlation(cosine, located.scores, located.total)
        if len(cosine)
        else undefined(located.total, 0.0)
    )


def overlap(
    found: Int[np.ndarray, "queries k"], start: Int[np.ndarray, "others width"]
) -> Float[np.ndarray, "queries"]:
    """For each query the share of its k neighbours (`geometry.nearest`) that are among
    the k it had in the other table.
    """
    if found.shape != start.shape:
        raise InputError(
            f"neighbours are compared query by query: {found.shape} (queries, k) against {start.shape}"
        )
    return (found[:, :, None] == start[:, None, :]).any(axis=2).mean(axis=1)


def neighbour_overlap(
    table: Float[np.ndarray, "rows dim"],
    start: Float[np.ndarray, "others width"],
    k: int = 10,
    queries: Int[np.ndarray, "queries"] | None = None,
) -> Value:
    """Mean share of common k nearest neighbours by cosine in two tables with the same
    rows, in [0, 1]; chance k/(rows − 1).

    Args:
        queries: the rows whose neighbours are compared, each against all rows; all of
            them by default. n counts them, and the interval is over them.

    For many tables against one start find the start's neighbours once and take
    `kept_neighbours`.
    """
    if len(table) != len(start):
        raise InputError(f"the tables hold the same words: {len(table)} rows against {len(start)}")
    rows = np.arange(len(table)) if queries is None else queries
    return kept_neighbours(nearest(table, rows, k), nearest(start, rows, k), rows, len(table))


def kept_neighbours(
    found: Int[np.ndarray, "queries k"],
    start: Int[np.ndarray, "others width"],
    queries: Int[np.ndarray, "queries"],
    rows: int,
) -> Value:
    """The mean `overlap` of neighbours already found among `rows` rows, in [0, 1];
    chance k/(rows − 1).

    The interval is Wilson's at the number of trials that has the mean's error, and that
    error takes pairs of a query and a neighbour as dependent that share a word: two
    queries that are each other's neighbours count one pair twice.
    """
    value = mean_share(overlap(found, start), found.shape[1] / max(rows - 1, 1))
    if not 0 < value.value < 1:
        return value
    kept = (found[:, :, None] == start[:, None, :]).any(axis=2)
    error = shared_error(
        np.repeat(queries, found.shape[1]), found.ravel(), (kept - value.value).ravel() / kept.size
    )
    trials = value.value * (1 - value.value) / error**2 if error > 0 else value.n
    low, high = wilson(value.value, max(1, round(trials)))
    return value._replace(low=low, high=high)
