"""word2vec's binary files: `ROWS DIM`, then each word, a space and its float32.

Numbers are little-endian.
"""

from collections.abc import Collection, Iterator, Sequence
from io import BufferedIOBase

import numpy as np

from embexp.errors import InputError
from embexp.formats.limits import CUT
from embexp.formats.rows import Floats, Rows, check_room, chosen, finite
from embexp.formats.text import HEADER

CHUNK = 1 << 24
LONGEST = 4096


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors.

    The program word2vec ends each row with a newline, others do not; the first row
    decides for all.

    Raises:
        InputError: the file ends early or late, a row does not end where it should, a
            number is not finite; the sentence names the row or its word.
    """
    header = HEADER.fullmatch(stream.readline(64))
    total, dim = map(int, header.groups()) if header else (0, 0)
    if not total or not dim:
        raise InputError("its first line is no header 'ROWS DIM' with both above 0")
    stop = total if limit is None else min(total, limit)
    if needed is None:
        check_room(stream, stop, dim, smallest=4)
    chunk, newline, done = stream.read(CHUNK), b"", 0
    if chunk[chunk.find(b" ") + 1 + 4 * dim :].startswith(b"\n"):
        newline = b"\n"
    while True:
        words, starts, end = spans(chunk, b" ", 4 * dim + len(newline), done + 1, stop)
        yield _take(chunk, words, starts, dim, newline, needed, done + 1)
        done += len(words)
        fresh = stream.read(CHUNK)
        if done == stop or not fresh:
            break
        chunk = chunk[end:] + fresh
    if done < stop:
        raise InputError(
            f"its header says {total} rows of {dim} numbers but it ends in row {done + 1}; {CUT}"
        )
    if done == total and (fresh or end < len(chunk)):
        raise InputError(
            f"bytes follow the {total} rows that its header says; is its header wrong or a row "
            "damaged?"
        )


def write(stream: BufferedIOBase, words: Sequence[str], table: Floats) -> None:
    """Writes as the program word2vec does, with a newline after each row.

    Raises:
        InputError: a word that is empty or holds a space or newline.
    """
    stream.write(b"%d %d\n" % table.shape)
    for word, row in zip(words, table.astype("<f4"), strict=True):
        if not word or set(word) & {" ", "\n"}:
            raise InputError(
                f"the word {word!r} cannot stand in word2vec's binary format; write another format"
            )
        stream.write(word.encode() + b" " + row.tobytes() + b"\n")


def spans(
    chunk: bytes, mark: bytes, size: int, first: int, last: int
) -> tuple[list[bytes], list[int], int]:
    """Words of the whole rows in a chunk, where the rest of each begins, and where they end.

    Behind its word, which `mark` ends, a row has `size` bytes.
    """
    words, starts, start, find = list[bytes](), list[int](), 0, chunk.find
    whole = len(chunk) - size
    for number in range(first, last + 1):
        at = find(mark, start, start + LONGEST) + 1
        if not at and len(chunk) >= start + LONGEST:
            raise InputError(
                f"row {number}: no word of less than {LONGEST} bytes; is the row before it damaged?"
            )
        if not 0 < at <= whole:
            break
        words.append(chunk[start : at - 1])
        starts.append(at)
        start = at + size
    return words, starts, start


def _take(
    chunk: bytes,
    words: list[bytes],
    starts: list[int],
    dim: int,
    newline: bytes,
    needed: Collection[bytes] | None,
    first: int,
) -> Rows:
    """Needed words of a chunk and their numbers; its first row has the number `first`."""
    at = np.array(starts, np.int64)
    ends = (
        np.frombuffer(chunk, np.uint8)[at + 4 * dim] == newline[0]
        if newline
        else np.ones(len(at), bool)
    )
    if not ends.all() or b"" in words or b"\n" in b"".join(words):
        bad = (row for row, word in enumerate(words) if not word or b"\n" in word or not ends[row])
        raise InputError(
            f"row {first + next(bad)}: its word is empty or it does not end where row 1 does; is "
            "it damaged?"
        )
    rows = chosen(words, needed, None)
    if not rows:
        return Rows([], np.empty((0, dim), np.float32))
    anywhere = np.ndarray(
        (len(chunk) - 4 * dim + 1,), np.dtype((np.void, 4 * dim)), chunk, strides=(1,)
    )  # a row may begin at any byte
    table = anywhere[at[rows]].view("<f4").reshape(-1, dim).astype(np.float32, copy=False)
    found = [words[row] for row in rows]
    return Rows(found, finite(table, found))
