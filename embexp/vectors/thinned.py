"""Vectors of a share of the words, drawn at random: what coverage does, all else alike."""

import re
import zlib
from collections.abc import Collection

from embexp.formats import Contents


def percent(method: str) -> int | None:
    """How many words of a hundred `thinned-25`, say, keeps; None if it is no such method.

    >>> percent("thinned-25"), percent("thinned-0"), percent("standardised")
    (25, None, None)
    """
    found = re.fullmatch(r"thinned-([1-9][0-9]?)", method)
    return int(found[1]) if found else None


def keeps(percent: int, word: str) -> bool:
    """Whether a word is kept, by its own letters alone: fewer per cent keep some of the same."""
    return zlib.crc32(word.encode()) % 100 < percent


def contents(whole: Contents, percent: int, words: Collection[str] | None = None) -> Contents:
    """What files hold, but for the words that are not kept and vectors of parts of words.

    Args:
        words: those that are wanted; all by default.
    """
    rows = [
        row
        for row, word in enumerate(whole.words)
        if (words is None or word in words) and keeps(percent, word)
    ]
    kept = [whole.words[row] for row in rows]
    return whole._replace(words=kept, table=whole.table[rows], subwords=None)
