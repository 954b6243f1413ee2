"""Splitting texts into tokens, and looking up the ids of tokens."""

import re
import unicodedata
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from embexp.data.scripts import UNSPACED
from embexp.errors import InputError
from embexp.words import UNK, Vocabulary

BREAK = re.compile(r"<br\s*/?>")
APOSTROPHES = "'’‘`´"
# An apostrophe that does not begin a contraction's ending; `'t` is one only after n, as in `don't`.
STRAY = re.compile(r"'(?!(?:s|re|ve|ll|d|m|(?<=n')t)(?![^ ']))")


class _Characters(dict[int, str]):
    """The replacement of each character: itself, an apostrophe, nothing or a space.

    It is found when the character first occurs.
    """

    def __missing__(self, code: int) -> str:
        self[code] = found = self._found(chr(code))
        return found

    @staticmethod
    def _found(character: str) -> str:
        category = unicodedata.category(character)
        if character in APOSTROPHES:
            return "'"
        if character != "\u200b" and (
            category == "Cf" or unicodedata.name(character, "").startswith("VARIATION SELECTOR")
        ):
            # Joiners and soft hyphens are inside words; a zero-width space separates words.
            return ""
        return character if character.isalnum() or category[0] == "M" else " "


_CHARACTERS = _Characters()


def tokenize(text: str) -> list[str]:
    """The lower-case words of a text, as in GloVe's training text.

    `don't` becomes `do n't`, `it's` becomes `it 's`, and other punctuation is dropped.
    A word is a run of letters, combining marks and digits of any script, in Unicode's
    composed form (NFC); in scripts that put no spaces between words it is one letter with
    its marks, as Unicode's word boundaries have it (UAX 29). HTML's line breaks are dropped.
    Tokenising the tokens joined by spaces gives the same tokens.

    >>> tokenize("It’s a well-made film,<br />isn't it?")
    ['it', "'s", 'a', 'well', 'made', 'film', 'is', "n't", 'it']
    >>> tokenize("我喜欢这部film")
    ['我', '喜', '欢', '这', '部', 'film']
    """
    clean = BREAK.sub(" ", text.lower()).translate(_CHARACTERS)
    if not clean.isascii():
        clean = UNSPACED.sub(r" \g<0> ", unicodedata.normalize("NFC", clean))
    tokens = STRAY.sub(" ", clean).replace("'", " '").replace("n 't", " n't").split()
    return (
        tokens if clean.isascii() else [token for token in tokens if any(map(str.isalnum, token))]
    )


class Ids(NamedTuple):
    """The ids of texts, one text after another: text i is `flat[offsets[i]:offsets[i + 1]]`."""

    flat: Int[np.ndarray, "tokens"]
    offsets: Int[np.ndarray, "ends"]

    @property
    def lengths(self) -> Int[np.ndarray, "texts"]:
        """Number of ids of each text."""
        return np.diff(self.offsets)

    def most_distinct(self, groups: Sequence[Int[np.ndarray, "_"]], batch: int) -> Iterator[int]:
        """For each group of texts, how many different ids a batch of them can have at most.

        Ids below any k are k at most, and those from k on are no more than the batch's texts
        have of them one by one; the k that gives the least is taken. It is small as frequent
        words have low ids, and padding and `<unk>` the lowest two.
        """
        texts = np.repeat(np.arange(len(self.lengths)), self.lengths)
        rows = int(self.flat.max(initial=0)) + 1
        text, row = np.divmod(np.unique(texts * rows + self.flat), rows)
        firsts = [2**k for k in range(1, 1 + rows.bit_length())]
        counts = [np.bincount(text[row >= first], minlength=len(self.lengths)) for first in firsts]
        for group in groups:
            most = (np.sort(count[group])[-batch:].sum() for count in counts)
            yield min(first + int(rest) for first, rest in zip(firsts, most, strict=True))


def encode(tokens: Iterable[Sequence[str]], vocabulary: Vocabulary) -> Ids:
    """The ids of tokenised texts; a word outside the vocabulary gets that of `<unk>`, 1.

    Args:
        tokens: texts; a generator is read once, without holding them in memory.

    >>> vocabulary = Vocabulary.build([["a", "film"]])
    >>> encode([["a", "new", "film"], []], vocabulary)
    Ids(flat=array([2, 1, 3], dtype=int32), offsets=array([0, 3, 3]))
    """
    row, unknown = vocabulary.index.get, vocabulary.index[UNK]
    flat, ends = array("i"), array("q", [0])
    for text in tokens:
        flat.extend([row(word, unknown) for word in text])
        ends.append(len(flat))
    return Ids(np.array(flat, np.int32), np.array(ends, np.int64))


class Numbered(NamedTuple):
    """Tokenised texts as numbers of their distinct words, which are in order of appearance."""

    words: list[str]
    ids: Ids

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Numbered":
        """The numbers of tokenised texts; a generator is read once, without holding its texts.

        >>> numbered = Numbered.of([["a", "film"], ["a", "plot"]])
        >>> numbered.words, numbered.ids.flat.tolist()
        (['a', 'film', 'plot'], [0, 1, 0, 2])
        """
        index: dict[str, int] = {}
        flat, ends, number = array("i"), array("q", [0]), index.setdefault
        for text in texts:
            flat.extend([number(word, len(index)) for word in text])
            ends.append(len(flat))
        return cls([*index], Ids(np.array(flat, np.int32), np.array(ends, np.int64)))

    @property
    def counts(self) -> Counter[str]:
        """How often each word stands there."""
        counts = np.bincount(self.ids.flat, minlength=len(self.words)).tolist()
        return Counter(dict(zip(self.words, counts, strict=True)))

    def encode(self, vocabulary: Vocabulary) -> Ids:
        """What `encode` gives for the texts."""
        row, unknown = vocabulary.index.get, vocabulary.index[UNK]
        rows = np.array([row(word, unknown) for word in self.words], np.int32)
        return self.ids._replace(flat=rows[self.ids.flat])


def check_ids(ids: Ids, rows: int) -> None:
    """Checks that all ids are rows of a table with `rows` rows.

    JAX would clamp, wrap or return NaN for other ids in `table[ids]`.

    Raises:
        InputError: ids that are not integers, or an id outside [0, rows); the sentence
            names its value, its text and its position.
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
            f"id {ids.flat[place]} at position {place - ids.offsets[text]} of text {text} is "
            f"outside the table's {rows} rows "
            f"(0 to {rows - 1}); was the vocabulary built from another corpus?"
        )
