"""Measures of word meaning: human similarity scores, and the neighbours of other tables."""

import numpy as np

from embexp.measures.arrays import Items, Neighbours, Places
from embexp.measures.dependence import rank_influence, shared_error
from embexp.measures.entry import RHO, SHARE, Measure
from embexp.measures.geometry import pair_cosines
from embexp.measures.pair_rows import locate, word_rows
from embexp.measures.pairs import WordPairs, pair_measure
from embexp.measures.pseudo_values import pseudo_values
from embexp.measures.statistics import Value, exact, rank_correlation, undefined, wilson
from embexp.measures.summary import MeasuredTable
from embexp.words import Vectors

CANDIDATES, QUERIES, NEIGHBOURS = 5000, 500, 10


def similarity(vectors: Vectors, pairs: WordPairs, *, any_case: bool = False) -> Value:
    """Spearman's ρ between the cosine of two words and their human score; chance 0.

    Only pairs with both words known count (n of total); an unknown word is never
    imputed. Undefined where fewer than two pairs are known or all cosines are equal
    (one-hot rows). With `any_case` equals gensim's
    `evaluate_word_pairs(dummy4unknown=False)`. Hill, Reichart & Korhonen 2015
    (SimLex-999); Finkelstein et al. 2002 (WordSim-353). Fewer than 100 pairs are too
    few for a headline.
    """
    rows = locate(word_rows(vectors.words, any_case=any_case), pairs.words1, pairs.words2)
    cosines = pair_cosines(vectors.table, rows.rows1, rows.rows2)
    return rank_correlation(cosines, pairs.scores[rows.places], len(pairs))


def similarity_of(table: MeasuredTable, similarity: str) -> Value | None:
    """`similarity` of a table's known words.

    A pair is in the stratum of its rarer word: in `seen 0` training does not show both.
    """
    rows, cosines = table.pair_cosines("similarity", similarity)
    kept = table.inside(rows.rows1, rows.rows2)
    if kept.sum() < table.least:
        return None
    scores = table.words.resources.similarity[similarity].scores[rows.places]
    return rank_correlation(cosines[kept], scores[kept], rows.total)


def similarity_scores(table: MeasuredTable, similarity: str) -> Items:
    """A score for each pair of the resource, NaN where a word is not known.

    Their mean is `similarity_of` (`pseudo_values`); all are NaN where that is undefined.
    """
    rows, cosines = table.pair_cosines("similarity", similarity)
    scores = np.full(rows.total, np.nan)
    if len(cosines):
        human = table.words.resources.similarity[similarity].scores[rows.places]
        scores[rows.places] = pseudo_values(*rank_influence(cosines, human))
    return scores


def cosine_of(table: MeasuredTable, word1: str, word2: str) -> Value:
    """The cosine of two tracked words; undefined where one is not known."""
    _, cosines = table.pair_cosines("tracked", pair_measure(word1, word2))
    return exact(float(np.clip(cosines[0], -1, 1)), 0.0) if len(cosines) else undefined(1, 0.0)


def kept_neighbours(found: Neighbours, other: Neighbours, queries: Places, rows: int) -> Value:
    """The mean share of each query's k neighbours that are among the k in another table.

    Chance is k/(rows − 1) where neighbours are sought among `rows` rows. The interval
    is Wilson's at the number of trials that has the mean's error, and that error takes
    pairs of a query and a neighbour as dependent that share a word: two queries that
    are each other's neighbours count one pair twice.
    """
    trials, k = found.shape
    chance = k / max(rows - 1, 1)
    if not trials:
        return undefined(0, chance)
    kept = (found[:, :, None] == other[:, None, :]).any(axis=2)
    share = float(np.mean(kept.mean(axis=1)))
    if 0 < share < 1:
        influence = (kept - share).ravel() / kept.size
        error = shared_error(np.repeat(queries, k), found.ravel(), influence)
        trials = share * (1 - share) / error**2 if error > 0 else trials
    interval = wilson(share, max(1, round(trials)))
    return Value(share, *interval, len(found), len(found), chance)


def overlap_of(
    table: MeasuredTable, k: int, queries: int, candidates: int, *, reference: bool = False
) -> Value | None:
    """The share of nearest neighbours that a table has kept from its start.

    Neighbours are sought among the first evaluated words (`candidates`), for queries
    spread evenly over them.

    Args:
        reference: the share in common with the reference, in place of the start.
    """
    if reference:
        other = table.words.reference_neighbours(k, queries, candidates)
    else:
        other = table.start and table.start.neighbours(k, queries, candidates)
    if other is None:
        return None
    return kept_neighbours(
        table.neighbours(k, queries, candidates),
        other,
        table.words.queries(k, queries, candidates),
        min(len(table.words.evaluated), candidates),
    )


def _similarity(name: str, title: str, reference: str, resource: str) -> Measure:
    return Measure(
        name,
        title,
        RHO,
        "semantic",
        True,
        0.0,
        reference,
        function=similarity_of,
        scores=similarity_scores,
        resource={"similarity": resource},
        each_step=True,
        by_stratum=True,
    )


_FEW = "too few pairs for a headline"
SIMILARITY = tuple(
    _similarity(name, f"{title} ρ", reference, name)
    for name, title, reference in (
        ("simlex999", "SimLex-999", "Hill, Reichart & Korhonen 2015"),
        ("wordsim353", "WordSim-353", "Finkelstein et al. 2002"),
        ("wordsim353-sim", "WordSim-353 similarity", "Agirre et al. 2009"),
        ("wordsim353-rel", "WordSim-353 relatedness", "Agirre et al. 2009"),
        ("rg65", "RG-65", f"Rubenstein & Goodenough 1965; {_FEW}"),
        ("mc30", "MC-30", f"Miller & Charles 1991; {_FEW}"),
        ("mturk287", "MTurk-287", "Radinsky et al. 2011"),
        ("verb143", "Verb-143", "Baker, Reichart & Korhonen 2014"),
        ("yp130", "YP-130", "Yang & Powers 2006"),
    )
)
OWN_SIMILARITY = _similarity(
    "similarity", "ρ with {}", "a user's own pairs of words with scores", ""
)
_AMONG = {"k": NEIGHBOURS, "queries": QUERIES, "candidates": CANDIDATES}
OVERLAP = Measure(
    f"overlap@{NEIGHBOURS}",
    f"neighbours kept @{NEIGHBOURS}",
    SHARE,
    "semantic",
    None,
    None,
    "nearest neighbours shared with the start",
    function=overlap_of,
    parameters=_AMONG,
    each_step=True,
)
OVERLAP_REFERENCE = Measure(
    f"overlap_reference@{NEIGHBOURS}",
    f"reference's neighbours @{NEIGHBOURS}",
    SHARE,
    "semantic",
    True,
    None,
    "those shared with a reference",
    function=overlap_of,
    parameters={**_AMONG, "reference": True},
    each_step=True,
)
