"""Where words and pairs of words stand in a table."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from embexp.measures.arrays import Places


class PairRows(NamedTuple):
    """The rows of those word pairs whose words both have one.

    Args:
        places: which pairs of the resource they are.
        total: how many pairs the resource has.
    """

    rows1: Places
    rows2: Places
    places: Places
    total: int


def word_rows(
    words: Sequence[str], rows: Iterable[int] | None = None, *, any_case: bool = False
) -> dict[str, int]:
    """The row of each word, or of the words of some rows only.

    Args:
        any_case: whether `Paris` is `paris` too; of words that differ in case only the
            first counts, as in gensim.
    """
    chosen = reversed(range(len(words)) if rows is None else list(rows))
    return {words[row].lower() if any_case else words[row]: row for row in chosen}


def locate(index: Mapping[str, int], words1: Sequence[str], words2: Sequence[str]) -> PairRows:
    """The rows of pairs of words, by an index as `word_rows` makes it."""
    found = [(index.get(a, -1), index.get(b, -1)) for a, b in zip(words1, words2, strict=True)]
    rows = np.array(found, np.int64).reshape(-1, 2)
    places = np.flatnonzero((rows >= 0).all(axis=1))
    return PairRows(rows[places, 0], rows[places, 1], places, len(rows))
