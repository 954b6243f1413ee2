"""Reading the text that vectors are trained on, as one stream of ids on disk."""

import io
import os
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from itertools import count
from numbers import Integral
from pathlib import Path
from typing import IO, Any, cast

import numpy as np
from jaxtyping import Int, Int32, Int64

from embexp.data.columns import TEXT_NAMES, choose_column
from embexp.data.readers import READERS, read_columns, suffix_of
from embexp.data.registry import CORPORA
from embexp.data.tokens import tokenize
from embexp.errors import InputError, unknown
from embexp.formats import streams
from embexp.printable import quoted
from embexp.synthetic import load_corpus

PIECE = 1 << 20
"""Characters of a line that are read at once; a longer line becomes several texts, cut
between words."""
BLOCK = 1 << 22
"""Ids that are in memory while a text is read."""

TOKENIZERS: dict[str, Callable[[str], list[str]]] = {"words": tokenize, "spaces": str.split}
"""Splitting a text into tokens: `words` as `embexp.data.tokenize` does, `spaces` for text
that is tokenised already, with its case."""


@dataclass(frozen=True, eq=False)
class Text:
    """What word vectors are trained on: text t is `ids[ends[t - 1]:ends[t]]`.

    Id i is `words[i]`. Rare words are left out of the stream, so that their neighbours
    become adjacent, as in word2vec and GloVe.

    Args:
        words: most frequent first, ties by first appearance.
        counts: how often each occurs.
        ids: all tokens that remain, one after another.
        ends: where each text ends, never falling.
        read: number of tokens that were read.
    """

    words: list[str]
    counts: Int64[np.ndarray, "vocab"]
    ids: Int32[np.ndarray, "tokens"]
    ends: Int64[np.ndarray, "texts"]
    read: int

    def __len__(self) -> int:
        """The number of tokens in the stream."""
        return len(self.ids)

    @cached_property
    def digest(self) -> str:
        """32 hex digits that identify this text."""
        digest = blake2b("\n".join(self.words).encode(errors="surrogatepass"), digest_size=16)
        for start in range(0, len(self.ids), BLOCK):
            digest.update(np.ascontiguousarray(self.ids[start : start + BLOCK]).data)
        digest.update(self.ends.data)
        return digest.hexdigest()

    def lines(self, start: int, stop: int) -> Int[np.ndarray, "tokens"]:
        """Number of the text of each token from `start` to `stop`."""
        return lines_of(self.ends, start, stop)


def read_text(
    corpus: str | Path | Iterable[str],
    *,
    tokenizer: str = "words",
    min_count: int = 5,
    max_words: int | None = None,
    column: str | int | None = None,
    header: bool = True,
) -> Text:
    """The training text of a file, of the training split of a named data set, or of texts.

    Args:
        corpus: a plain text file with one text a line (also .gz, .bz2 or .xz); a CSV,
            TSV, JSON lines or Parquet file; a name in `embexp.data.CORPORA`, whose
            validation and test texts are not looked at; or texts.
        tokenizer: a key of TOKENIZERS.
        min_count: rarer words are left out.
        max_words: only this many of the most frequent words remain.
        column, header: the column of the texts in a CSV, TSV, JSON lines or Parquet
            file, as in `embexp.data.read_labelled`.

    Raises:
        InputError: a missing or broken file, or a text with fewer than two words left.

    >>> text = read_text(["a film is a film", "a book"], min_count=2)
    >>> text.words, text.ids.tolist(), text.ends.tolist(), text.read
    (['a', 'film'], [0, 1, 0, 1, 0], [4, 5], 7)
    """
    if tokenizer not in TOKENIZERS:
        raise unknown("tokenizer", tokenizer, TOKENIZERS)
    check_counts(min_count, max_words)
    texts = texts_of(corpus, column, header) if isinstance(corpus, str | Path) else iter(corpus)
    name = str(corpus) if isinstance(corpus, str | Path) else "the text"
    with tempfile.TemporaryFile() as file:
        words, ends = _numbered(map(TOKENIZERS[tokenizer], texts), file)
        text = _without_rare(words, ends, file, min_count, max_words)
    if len(text.words) < 2:
        raise InputError(
            f"{name} has {text.read} tokens and {len(text.words)} words seen {min_count} times "
            "or more; "
            "training needs two words at least: give more text, or a lower min_count"
        )
    return text


def check_counts(min_count: Any = 1, max_words: Any = None) -> None:
    """Checks what says which words of a text remain.

    Raises:
        InputError: one is no whole number, or too small.
    """
    whole = all(isinstance(each, Integral | None) for each in (min_count, max_words))
    if not whole or min_count < 1 or (max_words is not None and max_words < 2):
        raise InputError(
            f"min_count is {quoted(min_count)} and max_words {quoted(max_words)}; both are whole, "
            "a word is seen once at least, and two words are needed"
        )


def texts_of(
    corpus: str | Path, column: str | int | None = None, header: bool = True
) -> Iterator[str]:
    """Texts of a named data set's training split, or of a file; plain text is streamed."""
    path = Path(corpus)
    if str(corpus) in CORPORA:
        return iter(load_corpus(str(corpus)).splits["train"].texts)
    if not os.path.exists(path) and not path.suffix and len(path.parts) == 1:
        raise unknown("data set (nor is there a file of that name)", str(corpus), CORPORA)
    if suffix_of(path) in READERS.keys() - {".txt"}:
        columns = read_columns(path, header).values
        name = choose_column(columns, column, TEXT_NAMES, "text", path.name, header)
        return (str(text) for text in columns[name] if text is not None)
    if column is not None:
        raise InputError(
            f"{path.name} is plain text, one text a line, and has no column {column!r}; leave "
            "the column out"
        )
    return _streamed(path)


def _streamed(path: Path) -> Iterator[str]:
    """Lines of a plain text file; bytes that are not UTF-8 become U+FFFD.

    Lines longer than PIECE come in several pieces, cut at spaces.
    """
    rest = ""
    with (
        streams.reading(path) as stream,
        io.TextIOWrapper(
            cast("Any", stream), encoding="utf-8", errors="replace", newline="\n"
        ) as lines,
    ):
        while piece := lines.readline(PIECE):
            cut = piece.rfind(" ") + 1 if len(piece) == PIECE and not piece.endswith("\n") else 0
            whole, rest = (rest + piece[:cut], piece[cut:]) if cut else (rest + piece, "")
            yield whole.removeprefix("\ufeff")
    if rest:
        yield rest


def _numbered(
    texts: Iterable[list[str]], file: IO[bytes]
) -> tuple[list[str], Int64[np.ndarray, "texts"]]:
    """Words in order of first appearance, and ends of texts; tokens' numbers go to the file."""
    number: defaultdict[str, int] = defaultdict(count().__next__)
    pending, ends, written = array("i"), array("q"), 0
    for tokens in texts:
        pending.extend(map(number.__getitem__, tokens))
        ends.append(written + len(pending))
        if len(pending) >= BLOCK:
            written += len(pending)
            pending.tofile(file)
            pending = array("i")
    pending.tofile(file)
    file.flush()
    return list(number), np.array(ends, np.int64)


def lines_of(ends: Int64[np.ndarray, "texts"], start: int, stop: int) -> Int[np.ndarray, "tokens"]:
    """Number of the text of each token from `start` to `stop`, by the ends of the texts."""
    return np.searchsorted(ends, np.arange(start, stop), side="right")


def _without_rare(
    words: list[str],
    ends: Int64[np.ndarray, "texts"],
    file: IO[bytes],
    min_count: int,
    max_words: int | None,
) -> Text:
    """The text without rare words; ids count from the most frequent word."""
    counts = np.zeros(len(words), np.int64)
    for block in _blocks(file):
        counts += np.bincount(block, minlength=len(words))
    order = np.argsort(-counts, kind="stable")[:max_words]
    order = order[counts[order] >= min_count]
    place = np.full(len(words), -1, np.int32)
    place[order] = np.arange(len(order))
    sizes, start = np.zeros(len(ends), np.int64), 0
    with tempfile.TemporaryFile() as remaining:
        for block in _blocks(file):
            ids = place[block]
            stays = ids >= 0
            stop = start + len(block)
            sizes += np.bincount(lines_of(ends, start, stop)[stays], minlength=len(ends))
            remaining.write(ids[stays].data)
            start = stop
        remaining.flush()
        ids = np.memmap(remaining, np.int32, "r") if sizes.any() else np.zeros(0, np.int32)
    return Text([words[i] for i in order], counts[order], ids, np.cumsum(sizes), start)


def _blocks(file: IO[bytes]) -> Iterator[Int[np.ndarray, "block"]]:
    """The numbers in a file, BLOCK by BLOCK."""
    file.seek(0)
    while block := file.read(4 * BLOCK):
        yield np.frombuffer(block, np.int32)
