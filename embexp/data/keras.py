"""Keras's tokenizer and padding, for models that follow Keras's documents to the letter."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int, Shaped

from embexp.data.readers import decoded
from embexp.data.tokens import Ids
from embexp.errors import InputError, unknown
from embexp.words import PAD

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""Characters that separate words, besides the space. The apostrophe does not."""
SIDES = ("pre", "post")
IMDB_INDEX = "imdb/keras_imdb_word_index.json.gz"
"""Keras's index of IMDB's words, under the folder of EMBEXP_DATA."""


def words_of(text: str, filters: str = FILTERS) -> list[str]:
    """The lower-case words of a text, separated by spaces and filters.

    This is Keras's `text_to_word_sequence`.

    >>> words_of("It's a well-made film!")
    ["it's", 'a', 'well', 'made', 'film']
    """
    return [
        word
        for word in text.lower().translate(dict.fromkeys(map(ord, filters), " ")).split(" ")
        if word
    ]


@dataclass(frozen=True)
class Tokenizer:
    """Keras's `Tokenizer`: a word's id is its frequency rank, and 0 is left for padding.

    Args:
        index: the id of every word that was seen.
        num_words: only smaller ids are given out, so `Tokenizer.fit(texts,
            num_words=5000)` knows 4999 words.
        start: an id put before each text.
        other: the id of all other words; without one they are dropped.

    >>> tokenizer = Tokenizer.fit(["This is a text", "This is not a text"])
    >>> tokenizer.index
    {'this': 1, 'is': 2, 'a': 3, 'text': 4, 'not': 5}
    >>> tokenizer.encode(["Not a film"])
    Ids(flat=array([5, 3], dtype=int32), offsets=array([0, 2]))
    """

    index: dict[str, int]
    num_words: int | None = None
    start: int | None = None
    other: int | None = None
    filters: str = FILTERS

    def __post_init__(self) -> None:
        if self.num_words is not None and self.num_words < 1:
            raise InputError(
                f"num_words={self.num_words}, but id 0 is padding: num_words=n keeps n − 1 words, "
                "so give at least 2"
            )

    @classmethod
    def fit(
        cls,
        texts: Iterable[str],
        *,
        num_words: int | None = None,
        oov: str | None = None,
        filters: str = FILTERS,
    ) -> "Tokenizer":
        """A tokenizer whose ids follow the words' frequencies, ties by first appearance.

        The most frequent word has the id 1, or 2 if `oov` names a word that stands for
        all others and has the id 1.
        """
        counts = Counter[str]()
        for text in texts:
            counts.update(words_of(text, filters))
        if oov in counts:
            raise InputError(
                f"oov={oov!r} stands for words that are not known, but the texts hold it as a "
                "word; name it otherwise"
            )
        ranked = [*([] if oov is None else [oov]), *(word for word, _ in counts.most_common())]
        return cls(
            {word: rank for rank, word in enumerate(ranked, 1)},
            num_words,
            other=None if oov is None else 1,
            filters=filters,
        )

    @classmethod
    def imdb(cls, folder: str | Path, *, num_words: int | None = None) -> "Tokenizer":
        """The tokenizer of Keras's copy of IMDB; `folder` is the one that EMBEXP_DATA names.

        0 is padding, 1 the start of a review, 2 any other word, and a word's id is its
        rank plus 3. So id 3 never occurs, and `num_words=5000` keeps the 4996 most
        frequent words.
        """
        path = Path(folder) / IMDB_INDEX
        if not path.is_file():
            raise InputError(
                f"no file {IMDB_INDEX} in {folder}; EMBEXP_DATA names the folder of data sets"
            )
        try:
            ranks = json.loads(decoded(path, of_lines=False))
            index = {word: ranks[word] + 3 for word in sorted(ranks, key=ranks.__getitem__)}
        except (ValueError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path} is no index of words ({error}); fetch it again") from error
        return cls(
            index,
            num_words,
            start=1,
            other=2,
        )

    @cached_property
    def names(self) -> dict[int, str]:
        """What each id that can be given out stands for, 0 included."""
        limit = np.inf if self.num_words is None else self.num_words
        names = {0: PAD, self.start: "<start>", self.other: "<unk>"} | {
            row: word for word, row in self.index.items() if row < limit or row == self.other
        }
        return {row: name for row, name in names.items() if row is not None}

    @cached_property
    def rows(self) -> list[str]:
        """The names of the rows of a table for these ids, `<pad>` first."""
        return [self.names.get(row, f"<{row}>") for row in range(max(self.names) + 1)]

    def encode(self, texts: Iterable[str]) -> Ids:
        """The ids of each text's words."""
        ids = {word: row for word, row in self.index.items() if row in self.names}
        begin, flat, ends = [] if self.start is None else [self.start], list[int](), [0]
        for text in texts:
            rows = (ids.get(word, self.other) for word in words_of(text, self.filters))
            flat += begin
            flat += [row for row in rows if row is not None]
            ends.append(len(flat))
        return Ids(np.array(flat, np.int32), np.array(ends, np.int64))

    def decode(self, ids: Iterable[int] | Int[np.ndarray, "length"]) -> str:
        """The words of a text's ids, padding left out (Keras's `sequences_to_texts`).

        An id that is never given out stands for any other word: it becomes the name of
        `other`, or is dropped if there is none.
        """
        other = None if self.other is None else self.names[self.other]
        words = (self.names.get(row, other) for row in ids if row != 0)
        return " ".join(word for word in words if word is not None)


def pad(
    ids: Ids,
    length: int | None = None,
    *,
    padding: str = "pre",
    truncating: str = "pre",
    value: int = 0,
) -> Int[np.ndarray, "texts length"]:
    """One row per text, padded or cut to `length`, by default that of the longest text.

    `padding` and `truncating` say where: "pre" is in front of the text, "post" after it.

    >>> texts = ["This is a text", "This is not a text"]
    >>> pad(Tokenizer.fit(texts).encode(texts), 6)
    array([[0, 0, 1, 2, 3, 4],
           [0, 1, 2, 5, 3, 4]], dtype=int32)
    """
    for side in (padding, truncating):
        if side not in SIDES:
            raise unknown("side", side, SIDES)
    length = int(ids.lengths.max(initial=0)) if length is None else length
    padded = np.full((len(ids.lengths), length), value, np.int32)
    for row, first, last in zip(padded, ids.offsets[:-1], ids.offsets[1:], strict=True):
        size = min(last - first, length)
        start = last - size if truncating == "pre" else first
        place = length - size if padding == "pre" else 0
        row[place : place + size] = ids.flat[start : start + size]
    return padded


def mask(padded: Int[np.ndarray, "texts length"]) -> Bool[np.ndarray, "texts length"]:
    """True where there is a word, as for Keras's `mask_zero=True`.

    Without a mask, Keras reads padding as a word; use `np.ones` for that.
    """
    return padded != 0


def as_ids(padded: Shaped[np.ndarray, "..."], length: int | None = None) -> Ids:
    """The rows of a padded matrix as texts of equal length, in which padding is a word.

    Use it to check ids, or to train without a mask.

    Raises:
        InputError: the texts are not `length` long.
    """
    if padded.ndim != 2:
        raise InputError(f"ids of shape {padded.shape} are no matrix; give one row for each text")
    texts, width = padded.shape
    if length is not None and width != length:
        raise InputError(
            f"texts are {width} ids long, but {length} are asked for; pad or cut them with "
            f"pad(ids, {length})"
        )
    return Ids(padded.reshape(-1), np.arange(texts + 1, dtype=np.int64) * width)
