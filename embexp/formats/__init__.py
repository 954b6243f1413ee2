"""Vector files into words and a table, and back; a file's format is found by its
content, a new file's by its suffix.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32

from embexp.errors import InputError, unknown
from embexp.formats import fasttext, npz, parquet, safetensors, streams, text, word2vec
from embexp.formats.rows import Rows
from embexp.formats.subwords import Subwords

HEAD = 1 << 16


class Contents(NamedTuple):
    """What was read of a file: its words in their order, and their table.

    `duplicates` counts rows left out because their word stood before; `broken` the
    words with bytes that are not UTF-8, which became U+FFFD.
    """

    words: list[str]
    table: Float32[np.ndarray, "rows dim"]
    format: str
    duplicates: int = 0
    broken: int = 0
    subwords: Subwords | None = None


@dataclass(frozen=True)
class Format:
    """How files of one kind are named, read in batches of rows, and written; whether
    they can hold the vectors of n-grams.
    """

    suffixes: tuple[str, ...]
    read: Callable[..., Iterator[Rows]]
    write: Callable[..., None]
    subwords: bool = False


FORMATS = {
    "word2vec": Format((".w2v.txt", ".vec"), text.read, partial(text.write, header=True)),
    "glove": Format((".txt",), text.read, partial(text.write, header=False)),
    "fasttext-binary": Format((".fasttext.bin",), fasttext.read, fasttext.write, subwords=True),
    "word2vec-binary": Format((".bin",), word2vec.read, word2vec.write),
    "safetensors": Format((".safetensors",), safetensors.read, safetensors.write, subwords=True),
    "npz": Format((".npz",), npz.read, npz.write),
    "parquet": Format((".parquet",), parquet.read, parquet.write),
}
"""By name; where two suffixes fit a new file's name the first counts."""

MAGIC = {fasttext.MAGIC: "fasttext-binary", b"PK": "npz", b"PAR1": "parquet"}
PICKLE = (
    "a Python pickle, as gensim's .kv and .model are, and unpickling runs code; load it with gensim yourself and take "
    "Vectors.from_keyed_vectors(…), or save it there with save_word2vec_format"
)
REFUSED = {
    **{b"\x80%c" % version: PICKLE for version in range(2, 6)},
    b"\x93NUMPY": "an array without words; put words and table into one archive with np.savez",
    b"\x89HDF": "an HDF5 file; write it as .npz or .safetensors",
}


def read(
    path: str | Path, words: Iterable[str] | None = None, limit: int | None = None
) -> tuple[list[str], Float32[np.ndarray, "rows dim"]]:
    """Words in the file's order and their table; only `words`, only among the first `limit` rows.

    Of a word that stands twice the first row counts. Bytes that are not UTF-8 become
    U+FFFD in the word.

    Raises:
        InputError: no such file, a damaged one, one of no known format, or none of
            `words` in it.
    """
    return contents(path, words, limit)[:2]


def select(
    path: str | Path, words: Iterable[str] | None = None, limit: int | None = None
) -> tuple[list[str], Float32[np.ndarray, "rows dim"]]:
    """As `read`, but where no word of the file is asked for the table has no row."""
    return contents(path, words, limit, empty=True)[:2]


def contents(
    path: str | Path,
    words: Iterable[str] | None = None,
    limit: int | None = None,
    *,
    empty: bool = False,
) -> Contents:
    """As `read`, with all else that the file tells; `empty` allows that it has none of `words`."""
    if limit is not None and limit < 1:
        raise InputError(f"the limit of rows to read is {limit}; it must be 1 or more")
    needed = (
        None if words is None else frozenset(word.encode(errors="surrogatepass") for word in words)
    )
    gathered = _Gathered()
    with streams.reading(Path(path)) as stream, _naming(path):
        kind = detect(stream.read(HEAD))
        stream.seek(0)
        for rows in FORMATS[kind].read(stream, needed, limit):
            gathered.add(rows)
    if not gathered.words and not empty:
        raise InputError(
            f"{path} holds none of the words asked for; is it of another language, or are its words upper-case?"
        )
    return gathered.contents(kind)


class _Gathered:
    """Batches of rows into one table; a table of a single batch is not copied."""

    def __init__(self) -> None:
        self.words = dict[str, None]()
        self.first: Rows | None = None
        self.numbers = bytearray()
        self.dim = self.duplicates = self.broken = 0
        self.subwords: Subwords | None = None

    def add(self, rows: Rows) -> None:
        """Takes the rows of words that are new.

        Raises:
            InputError: rows of another width than before.
        """
        self.dim = self.dim or rows.table.shape[1]
        self.subwords = rows.subwords or self.subwords
        if (
            rows.table.shape[1] != self.dim
            or (self.subwords is not None and self.subwords.table.shape[1] != self.dim)
            or not self.dim
        ):
            raise InputError(
                f"rows of {rows.table.shape[1]} numbers follow rows of {self.dim}; is it two files in one?"
            )
        if b"" in rows.words:
            raise InputError(f"after {len(self.words)} words one is empty")
        decoded = self._decode(rows.words)
        new = dict.fromkeys(decoded)
        table = rows.table
        if len(new) < len(decoded) or not self.words.keys().isdisjoint(new):
            kept = [row for row, word in enumerate(decoded) if self._is_new(word)]
            self.duplicates += len(decoded) - len(kept)
            table = table[kept]
        self.words.update(new)
        if self.first is None and not self.numbers:
            self.first = Rows([], table)
            return
        if self.first is not None:
            self.numbers += (
                np.ascontiguousarray(self.first.table).data.cast("B")
                if self.first.table.size
                else b""
            )
            self.first = None
        self.numbers += np.ascontiguousarray(table).data.cast("B") if table.size else b""

    def _decode(self, words: Sequence[bytes]) -> list[str]:
        try:
            return [word.decode() for word in words]
        except UnicodeDecodeError:
            decoded = [word.decode(errors="replace") for word in words]
            self.broken += sum(
                word.encode() != given for word, given in zip(decoded, words, strict=True)
            )
            return decoded

    def _is_new(self, word: str) -> bool:
        before = len(self.words)
        self.words[word] = None
        return len(self.words) > before

    def contents(self, kind: str) -> Contents:
        """All rows so far."""
        table = (
            self.first.table
            if self.first is not None
            else np.frombuffer(self.numbers, np.float32).reshape(len(self.words), self.dim)
        )
        if not table.flags.writeable:
            table = table.copy()
        return Contents(list(self.words), table, kind, self.duplicates, self.broken, self.subwords)


@contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    """Puts the file's name before what is wrong in it, in one line whatever names the
    file holds.
    """
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {' '.join(str(error).splitlines())}") from error.__cause__


def detect(head: bytes) -> str:
    """The name of the format that a file's first bytes are in.

    After a header, it is text when at least half of the first or the last numbers of
    the first row stand there as digits.
    """
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    for magic, reason in REFUSED.items():
        if head.startswith(magic):
            raise InputError(reason)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= safetensors.LARGEST_HEADER:
        return "safetensors"
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if header := text.HEADER.fullmatch(first):
        fields = rest.partition(b"\n")[0].rstrip(b" \r").split(b" ")[1:]
        some = min(8, int(header[2]))
        digits = max(sum(map(text.is_number, part)) for part in (fields[:some], fields[-some:]))
        return "word2vec" if not rest or 2 * digits >= max(1, some) else "word2vec-binary"
    if text.width(first):
        return "glove"
    reason = (
        "it begins with neither 'ROWS DIM' nor a word and its numbers"
        if head.strip()
        else "it is empty"
    )
    raise InputError(f"no vector file that embexp reads; {reason}")


def write(
    path: str | Path,
    words: Sequence[str],
    table: Float[np.ndarray, "rows dim"],
    format: str | None = None,
    subwords: Subwords | None = None,
) -> None:
    """A new file, whole or not at all, from which `read` gives back the same words and
    the same float32 bit for bit.

    `subwords` are kept by the formats that can hold them (`Format.subwords`), and left
    out by the others.

    Raises:
        InputError: an unknown suffix or format, NaN or infinity in the table, a word
            that stands twice or that the format cannot hold, a folder that cannot be
            written to.
    """
    path = Path(path)
    with np.errstate(over="ignore"):
        table = np.asarray(table, np.float32)
    name = suffix_format(path) if format is None else format
    if name not in FORMATS:
        raise unknown("vector format", name, FORMATS)
    if (
        table.ndim != 2
        or not table.size
        or len(table) != len(words)
        or not np.isfinite(table).all()
        or len(set(words)) != len(words)
    ):
        raise InputError(
            f"{len(words)} words with a table of shape {table.shape}: a file needs distinct words and a row of finite numbers each"
        )
    if "" in words:
        raise InputError("an empty word cannot stand in a file; leave its row out")
    chosen = FORMATS[name]
    try:
        with streams.writing(path) as stream:
            chosen.write(
                stream, words, table, **({"subwords": subwords} if chosen.subwords else {})
            )
    except UnicodeEncodeError as error:
        raise InputError(
            f"a word holds {error.object[error.start]!r}, which cannot stand in UTF-8"
        ) from None


def suffix_format(path: Path) -> str:
    """The name of the format that a new file's suffix asks for, a suffix of packing aside."""
    name = path.name.lower().removesuffix(path.suffix if path.suffix in streams.SUFFIXES else "")
    for kind, format_ in FORMATS.items():
        if name.endswith(format_.suffixes):
            return kind
    known = ", ".join(suffix for format_ in FORMATS.values() for suffix in format_.suffixes)
    raise InputError(
        f"the name {path.name!r} tells no vector format; name one, or end it with {known} (and .gz, .bz2, .xz or .zip)"
    )
