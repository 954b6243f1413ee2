"""Keeps the vectors of a few hundred words while a table trains."""

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float16

from embexp.measures import MeasuredTable
from embexp.measures.arrays import Places
from embexp.measures.evaluated import EvaluatedWords
from embexp.records.word_paths import WordPaths

LARGEST = float(np.finfo(np.float16).max)
MOST = 300
"""Words whose vectors are kept."""
Path = dict[int, Float16[np.ndarray, "words width"]]
"""The vectors at each step."""


def followed(words: EvaluatedWords) -> Places:
    """The rows that are followed: tracked words, then the most frequent.

    Half of the room is for words of a lexicon, as the most frequent of all have no polarity.
    """
    tracked = [
        rows
        for (kind, _), pair in words.pairs.items()
        if kind == "tracked"
        for rows in (pair.rows1, pair.rows2)
    ]
    polar = [words.lexicon_words(name).rows[: MOST // 2] for name in words.resources.lexicon]
    first = np.concatenate([*tracked, *polar, words.evaluated[:MOST]])
    return np.array([*dict.fromkeys(first.tolist())][:MOST], int)


def follow(path: Path, step: int, table: MeasuredTable | None, *, first: bool) -> None:
    """Adds the vectors of now.

    Args:
        first: whether the run has the first seed; of others only the start is kept here.
    """
    if table is not None and (first or step == 0):
        vectors = table.some(followed(table.words))
        path[step] = np.clip(vectors, -LARGEST, LARGEST).astype(np.float16)


def word_paths(words: EvaluatedWords, path: Mapping[int, np.ndarray], selected: int) -> WordPaths:
    """What is kept of a run, with what is known of its words."""
    rows, steps = followed(words), sorted(path)
    odds = dict(zip(words.log_odds_rows.tolist(), words.log_odds.tolist(), strict=True))
    return WordPaths(
        words.spelled(rows),
        np.array([odds.get(row, np.nan) for row in rows.tolist()], np.float32),
        np.zeros(len(rows), int) if words.counts is None else np.asarray(words.counts)[rows],
        selected,
        np.array(steps, int),
        np.stack([path[step] for step in steps]),
    )
