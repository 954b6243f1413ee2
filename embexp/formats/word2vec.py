"""word2vec's C binary into words and numbers, and back: `ROWS DIM`, then each word, a space and its little-endian float32."""

from collections.abc import Collection, Iterator, Sequence
from io import BufferedIOBase

import numpy as np
from jaxtyping import Float32

from embexp.errors import InputError
from embexp.formats.text import HEADER, Rows

CHUNK = 1 << 24
LONGEST = 4096


def read(stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None) -> Iterator[Rows]:
    """Batches of words and their vectors; the program word2vec ends a row with a newline, others do not: as in row 1, so in all.

    Raises:
        InputError: the file ends early or late, a row does not end where it should, a number is not finite; the sentence
            names the row.
    """
    header = HEADER.fullmatch(stream.readline(64))
    total, dim = map(int, header.groups()) if header else (0, 0)
    if not total or not dim:
        raise InputError("its first line is no header 'ROWS DIM' with both above 0")
    stop = total if limit is None else min(total, limit)
    chunk, newline, done = stream.read(CHUNK), b"", 0
    if chunk[chunk.find(b" ") + 1 + 4 * dim :].startswith(b"\n"):
        newline = b"\n"
    while True:
        spans, end = _spans(chunk, 4 * dim, newline, range(done + 1, stop + 1))
        yield _take(chunk, spans, dim, needed, done + 1)
        done += len(spans)
        fresh = stream.read(CHUNK)
        if done == stop or not fresh:
            break
        chunk = chunk[end:] + fresh
    if done < stop:
        raise InputError(f"its header says {total} rows of {dim} numbers but it ends in row {done + 1}")
    if done == total and (fresh or end < len(chunk)):
        raise InputError(f"bytes follow the {total} rows that its header says; is its header wrong or a row damaged?")


def write(stream: BufferedIOBase, words: Sequence[str], table: Float32[np.ndarray, "rows dim"]) -> None:
    """As the program word2vec does, a newline after each row.

    Raises:
        InputError: a word that is empty or holds a space or newline.
    """
    stream.write(b"%d %d\n" % table.shape)
    for word, row in zip(words, table.astype("<f4"), strict=True):
        if not word or set(word) & {" ", "\n"}:
            raise InputError(f"the word {word!r} cannot stand in word2vec's binary format; write another format")
        stream.write(word.encode() + b" " + row.tobytes() + b"\n")


def _spans(chunk: bytes, size: int, newline: bytes, numbers: range) -> tuple[list[tuple[int, int]], int]:
    """Where the word of each whole row in a chunk begins and ends, and where the first row that is not whole begins."""
    spans, start = [], 0
    for number in numbers:
        space = chunk.find(b" ", start, start + LONGEST)
        if space < 0 and len(chunk) >= start + LONGEST:
            raise InputError(f"row {number}: no word of less than {LONGEST} bytes; is the row before it damaged?")
        end = space + 1 + size
        if space < 0 or end + len(newline) > len(chunk):
            break
        if space == start or b"\n" in chunk[start:space] or not chunk.startswith(newline, end):
            raise InputError(f"row {number}: its word is empty or it does not end where row 1 does; is it damaged?")
        spans.append((start, space))
        start = end + len(newline)
    return spans, start


def _take(chunk: bytes, spans: list[tuple[int, int]], dim: int, needed: Collection[bytes] | None, first: int) -> Rows:
    """The needed words of a chunk, whose first row has the number `first`, and their numbers."""
    rows = [(number, chunk[start:space], space + 1) for number, (start, space) in enumerate(spans, first)]
    if needed is not None:
        rows = [row for row in rows if row[1] in needed]
    numbers = b"".join([chunk[at : at + 4 * dim] for _, _, at in rows])
    table = np.frombuffer(numbers, "<f4").astype(np.float32, copy=False).reshape(-1, dim)
    finite = np.isfinite(table).all(axis=1)
    if not finite.all():
        raise InputError(f"row {rows[int(np.argmin(finite))][0]}: NaN or infinity among its numbers")
    return [word for _, word, _ in rows], table
