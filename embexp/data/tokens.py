"""Texts into tokens, and tokens into ids."""

import re
import unicodedata
from array import array
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from embexp.errors import InputError
from embexp.words import UNK, Vocabulary

BREAK = re.compile(r"<br\s*/?>")
APOSTROPHES = "'’‘`´"
# An apostrophe that does not begin a contraction's ending; `'t` is one only after n, as in `don't`.
STRAY = re.compile(r"'(?!(?:s|re|ve|ll|d|m|(?<=n')t)(?![^ ']))")


class _Kept(dict[int, str]):
    """What stands for each character, found when it first occurs: itself, an
    apostrophe, nothing (inside a word) or a space.
    """

    def __missing__(self, code: int) -> str:
        self[code] = kept = self._found(chr(code))
        return kept

    @staticmethod
    def _found(character: str) -> str:
        category = unicodedata.category(character)
        if character in APOSTROPHES:
            return "'"
        if character != "\u200b" and (
            category == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR")
        ):
            return (
                ""  # joiners and soft hyphens stand inside words; the zero-width space parts them
            )
        return character if character.isalnum() or category[0] == "M" else " "


_KEPT = _Kept()


def tokenize(text: str) -> list[str]:
    """Lower-case words of a text as GloVe's training text has them: `don't` is `do
    n't`, `it's` is `it 's`, other punctuation is dropped.

    A word is a run of letters, combining marks and digits of any script, in Unicode's
    composed form (NFC). HTML's line breaks are dropped. Tokens joined by spaces give
    the same tokens again.

    >>> tokenize("It’s a well-made film,<br />isn't it?")
    ['it', "'s", 'a', 'well', 'made', 'film', 'is', "n't", 'it']
    """
    kept = BREAK.sub(" ", text.lower()).translate(_KEPT)
    if not kept.isascii():
        kept = unicodedata.normalize("NFC", kept)
    tokens = STRAY.sub(" ", kept).replace("'", " '").replace("n 't", " n't").split()
    return tokens if kept.isascii() else [token for token in tokens if any(map(str.isalnum, token))]


class Ids(NamedTuple):
    """Texts as rows of a table, one after another: text i is `flat[offsets[i]:offsets[i + 1]]`."""

    flat: Int[np.ndarray, "tokens"]
    offsets: Int[np.ndarray, "ends"]

    @property
    def lengths(self) -> Int[np.ndarray, "texts"]:
        """How many ids each text has; 0 for an empty text."""
        return np.diff(self.offsets)


def encode(
    tokens: Iterable[Sequence[str]], vocabulary: Vocabulary, *, length: int | None = None
) -> Ids:
    """Tokenised texts as ids; a word outside the vocabulary is `<unk>` (row 1), and a
    text keeps its first `length` tokens.

    Texts may come from a generator: none is kept.

    >>> vocabulary = Vocabulary.build([["a", "film"]])
    >>> encode([["a", "new", "film"], []], vocabulary)
    Ids(flat=array([2, 1, 3], dtype=int32), offsets=array([0, 3, 3]))
    """
    if length is not None and length < 1:
        raise InputError(
            f"texts are cut to length {length}; keep at least 1 token, or leave length out to keep all"
        )
    row, unknown = vocabulary.index.get, vocabulary.index[UNK]
    flat, ends = array("i"), array("q", [0])
    for text in tokens:
        flat.extend([row(word, unknown) for word in text[:length]])
        ends.append(len(flat))
    return Ids(np.array(flat, np.int32), np.array(ends, np.int64))


def check_ids(ids: Ids, rows: int) -> None:
    """Refuses ids that are not rows of a table of `rows` rows, as `table[ids]` would
    clamp, wrap or give NaN for them.

    Raises:
        InputError: ids that are no integers, or one outside [0, rows): its value, its
            text and its position are named.
    """
    if not np.issubdtype(ids.flat.dtype, np.integer):
        raise InputError(
            f"ids are whole numbers, not {ids.flat.dtype}; encode the texts with embexp.data.encode"
        )
    wrong = np.flatnonzero((ids.flat < 0) | (ids.flat >= rows))
    if len(wrong):
        place = int(wrong[0])
        text = int(np.searchsorted(ids.offsets, place, side="right")) - 1
        raise InputError(
            f"id {ids.flat[place]} at position {place - ids.offsets[text]} of text {text} is outside the table's {rows} rows "
            f"(0 to {rows - 1}); was the vocabulary built from another corpus?"
        )
