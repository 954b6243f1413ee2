"""Vector files into words and a table, and back; a file's format is found by its content, a new file's by its suffix."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from jaxtyping import Float, Float32

from embexp.errors import InputError, unknown
from embexp.formats import streams, text, word2vec

HEAD = 1 << 16


@dataclass(frozen=True)
class Format:
    """How files of one kind are named, read in batches of rows, and written."""

    suffixes: tuple[str, ...]
    read: Callable[..., Iterator[text.Rows]]
    write: Callable[..., None]


FORMATS = {
    "word2vec": Format((".w2v.txt", ".vec"), text.read, partial(text.write, header=True)),
    "glove": Format((".txt",), text.read, partial(text.write, header=False)),
    "word2vec-binary": Format((".bin",), word2vec.read, word2vec.write),
}


def read(
    path: str | Path, words: Iterable[str] | None = None, limit: int | None = None
) -> tuple[list[str], Float32[np.ndarray, "rows dim"]]:
    """Words in the file's order and their table; only `words`, only among the first `limit` rows.

    Of a word that stands twice the first row counts. Bytes that are not UTF-8 become U+FFFD in the word.

    Raises:
        InputError: no such file, a damaged one, one of no known format, or none of `words` in it.
    """
    found, table = select(path, words, limit)
    if not found:
        raise InputError(f"{path} holds none of the words asked for; is it of another language, or are its words upper-case?")
    return found, table


def select(
    path: str | Path, words: Iterable[str] | None = None, limit: int | None = None
) -> tuple[list[str], Float32[np.ndarray, "rows dim"]]:
    """As `read`, but where no word of the file is asked for the table has no row."""
    if limit is not None and limit < 1:
        raise InputError(f"the limit of rows to read is {limit}; it must be 1 or more")
    needed = None if words is None else frozenset(word.encode(errors="surrogatepass") for word in words)
    found, numbers, dim = dict[str, None](), bytearray(), 0
    with streams.reading(Path(path)) as stream, _naming(path):
        kind = detect(stream.read(HEAD))
        stream.seek(0)
        for batch, table in FORMATS[kind].read(stream, needed, limit):
            new = [row for row, word in enumerate(batch) if _add(found, word.decode(errors="replace"))]
            numbers += table.data if len(new) == len(batch) else table[new].data
            dim = table.shape[1]
    return list(found), np.frombuffer(numbers, np.float32).reshape(len(found), dim)


@contextmanager
def _naming(path: str | Path) -> Iterator[None]:
    """Puts the file's name before what is wrong in it."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{path}: {error}") from error.__cause__


def _add(found: dict[str, None], word: str) -> bool:
    """Whether a word is new; then it is kept."""
    before = len(found)
    found[word] = None
    return len(found) > before


def detect(head: bytes) -> str:
    """The name of the format that a file's first bytes are in.

    After a header, it is text when at least half of the first numbers that the header promises stand there as digits.
    """
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if header := text.HEADER.fullmatch(first):
        fields = rest.partition(b"\n")[0].split(b" ")[1 : 1 + min(8, int(header[2]))]
        digits = sum(map(text.is_number, fields))
        return "word2vec" if not rest or 2 * digits >= max(1, len(fields)) else "word2vec-binary"
    if text.width(first):
        return "glove"
    reason = "it begins with neither 'ROWS DIM' nor a word and its numbers" if head.strip() else "it is empty"
    raise InputError(f"no vector file that embexp reads; {reason}")


def write(path: str | Path, words: Sequence[str], table: Float[np.ndarray, "rows dim"], format: str | None = None) -> None:
    """A new file, whole or not at all, from which `read` gives back the same words and the same float32 bit for bit.

    Raises:
        InputError: an unknown suffix or format, NaN or infinity in the table, a word that stands twice or that the
            format cannot hold, a folder that cannot be written to.
    """
    path = Path(path)
    with np.errstate(over="ignore"):
        table = np.asarray(table, np.float32)
    name = suffix_format(path) if format is None else format
    if name not in FORMATS:
        raise unknown("vector format", name, FORMATS)
    if table.ndim != 2 or not table.size or len(table) != len(words) or not np.isfinite(table).all() or len(set(words)) != len(words):
        raise InputError(
            f"{len(words)} words with a table of shape {table.shape}: a file needs distinct words and a row of finite numbers each"
        )
    try:
        with streams.writing(path) as stream:
            FORMATS[name].write(stream, words, table)
    except UnicodeEncodeError as error:
        raise InputError(f"a word holds {error.object[error.start]!r}, which cannot stand in UTF-8") from None


def suffix_format(path: Path) -> str:
    """The name of the format that a new file's suffix asks for, a suffix of compression aside."""
    name = path.name.lower().removesuffix(path.suffix if path.suffix in streams.SUFFIXES else "")
    for kind, format_ in FORMATS.items():
        if name.endswith(format_.suffixes):
            return kind
    known = ", ".join(suffix for format_ in FORMATS.values() for suffix in format_.suffixes)
    raise InputError(f"the name {path.name!r} tells no vector format; name one, or end it with {known} (and .gz, .bz2 or .xz)")
