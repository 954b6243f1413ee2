"""Rows of a vector file on their way to a table: batches of words and numbers, read
from a file or from a stretch of it.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from embexp.errors import InputError
from embexp.formats.subwords import Subwords

CHUNK = 1 << 24


class Rows(NamedTuple):
    """Some rows of a file, in its order; the last of a file with vectors of n-grams
    carries them.
    """

    words: list[bytes]
    table: Float32[np.ndarray, "rows dim"]
    subwords: Subwords | None = None


def chosen(
    words: Sequence[bytes], needed: Collection[bytes] | None, limit: int | None
) -> list[int]:
    """Which rows of a file that lists its words are asked for."""
    return [row for row, word in enumerate(words[:limit]) if needed is None or word in needed]


def float32(table: np.ndarray) -> Float32[np.ndarray, "rows dim"]:
    """Numbers of any floating type as float32; what is too large becomes infinity."""
    with np.errstate(over="ignore", invalid="ignore"):
        return table.astype(np.float32, copy=False)


def streamed(
    read: Callable[[int], bytes],
    words: Sequence[bytes],
    dim: int,
    dtype: np.dtype,
    needed: Collection[bytes] | None,
    limit: int | None,
    convert: Callable[[np.ndarray], Float32[np.ndarray, "rows dim"]] = float32,
) -> Iterator[Rows]:
    """The rows asked for of a table that lies row after row in a stream, with no more
    than a chunk of it in memory.

    Raises:
        InputError: the stream ends early, or a number is not finite.
    """
    size = dim * dtype.itemsize
    step = max(1, CHUNK // size)
    total = len(words) if limit is None else min(limit, len(words))
    for first in range(0, total, step):
        count = min(step, total - first)
        numbers = read(count * size)
        if len(numbers) < count * size:
            raise InputError(
                f"row {first + len(numbers) // size + 1}: the file ends there, but it promises {len(words)} rows of {dim} numbers"
            )
        table = np.frombuffer(numbers, dtype).reshape(count, dim)
        batch = list(words[first : first + count])
        if needed is not None:
            rows = chosen(batch, needed, None)
            batch, table = [batch[row] for row in rows], table[rows]
        yield Rows(batch, finite(convert(table), batch))


def finite(
    table: Float32[np.ndarray, "rows dim"], words: Sequence[bytes]
) -> Float32[np.ndarray, "rows dim"]:
    """The table as it is.

    Raises:
        InputError: NaN or infinity in it; the word of the row is named.
    """
    good = np.isfinite(table).all(axis=1)
    if not good.all():
        raise InputError(
            f"NaN or infinity among the numbers of {words[int(np.argmin(good))].decode(errors='replace')!r}"
        )
    return table


def lines(text: bytes, rows: int) -> list[bytes]:
    """The words of a vocabulary text, one a line, of which there are as many as the table has rows.

    Raises:
        InputError: more or fewer words than rows, or an empty one.
    """
    words = text.removesuffix(b"\n").split(b"\n") if text else []
    if len(words) != rows:
        raise InputError(
            f"{len(words)} words stand with a table of {rows} rows; is the vocabulary of another table?"
        )
    return words


def text_of(words: Sequence[str]) -> bytes:
    """A vocabulary text, one word a line.

    Raises:
        InputError: a word that holds a newline.
    """
    if bad := next((word for word in words if "\n" in word), None):
        raise InputError(
            f"the word {bad!r} cannot stand in a vocabulary text; write another format"
        )
    return "".join(f"{word}\n" for word in words).encode()
