"""Vectors of a share of the words, drawn once by a hash of their letters: what coverage does."""

import re
import zlib
from collections.abc import Collection

from embexp.errors import InputError
from embexp.formats import Contents
from embexp.printable import quoted


def percent(method: str) -> int | None:
    """How many words of a hundred `thinned-25`, say, keeps; None if it is another method.

    Raises:
        InputError: `thinned-` with anything but 1 to 99 after it.

    >>> percent("thinned-25"), percent("standardised")
    (25, None)
    """
    name, _, share = method.partition("-")
    if name != "thinned":
        return None
    if not re.fullmatch("[1-9][0-9]?", share):
        raise InputError(f"{quoted(method)} is no share of the words; give thinned-1 to thinned-99")
    return int(share)


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
