"""Tables of single items' scores, of seeds and arms that have the same items."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.measures.pseudo_values import grouped
from embexp.records.scores import SENTENCES, ItemScores
from embexp.report.arms import Runs
from embexp.report.formatting import what

Scores = Mapping[str, Mapping[str, ItemScores]]
"""The scores of single items by digest and measure, from `records.read_scores`."""
ScoreTable = Float[np.ndarray, "seeds items"]
TEXTS, PAIRS = "texts", "word pairs"


class ItemTables(NamedTuple):
    """A table of scores for each of some arms, and what their items are called."""

    tables: Sequence[ScoreTable]
    items: str


def tables_of(
    measure: str, scores: Scores, runs: Runs, arms: Sequence[Sequence[Mapping[str, Any]]]
) -> ItemTables | None:
    """The tables of some arms; None where a run has no scores, or has those of other items.

    The items are the same where the data have the same checksum and the same items are
    known. Tokens of a sentence depend on each other, so that sentences are the items.

    Args:
        arms: the row of each seed.
    """
    every = [row for rows in arms for row in rows]
    found = [scores_of(measure, scores.get(row["digest"], {}), row) for row in every]
    whole = [each for each in found if each is not None]
    if not every or len(whole) < len(every):
        return None
    source = "corpus" if what(measure) == "task" else "similarity"
    data = {str(runs[row["digest"]]["data"].get(source)) for row in every}
    known = {(len(each), np.isnan(each).tobytes()) for each in whole}
    if len(data) > 1 or len(known) > 1:
        return None
    table = np.array([each[~np.isnan(each)] for each in whole])
    items = PAIRS if source == "similarity" else TEXTS
    if source == "corpus" and SENTENCES in scores[every[0]["digest"]]:
        items = SENTENCES
    return ItemTables(np.split(table, np.cumsum([len(rows) for rows in arms])[:-1]), items)


def scores_of(
    measure: str, scores: Mapping[str, ItemScores], row: Mapping[str, Any]
) -> Float[np.ndarray, "_"] | None:
    """The scores that belong to a row; None where there are none, or of fewer items or more."""
    if measure not in scores or np.count_nonzero(~np.isnan(scores[measure])) != row["n"]:
        return None
    return apart(measure, scores)


def apart(measure: str, scores: Mapping[str, ItemScores]) -> Float[np.ndarray, "_"]:
    """The scores of a measure's items; of a task's tokens those of sentences, with their mean.

    Tokens of a sentence depend on each other.
    """
    found = np.asarray(scores[measure], float)
    if what(measure) == "task" and SENTENCES in scores:
        lengths = np.asarray(scores[SENTENCES], int)
        lengths = lengths[lengths > 0]
        return grouped(found[None], np.repeat(np.arange(len(lengths)), lengths))[0]
    return found
