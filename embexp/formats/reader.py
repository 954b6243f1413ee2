"""Reading vector files of any format."""

from collections.abc import Iterable, Sequence
from io import BufferedReader
from pathlib import Path
from typing import NamedTuple

import numpy as np

from embexp import memory
from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.catalogue import FORMATS, detect
from embexp.formats.newlines import Newlines
from embexp.formats.rows import Floats, Rows, bytes_of
from embexp.formats.subwords import Subwords

HEAD = 1 << 16
"""Bytes that are read to detect a file's format."""


class Contents(NamedTuple):
    """The words of a file in their order, their table, and what was mended.

    `duplicates` counts the rows left out because their word occurred before, `broken`
    the words with bytes that are not UTF-8, which became U+FFFD.
    """

    words: list[str]
    table: Floats
    format: str
    duplicates: int = 0
    broken: int = 0
    subwords: Subwords | None = None


def read(
    path: str | Path, words: Iterable[str] | None = None, limit: int | None = None
) -> tuple[list[str], Floats]:
    """Words in the file's order, and their table.

    With `words` only their rows are read, with `limit` only the first rows of the file.
    If a word occurs twice, its first row counts. Bytes that are not UTF-8 become U+FFFD
    in the word.

    Raises:
        InputError: no such file, a damaged file, an unknown format, or a file that
            holds none of `words`.
    """
    return nonempty(contents(path, words, limit), path)[:2]


def contents(
    path: str | Path, words: Iterable[str] | None = None, limit: int | None = None
) -> Contents:
    """As `read`, with the format, vectors of n-grams, and the rows that were mended.

    A file that holds none of `words` is no error.
    """
    if limit is not None and limit < 1:
        raise InputError(f"the limit of rows to read is {limit}; it must be 1 or more")
    needed = (
        None if words is None else frozenset(word.encode(errors="surrogatepass") for word in words)
    )
    collected = _Collected()
    with streams.reading(Path(path)) as stream:
        head = stream.read(HEAD)
        stream.seek(0)
        returns = b"\r" in head and b"\n" not in head
        kind = detect(head.replace(b"\r", b"\n") if returns else head)
        if returns and kind in ("glove", "word2vec"):
            stream = BufferedReader(Newlines(stream))
        for rows in FORMATS[kind].read(stream, needed, limit):
            collected.add(rows)
    return collected.contents(kind)


def nonempty(found: Contents, path: str | Path) -> Contents:
    """The same contents.

    Raises:
        InputError: the file holds no word that was asked for.
    """
    if not found.words:
        raise InputError(
            f"{path} has vectors of none of the words that are needed, as it is of another "
            "language or its words are upper-case; give others, or none: "
            "--set vectors=null dim=50"
        )
    return found


class _Collected:
    """The rows read so far; the table of a file read in one batch is not copied."""

    def __init__(self) -> None:
        self.words = dict[str, None]()
        self.first: Floats | None = None
        self.numbers = bytearray()
        self.dim = self.duplicates = self.broken = 0
        self.subwords: Subwords | None = None

    def add(self, rows: Rows) -> None:
        """Adds the rows of words that are new.

        Raises:
            InputError: an empty word, or rows of another width than before.
        """
        table = rows.table
        memory.check_fits(table.nbytes, f"what follows its first {len(self.words)} words")
        self.dim = self.dim or table.shape[1]
        self.subwords = rows.subwords or self.subwords
        grams = [self.subwords.table.shape[1]] if self.subwords else []
        widths = {self.dim, table.shape[1], *grams}
        if widths != {self.dim} or not self.dim:
            raise InputError(
                f"rows of {table.shape[1]} numbers follow rows of {self.dim}; is it two files in "
                "one?"
            )
        if b"" in rows.words:
            raise InputError(f"after {len(self.words)} words one is empty")
        decoded = self._decode(rows.words)
        new = dict.fromkeys(decoded)
        if len(new) < len(decoded) or not self.words.keys().isdisjoint(new):
            first = {word: row for row, word in reversed([*enumerate(decoded)])}
            chosen = sorted(row for word, row in first.items() if word not in self.words)
            self.duplicates += len(decoded) - len(chosen)
            table = table[chosen]
        self.words.update(new)
        if self.first is None and not self.numbers:
            self.first = table
            return
        if self.first is not None:
            self.numbers += bytes_of(self.first)
            self.first = None
        self.numbers += bytes_of(table)

    def _decode(self, words: Sequence[bytes]) -> list[str]:
        try:
            return [word.decode() for word in words]
        except UnicodeDecodeError:
            decoded = [word.decode(errors="replace") for word in words]
            self.broken += sum(
                word.encode() != given for word, given in zip(decoded, words, strict=True)
            )
            return decoded

    def contents(self, kind: str) -> Contents:
        """All rows so far, as those of a file of this format."""
        table = self.first
        if table is None:
            table = np.frombuffer(self.numbers, np.float32).reshape(len(self.words), self.dim)
        if not table.flags.writeable:
            table = table.copy()
        return Contents(list(self.words), table, kind, self.duplicates, self.broken, self.subwords)
