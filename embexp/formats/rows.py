"""Batches of rows, as readers of all formats give them, and helpers that readers share."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from io import BufferedIOBase
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from embexp import memory
from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.subwords import Subwords

Floats = Float32[np.ndarray, "rows dim"]
"""A table of vectors, or some rows of one."""
CHUNK = 1 << 24
"""Bytes of a table that are read at once."""


class Rows(NamedTuple):
    """Some rows of a file, in its order.

    The last batch of a file with vectors of n-grams carries these.
    """

    words: list[bytes]
    table: Floats
    subwords: Subwords | None = None


def check_room(stream: BufferedIOBase, rows: int, dim: int, smallest: int) -> None:
    """Holds the table that a header promises against the memory, before any is taken.

    Args:
        smallest: how many bytes of the file a number takes at least; a plain file holds no
            more numbers than its size allows, whatever it promises.

    Raises:
        InputError: the table does not fit.
    """
    left = streams.left(stream)
    numbers = rows * dim if left is None else min(rows * dim, left // smallest)
    memory.check_fits(4 * numbers, f"its table of {rows} × {dim}")


def chosen(
    words: Sequence[bytes], needed: Collection[bytes] | None, limit: int | None
) -> list[int]:
    """Rows of a file to read: those of needed words among the first `limit`."""
    return [row for row, word in enumerate(words[:limit]) if needed is None or word in needed]


def float32(table: np.ndarray) -> Floats:
    """The table as float32; numbers that are too large become infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        return table.astype(np.float32, copy=False)


def bytes_of(array: np.ndarray) -> memoryview:
    """An array's bytes, row after row."""
    return np.ascontiguousarray(array).data.cast("B") if array.size else memoryview(b"")


def selected(
    batches: Iterable[Rows], needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """The rows of needed words among the first `limit` rows of some batches.

    Raises:
        InputError: NaN or infinity in them.
    """
    for words, table, _ in batches:
        rows = chosen(words, needed, limit)
        found = [words[row] for row in rows]
        whole = len(rows) == len(words)
        yield Rows(found, finite(table if whole else table[rows], found))
        if limit is not None:
            limit -= min(limit, len(words))
            if not limit:
                return


def streamed(
    read: Callable[[int], bytes],
    words: Sequence[bytes],
    dim: int,
    dtype: np.dtype,
    convert: Callable[[np.ndarray], Floats] = float32,
) -> Iterator[Rows]:
    """The rows of a table that is stored row after row.

    No more than `CHUNK` bytes of it are in memory at once.

    Raises:
        InputError: the stream ends early.
    """
    size = dim * dtype.itemsize
    step = max(1, CHUNK // size)
    for first in range(0, len(words), step):
        batch = list(words[first : first + step])
        numbers = read(len(batch) * size)
        if len(numbers) < len(batch) * size:
            raise InputError(
                f"row {first + len(numbers) // size + 1}: the file ends there, but it promises "
                f"{len(words)} rows of {dim} numbers"
            )
        yield Rows(batch, convert(np.frombuffer(numbers, dtype).reshape(-1, dim)))


def finite(table: Floats, words: Sequence[bytes]) -> Floats:
    """The table as it is.

    Raises:
        InputError: NaN or infinity in it; the sentence names the row's word.
    """
    good = np.isfinite(table).all(axis=1)
    if not good.all():
        raise InputError(
            "NaN or infinity among the numbers of "
            f"{words[int(np.argmin(good))].decode(errors='replace')!r}"
        )
    return table


def split_words(text: bytes, rows: int) -> list[bytes]:
    """Words of a vocabulary text with one word a line, for a table with this many rows.

    Raises:
        InputError: more or fewer words than rows.
    """
    words = text.removesuffix(b"\n").split(b"\n") if text else []
    if len(words) != rows:
        raise InputError(
            f"{len(words)} words stand with a table of {rows} rows; is the vocabulary of another "
            "table?"
        )
    return words


def join_words(words: Sequence[str]) -> bytes:
    """A vocabulary text with one word a line.

    Raises:
        InputError: a word that holds a newline.
    """
    if bad := next((word for word in words if "\n" in word), None):
        raise InputError(
            f"the word {bad!r} cannot stand in a vocabulary text; write another format"
        )
    return "".join(f"{word}\n" for word in words).encode()
