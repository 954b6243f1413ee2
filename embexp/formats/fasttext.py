"""fastText's binary models (.bin): words, their vectors, and those of their n-grams.

A model lists its words, then an input matrix: one row for each word, and one for each
bucket of n-grams. A word's vector is the mean of its own row and those of its n-grams.
The output matrix that follows is only needed for further training, and is not read.
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from io import BufferedIOBase
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.limits import CUT
from embexp.formats.rows import CHUNK, Floats, Rows, bytes_of, check_room, chosen, finite
from embexp.formats.subwords import Subwords
from embexp.formats.word2vec import LONGEST, spans

MAGIC = struct.pack("<i", 793712314)
ARGUMENTS = struct.Struct("<12id")
LONGEST_GRAM = 255
WIDEST = 1 << 20
ENTRY = 9  # after a word and its zero byte: an int64 count and one byte for its type
SUPERVISED = 3


class ModelHeader(NamedTuple):
    """What a model says of itself before its matrix."""

    dim: int
    buckets: int
    shortest: int
    longest: int
    words: list[bytes]


def is_old(head: bytes) -> bool:
    """Whether a file's first bytes are the arguments of a model without a magic number.

    fastText wrote such models before its version 0.1, and gensim reads them.
    """
    if len(head) < ARGUMENTS.size:
        return False
    dim, window, *_, loss, kind, buckets, _, _, _, _ = ARGUMENTS.unpack_from(head)
    positive = 1 <= dim <= WIDEST and 1 <= window <= WIDEST and buckets >= 0
    return positive and {loss, kind} <= {1, 2, 3}


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """The needed words in one batch, with the n-grams of needed words that are not listed.

    If all words are needed, the n-grams of all buckets come with them. An empty word,
    as fastText makes of text that is not UTF-8, is left out.

    Raises:
        InputError: a version other than 11 or 12, a quantised model, sizes that do not
            fit each other, a file that ends early.
    """
    header = _header(stream)
    if needed is None:
        check_room(stream, len(header.words) + header.buckets, header.dim, smallest=4)
    rows = [row for row in chosen(header.words, needed, limit) if header.words[row]]
    words = [header.words[row] for row in rows]
    table = _take(stream, np.array(rows, np.int64), len(header.words), header.dim)
    absent = sorted(set(needed or ()).difference(words))
    subwords = _subwords(stream, header, None if needed is None else [*words, *absent])
    if subwords is not None:
        with np.errstate(over="ignore", invalid="ignore"):  # `finite` names the word
            for block, sums, number in subwords.sums(words):
                table[block] += sums
                table[block] /= number
        subwords = subwords if needed is None else subwords.only(absent)
    yield Rows(words, finite(table, words), subwords)


def write(
    stream: BufferedIOBase,
    words: Sequence[str],
    table: Floats,
    subwords: Subwords | None = None,
) -> None:
    """Writes a model that fastText's program and gensim load.

    Without `subwords` it has words only, and reading gives the same float32. With them
    each word's row is chosen so that the mean gives its vector, up to rounding. Counts
    fall by one from word to word and the output matrix is zero: the model is for
    look-up, not for further training.

    Raises:
        InputError: a word that is empty, too long or holds a zero byte; subwords that
            were read for some words only.
    """
    encoded = [word.encode() for word in words]
    if bad := next(
        (word for word in encoded if not word or b"\0" in word or len(word) >= LONGEST), None
    ):
        raise InputError(
            f"the word {bad.decode()!r} cannot stand in a fastText model; write another format"
        )
    if subwords is not None and subwords.present is not None:
        raise InputError(
            "these vectors hold the n-grams of some words only; read the model without words= to "
            "write it again"
        )
    rows, dim = table.shape
    table = table.astype("<f4")
    sizes = (subwords.buckets, subwords.shortest, subwords.longest) if subwords else (0, 0, 0)
    stream.write(MAGIC + struct.pack("<i", 12))
    stream.write(ARGUMENTS.pack(dim, 5, 5, 1, 5, 1, 2, 2, *sizes, 100, 1e-4))
    stream.write(struct.pack("<3i2q", rows, rows, 0, rows * (rows + 1) // 2, -1))
    stream.writelines(
        word + b"\0" + struct.pack("<qb", rows - row, 0) for row, word in enumerate(encoded)
    )
    stream.write(struct.pack("<b2q", 0, rows + sizes[0], dim))
    for block, sums, number in subwords.sums(encoded) if subwords else ():
        table[block] *= number
        table[block] -= sums
    stream.write(table.data)
    if subwords is not None:
        stream.write(bytes_of(subwords.table.astype("<f4")))
    stream.write(struct.pack("<b2q", 0, rows, dim))
    stream.writelines(bytes(4 * dim * min(4096, rows - first)) for first in range(0, rows, 4096))


def _header(stream: BufferedIOBase) -> ModelHeader:
    """Reads everything up to the numbers of the input matrix.

    A model without a magic number is older than version 11: it has no pruned n-grams
    and no quantised matrix.
    """
    current = stream.read(4) == MAGIC
    if not current:
        stream.seek(0)
    version = _unpack(stream, "<i", "header")[0] if current else 11
    arguments = _unpack(stream, ARGUMENTS.format, "header")
    dim, *_, kind, buckets, shortest, longest, _, _ = arguments
    if version not in (11, 12):
        raise InputError(f"a fastText model of version {version}; versions 11 and 12 can be read")
    size, count, labels, _ = _unpack(stream, "<3iq", "dictionary")
    pruned = _unpack(stream, "<q", "dictionary")[0] if current else -1
    if not (
        1 <= dim <= WIDEST
        and buckets >= 0
        and 0 < count <= size == count + labels
        and shortest >= 0
        and longest <= LONGEST_GRAM
    ):
        raise InputError("the sizes in its header do not fit each other; is it damaged?")
    words = _dictionary(stream, size)[:count]
    if pruned >= 0 or (current and _unpack(stream, "<B", "matrix") != (0,)):
        raise InputError(
            "a quantised fastText model; take the .bin that it was made from, or have fastText "
            "print the vectors with print-word-vectors"
        )
    if version == 11 and kind == SUPERVISED:
        longest = 0
    if not 0 < shortest <= longest:
        shortest, longest = 0, 0
    rows, columns = _unpack(stream, "<2q", "matrix")
    left = streams.left(stream)
    if (rows, columns) != (count + buckets, dim) or (
        left is not None and left < 4 * rows * columns
    ):
        raise InputError(
            f"its matrix is {rows} × {columns} where {count} words, {buckets} buckets and {dim} "
            "numbers fit; is it cut?"
        )
    return ModelHeader(dim, buckets, shortest, longest, words)


def _unpack(stream: BufferedIOBase, layout: str, where: str) -> tuple:
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise InputError(f"a fastText model that ends in its {where}; {CUT}")
    return struct.unpack(layout, content)


def _dictionary(stream: BufferedIOBase, size: int) -> list[bytes]:
    """Reads the words and labels; the stream is then at the end of their list."""
    origin, words, chunk = stream.tell(), list[bytes](), b""
    while len(words) < size:
        fresh = stream.read(CHUNK)
        if not fresh:
            raise InputError(
                f"a fastText model that ends in word {len(words) + 1} of {size}; {CUT}"
            )
        chunk += fresh
        found, _, end = spans(chunk, b"\0", ENTRY, len(words) + 1, size)
        words += found
        origin, chunk = origin + end, chunk[end:]
    stream.seek(origin)
    return words


def _take(stream: BufferedIOBase, rows: Int64[np.ndarray, "rows"], total: int, dim: int) -> Floats:
    """Reads some rows, in rising order, of the next `total` rows.

    The stream is then at the end of these rows.
    """
    step = max(1, CHUNK // (4 * dim))
    numbers, origin = bytearray(), stream.tell()
    for first in range(0, total, step):
        start, stop = np.searchsorted(rows, [first, first + step])
        if start == stop:
            continue
        stream.seek(origin + 4 * dim * first)
        size = 4 * dim * min(step, total - first)
        content = stream.read(size)
        if len(content) < size:
            raise InputError(
                f"a fastText model that ends in row {first + len(content) // (4 * dim) + 1} of "
                f"its matrix; {CUT}"
            )
        numbers += np.frombuffer(content, "<f4").reshape(-1, dim)[rows[start:stop] - first].data
    stream.seek(origin + 4 * dim * total)
    return np.frombuffer(numbers, "<f4").reshape(-1, dim).astype(np.float32, copy=False)


def _subwords(
    stream: BufferedIOBase, header: ModelHeader, words: Sequence[bytes] | None
) -> Subwords | None:
    """Reads the rows of n-grams of these words, or of all buckets; `None` if there are none."""
    dim, buckets, shortest, longest, _ = header
    if not longest or not buckets:
        return None
    empty = Subwords(shortest, longest, buckets, np.empty((0, dim), np.float32))
    present = None if words is None else empty.needed_by(words)
    rows = np.arange(buckets) if present is None else present
    table = _take(stream, rows, buckets, dim)
    if not np.isfinite(table).all():
        raise InputError("NaN or infinity among the vectors of its n-grams")
    return replace(empty, table=table, present=present)
