"""Texts into ids as Keras makes them, and ids into a padded matrix: for models that
follow Keras's documents to the letter.
"""

import gzip
import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Int, Shaped

from embexp.data.tokens import Ids
from embexp.errors import InputError, unknown
from embexp.words import PAD

FILTERS = '!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n'
"""What separates words besides the space. The apostrophe does not."""
SIDES = ("pre", "post")
IMDB_INDEX = "imdb/keras_imdb_word_index.json.gz"
"""Keras's index of IMDB's words, under the folder of EMBEXP_DATA."""


def words_of(text: str, filters: str = FILTERS) -> list[str]:
    """A text's lower-cased words, where spaces and the filters separate them (Keras's
    `text_to_word_sequence`).

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
    """Keras's `Tokenizer`: texts into ids by rank, 0 left for padding.

    index: the id of each word, of all words that were seen. num_words: ids from there
    on are not given out, so that `Tokenizer.fit(texts, num_words=5000)` keeps 4999
    words. start: an id put before each text. other: the id of all other words; without
    one they are dropped.

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
                f"num_words={self.num_words}, but id 0 is padding: num_words=n keeps n − 1 words, so give at least 2"
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
        """The most frequent word has the first id, 1, or 2 where `oov` names what
        stands for other words; ties by first appearance.
        """
        counts = Counter[str]()
        for text in texts:
            counts.update(words_of(text, filters))
        if oov in counts:
            raise InputError(
                f"oov={oov!r} stands for words that are not known, but the texts hold it as a word; name it otherwise"
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
        """As in Keras's copy of IMDB: 0 is padding, 1 the start of a review, 2 any
        other word, and a word's rank is moved up by 3.

        So id 3 never occurs, and `num_words=5000` keeps the 4996 most frequent words.
        Args: folder: what EMBEXP_DATA names.
        """
        path = Path(folder) / IMDB_INDEX
        if not path.is_file():
            raise InputError(
                f"no file {IMDB_INDEX} in {folder}; EMBEXP_DATA names the folder of data sets"
            )
        with gzip.open(path, "rt", encoding="utf-8") as file:
            ranks = json.load(file)
        return cls(
            {word: ranks[word] + 3 for word in sorted(ranks, key=ranks.__getitem__)},
            num_words,
            start=1,
            other=2,
        )

    @cached_property
    def rows(self) -> list[str]:
        """What each id stands for, `<pad>` first: the names of the rows of a table for
        these ids.
        """
        known = {0: PAD, self.start: "<start>", self.other: "<unk>"} | {
            row: word for word, row in self.index.items()
        }
        highest = max((row for row in known if row is not None), default=0)
        count = highest + 1 if self.num_words is None else min(self.num_words, highest + 1)
        return [known.get(row, f"<{row}>") for row in range(count)]

    def encode(self, texts: Iterable[str]) -> Ids:
        """The ids of each text's words."""
        limit = np.iinfo(np.int32).max if self.num_words is None else self.num_words
        given_out = {word: row for word, row in self.index.items() if row < limit}
        begin, flat, ends = [] if self.start is None else [self.start], list[int](), [0]
        for text in texts:
            rows = (given_out.get(word, self.other) for word in words_of(text, self.filters))
            flat += begin
            flat += [row for row in rows if row is not None]
            ends.append(len(flat))
        return Ids(np.array(flat, np.int32), np.array(ends, np.int64))

    def decode(self, ids: Iterable[int]) -> str:
        """The words of some ids, padding left out."""
        return " ".join(self.rows[row] for row in ids if row != 0)


def pad(
    ids: Ids,
    length: int | None = None,
    *,
    padding: str = "pre",
    truncating: str = "pre",
    value: int = 0,
) -> Int[np.ndarray, "texts length"]:
    """One row for each text, filled up or cut to `length` (the longest text's without
    one): in front, or at the end with `post`.

    >>> pad(Tokenizer.fit(["This is a text", "This is not a text"]).encode(["This is a text", "This is not a text"]), 6)
    array([[0, 0, 1, 2, 3, 4],
           [0, 1, 2, 5, 3, 4]], dtype=int32)
    """
    for side in (padding, truncating):
        if side not in SIDES:
            raise unknown("side", side, SIDES)
    length = int(ids.lengths.max(initial=0)) if length is None else length
    padded = np.full((len(ids.lengths), length), value, np.int32)
    for row, first, last in zip(padded, ids.offsets[:-1], ids.offsets[1:], strict=True):
        kept = min(last - first, length)
        from_text = slice(last - kept, last) if truncating == "pre" else slice(first, first + kept)
        row[slice(length - kept, None) if padding == "pre" else slice(kept)] = ids.flat[from_text]
    return padded


def mask(padded: Int[np.ndarray, "texts length"]) -> Bool[np.ndarray, "texts length"]:
    """Where words stand (Keras's `mask_zero=True`); without a mask Keras reads padding
    as a word, which is `np.ones` here.
    """
    return padded != 0


def as_ids(padded: Shaped[np.ndarray, "..."], length: int | None = None) -> Ids:
    """A padded matrix as texts that are all equally long, padding a word like others:
    to be checked, or trained on without a mask.

    Raises:
        InputError: the texts are not `length` long.
    """
    if padded.ndim != 2:
        raise InputError(f"ids of shape {padded.shape} are no matrix; give one row for each text")
    texts, width = padded.shape
    if length is not None and width != length:
        raise InputError(
            f"texts are {width} ids long, but {length} are asked for; pad or cut them with pad(ids, {length})"
        )
    return Ids(padded.reshape(-1), np.arange(texts + 1, dtype=np.int64) * width)
