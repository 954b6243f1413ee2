"""Measures of how far a table tells antonyms from synonyms."""

from dataclasses import replace

import numpy as np

from embexp.measures.arrays import Items, Mask
from embexp.measures.dependence import shared_error
from embexp.measures.entry import SHARE, Measure
from embexp.measures.statistics import Value, estimate, ranks, undefined
from embexp.measures.summary import MeasuredTable


def antonym_auc(
    table: MeasuredTable, relations: str, lexicon: str | None = None, part: str | None = None
) -> Value | None:
    """P(cos(synonyms) > cos(antonyms)) + ½P(=) over pairs, in [0, 1]; chance ½.

    Below chance antonyms are closer than synonyms. n counts the pairs of evaluated
    words, whatever their case, synonyms and antonyms together; undefined where either
    is missing. The interval takes pairs that share a word as dependent (DeLong's
    placements, dyadic-robust). On polar pairs it measures sentiment: whether words of
    opposite polarity stand apart.

    Args:
        lexicon: only synonyms of the same and antonyms of opposite polarity in it.
        part: only pairs of a part of speech; None where the relations give none.
    """
    rows, cosines = table.pair_cosines("relations", relations)
    kept, total = table.words.related(relations, lexicon, part)
    if not total:
        return None
    synonyms = table.words.resources.relations[relations].synonyms[rows.places]
    same = synonyms[kept]
    if not same.any() or same.all():
        return undefined(total, 0.5)
    auc, influence = _placements(cosines[kept], same)
    error = shared_error(rows.rows1[kept], rows.rows2[kept], influence)
    return estimate(auc, error, len(same), 0.5, total=total)


def _placements(score: Items, high: Mask) -> tuple[float, Items]:
    """The area under the ROC curve and each item's influence on it.

    An item's influence is the share of the other class on its right side, less the
    area.
    """
    below = ranks(score)  # how many are below, ties counting half
    for side in (high, ~high):
        below[side] -= ranks(score[side])
    placement = np.where(high, below / (~high).sum(), 1 - below / high.sum())
    auc = float(placement[high].mean())
    return auc, (placement - auc) / np.where(high, high.sum(), (~high).sum())


ANTONYM_AUC = Measure(
    "antonym_auc",
    "antonym–synonym AUC",
    SHARE,
    "semantic",
    True,
    0.5,
    "P(cos(synonyms) > cos(antonyms)), WordNet",
    function=antonym_auc,
    resource={"relations": "wordnet"},
    each_step=True,
)
ANTONYM_AUC_ADJECTIVES = replace(
    ANTONYM_AUC,
    name="antonym_auc_adj",
    title="antonym–synonym AUC, adjectives",
    reference="the same for adjectives",
    parameters={"part": "adj"},
    each_step=False,
)
POLAR_ANTONYM_AUC = replace(
    ANTONYM_AUC,
    name="polar_antonym_auc",
    title="polar antonym AUC",
    what="sentiment",
    reference="antonyms of opposite, synonyms of one polarity",
    resource={"relations": "wordnet", "lexicon": "vader"},
)
