"""fastText's binary model into words, their vectors and those of their n-grams, and back.

A model lists its words, then an input matrix: one row for each word, and one for each
bucket of n-grams. A word's vector is the mean of its own row and those of its n-grams.
The output matrix that follows is of no use without training on.
"""

import struct
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from io import BufferedIOBase
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int64

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.rows import CHUNK, Rows, chosen, finite
from embexp.formats.subwords import Subwords, in_blocks, n_grams

MAGIC = struct.pack("<i", 793712314)
LONGEST = 4096
LONGEST_GRAM = 255
ENTRY = 9  # after a word and its zero byte: an int64 count and one byte for its type
SUPERVISED = 3


class Model(NamedTuple):
    """What a model says of itself before its matrix."""

    dim: int
    buckets: int
    shortest: int
    longest: int
    words: list[bytes]


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """The words asked for in one batch, with the n-grams of the words asked for that
    the model does not list, or all.

    Raises:
        InputError: a version other than 11 or 12, a quantised model, sizes that do not
            fit each other, a file that ends early.
    """
    model = _model(stream)
    rows = chosen(model.words, needed, limit)
    words = [model.words[row] for row in rows]
    table = _take(
        stream,
        None if len(rows) == len(model.words) else np.array(rows, np.int64),
        len(model.words),
        model.dim,
    )
    unseen = sorted(set(needed or ()).difference(words))
    subwords = _subwords(stream, model, None if needed is None else [*words, *unseen])
    if subwords is not None:
        _compose(words, table, subwords)
        subwords = subwords if needed is None else subwords.only(unseen)
    yield Rows(words, finite(table, words), subwords)


def write(
    stream: BufferedIOBase,
    words: Sequence[str],
    table: Float32[np.ndarray, "rows dim"],
    subwords: Subwords | None = None,
) -> None:
    """A model that fastText's program and gensim load; without `subwords` it has words
    only, and the same float32 back.

    With them the row of each word is made so that the mean gives its vector, up to
    float32's rounding. The counts fall by one from word to word, and the output matrix
    is zero: the model is made for look-up, not to train on.

    Raises:
        InputError: a word that is empty or holds a zero byte; subwords that were read
            for some words only.
    """
    encoded = [word.encode() for word in words]
    if bad := next(
        (word for word in encoded if not word or b"\0" in word or len(word) >= LONGEST), None
    ):
        raise InputError(
            f"the word {bad.decode()!r} cannot stand in a fastText model; write another format"
        )
    if subwords is not None and subwords.held is not None:
        raise InputError(
            "these vectors hold the n-grams of some words only; read the model without words= to write it again"
        )
    rows, dim = table.shape
    buckets, shortest, longest = (
        (subwords.buckets, subwords.shortest, subwords.longest) if subwords else (0, 0, 0)
    )
    stream.write(
        MAGIC
        + struct.pack("<13id", 12, dim, 5, 5, 1, 5, 1, 2, 2, buckets, shortest, longest, 100, 1e-4)
    )
    stream.write(struct.pack("<3i2q", rows, rows, 0, rows * (rows + 1) // 2, -1))
    stream.writelines(
        word + b"\0" + struct.pack("<qb", count, 0)
        for count, word in zip(range(rows, 0, -1), encoded, strict=True)
    )
    stream.write(struct.pack("<b2q", 0, rows + buckets, dim))
    own = table.astype("<f4")
    if subwords is not None:
        _compose(encoded, own, subwords, back=True)
    stream.write(own.data)
    if subwords is not None:
        stream.write(subwords.table.astype("<f4").data)
    stream.write(struct.pack("<b2q", 0, rows, dim))
    stream.writelines(
        bytes(4 * dim * len(words[first : first + 4096])) for first in range(0, rows, 4096)
    )


def _model(stream: BufferedIOBase) -> Model:
    """Everything up to the input matrix, where the stream then stands."""
    magic, version, dim, *_, kind, buckets, shortest, longest, _, _ = _unpack(
        stream, "<14id", "header"
    )
    if magic != struct.unpack("<i", MAGIC)[0] or version not in (11, 12):
        raise InputError(f"a fastText model of version {version}; versions 11 and 12 can be read")
    size, count, labels, _, pruned = _unpack(stream, "<3i2q", "dictionary")
    if not (
        1 <= dim <= 1 << 20
        and buckets >= 0
        and 0 < count <= size == count + labels
        and shortest >= 0
        and longest <= LONGEST_GRAM
    ):
        raise InputError("the sizes in its header do not fit each other; is it damaged?")
    words = _dictionary(stream, size)[:count]
    if pruned >= 0 or _unpack(stream, "<B", "matrix") != (0,):
        raise InputError(
            "a quantised fastText model; take the .bin that it was made from, or have fastText print the vectors with print-word-vectors"
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
            f"its matrix is {rows} × {columns} where {count} words, {buckets} buckets and {dim} numbers fit; is it cut?"
        )
    return Model(dim, buckets, shortest, longest, words)


def _unpack(stream: BufferedIOBase, layout: str, part: str) -> tuple:
    content = stream.read(struct.calcsize(layout))
    if len(content) < struct.calcsize(layout):
        raise InputError(f"a fastText model that ends in its {part}")
    return struct.unpack(layout, content)


def _dictionary(stream: BufferedIOBase, size: int) -> list[bytes]:
    """The words and labels; the stream then stands behind them."""
    origin, words, chunk, start = stream.tell(), list[bytes](), b"", 0
    while len(words) < size:
        end = chunk.find(b"\0", start, start + LONGEST)
        if end < 0 or end + 1 + ENTRY > len(chunk):
            fresh = stream.read(CHUNK)
            if len(chunk) - start > LONGEST + ENTRY or not fresh:
                raise InputError(
                    f"word {len(words) + 1} of {size}: it does not end; is the model cut or damaged?"
                )
            origin, chunk, start = origin + start, chunk[start:] + fresh, 0
            continue
        if end == start:
            raise InputError(f"word {len(words) + 1} of {size}: it is empty; is the model damaged?")
        words.append(chunk[start:end])
        start = end + 1 + ENTRY
    stream.seek(origin + start)
    return words


def _take(
    stream: BufferedIOBase, rows: Int64[np.ndarray, "rows"] | None, total: int, dim: int
) -> Float32[np.ndarray, "rows dim"]:
    """Those rows, in rising order, or all, of the `total` that come next in the stream,
    which then stands behind them.
    """
    step = max(1, CHUNK // (4 * dim))
    numbers, origin = bytearray(), stream.tell()
    for first in range(0, total, step):
        here = (
            None
            if rows is None
            else rows[np.searchsorted(rows, first) : np.searchsorted(rows, first + step)] - first
        )
        if here is not None and not len(here):
            continue
        stream.seek(origin + 4 * dim * first)
        size = 4 * dim * min(step, total - first)
        content = stream.read(size)
        if len(content) < size:
            raise InputError(
                f"a fastText model that ends in row {first + len(content) // (4 * dim) + 1} of its matrix"
            )
        numbers += (
            content if here is None else np.frombuffer(content, "<f4").reshape(-1, dim)[here].data
        )
    stream.seek(origin + 4 * dim * total)
    return np.frombuffer(numbers, "<f4").reshape(-1, dim).astype(np.float32, copy=False)


def _subwords(
    stream: BufferedIOBase, model: Model, words: Sequence[bytes] | None
) -> Subwords | None:
    """The rows of all buckets, or of those only that n-grams of the words fall into;
    `None` where a model has none.
    """
    if not model.longest or not model.buckets:
        return None
    empty = Subwords(
        model.shortest, model.longest, model.buckets, np.empty((0, model.dim), np.float32)
    )
    held = None if words is None else empty.needed_by(words)
    table = _take(stream, held, model.buckets, model.dim)
    if not np.isfinite(table).all():
        raise InputError("NaN or infinity among the vectors of its n-grams")
    return replace(empty, table=table, held=held)


def _compose(
    words: Sequence[bytes],
    table: Float32[np.ndarray, "rows dim"],
    subwords: Subwords,
    *,
    back: bool = False,
) -> None:
    """Turns each word's own row into its vector, the mean with its n-grams, in place; or back."""
    from scipy.sparse import csr_array

    for first, block in in_blocks(words, subwords.sizes):
        owner, hashes = n_grams(block, subwords.shortest, subwords.longest)
        buckets = hashes % subwords.buckets
        columns = buckets if subwords.held is None else np.searchsorted(subwords.held, buckets)
        counts = csr_array(
            (np.ones(len(owner), np.float32), (owner, columns)), (len(block), len(subwords.table))
        )
        part, size = (
            table[first : first + len(block)],
            1 + np.bincount(owner, minlength=len(block)).astype(np.float32)[:, None],
        )
        with np.errstate(
            over="ignore", invalid="ignore"
        ):  # what is not finite is refused later, by its word
            if back:
                part *= size
                part -= counts @ subwords.table
            else:
                part += counts @ subwords.table
                part /= size
