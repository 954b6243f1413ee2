"""Lines of text into words and numbers, and back: GloVe's format, and word2vec's with
its header `ROWS DIM`.

A line is a word, a space, and the numbers with a space between. A word may hold spaces
(GloVe 840B has such words), so numbers are counted from the right; a word whose last
part reads as a number is refused, as it looks like a number too many.
"""

import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedIOBase
from itertools import chain, islice

import numpy as np
from jaxtyping import Float32

from embexp.errors import InputError
from embexp.formats import columns
from embexp.formats.rows import Rows

BATCH = 4096
BLOCK = 1 << 22
SMALL = 1 << 20
WIDEST = 4096
THREADS = 2
LARGEST = float(np.finfo(np.float32).max)
HEADER = re.compile(rb"(\d{1,15}) (\d{1,6}) *\r?\n?")
UNWRITABLE = re.compile(r"[\n\r]|^[ \ufeff]|^$| $")


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors; a line whose word is not `needed` is passed
    over with its numbers unread.

    Raises:
        InputError: a row of another width, a number that is none or not finite, a last
            row that is cut, rows that are not as many as the header says; the sentence
            names the line.
    """
    first = stream.readline().removeprefix(b"\xef\xbb\xbf")
    header = HEADER.fullmatch(first)
    total, dim = map(int, header.groups()) if header else (None, width(first))
    if not dim:
        raise InputError("line 1: no number follows the word")
    offset, start = (2, b"") if header else (1, first)
    if needed is None:
        yield from _every_row(stream, start, offset, dim, total, limit)
    else:
        yield from _needed_rows(stream, start, offset, dim, total, needed, limit)


def _every_row(
    stream: BufferedIOBase,
    start: bytes,
    offset: int,
    dim: int,
    total: int | None,
    limit: int | None,
) -> Iterator[Rows]:
    """All rows in blocks of lines, by two threads; `start` is what has been read of
    them, `offset` the number of that line.
    """
    seen, last, end = 0, b"\n", None if limit is None else offset + limit
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = deque[Future[Rows]]()
        for block in _blocks(stream, start):
            if end is not None and offset + block.count(b"\n") >= end:
                block = b"".join(
                    line + b"\n" for line in block.split(b"\n", end - offset)[: end - offset]
                )
            waiting.append(pool.submit(parse_block, block, dim, offset))
            offset += block.count(b"\n")
            last = block[block.rfind(b"\n", 0, -1) + 1 :]
            if len(waiting) > THREADS:
                seen += len(waiting[0].result().words)
                yield waiting.popleft().result()
            if offset == end:
                break
        for future in waiting:
            seen += len(future.result().words)
            yield future.result()
    if offset != end:
        _check_end(last, dim, seen, total)


def _blocks(stream: BufferedIOBase, start: bytes) -> Iterator[bytes]:
    """A stream's lines in blocks of about `BLOCK` bytes, whole lines each; `start`
    stands before them.
    """
    parts = [start]
    while fresh := stream.read(BLOCK):
        end = fresh.rfind(b"\n") + 1
        if end:
            yield b"".join([*parts, fresh[:end]])
            parts = []
        parts.append(fresh[end:])
    if rest := b"".join(parts):
        yield rest


def _needed_rows(
    stream: BufferedIOBase,
    start: bytes,
    offset: int,
    dim: int,
    total: int | None,
    needed: Collection[bytes],
    limit: int | None,
) -> Iterator[Rows]:
    """The rows of needed words among the first `limit` lines; of another line only its
    first field is looked at.
    """
    heads = {word.partition(b" ")[0] for word in needed} | {b"", b"\n", b"\r\n"}
    batch, seen, blank, line = [], 0, 0, b"\n"
    for seen, line in enumerate(islice(chain([start], stream) if start else stream, limit), 1):
        space = line.find(b" ")
        if (line[:space] if space >= 0 else line) not in heads:
            continue
        if line.isspace():
            blank += 1
            continue
        batch.append((seen + offset - 1, line))
        if len(batch) == BATCH:
            yield _parse(batch, dim, needed)
            batch.clear()
    yield _parse(batch, dim, needed)
    if limit is None or seen < limit:
        _check_end(line, dim, seen - blank, total)


def parse_block(block: bytes, dim: int, offset: int) -> Rows:
    """The words and the table of whole lines, of which the first has the number `offset`.

    pyarrow reads a large block of plain rows; it sees no words with spaces and names no
    line, so a block that it cannot read, and one in which a line might mean something
    else to it, is taken line by line.
    """
    if (
        len(block) >= SMALL
        and dim <= WIDEST
        and (plain := _plain(block))
        and (rows := columns.parse(plain, dim))
    ):
        return rows
    numbered = (
        (number, line)
        for number, line in enumerate(block.split(b"\n"), offset)
        if line and not line.isspace()
    )
    parts = [_parse(batch, dim, None) for batch in iter(lambda: list(islice(numbered, BATCH)), [])]
    words = [word for part in parts for word in part.words]
    return Rows(
        words, np.concatenate([np.empty((0, dim), np.float32), *(part.table for part in parts)])
    )


def _plain(block: bytes) -> bytes | None:
    """A block without the space that ends each line in some files; `None` if a byte in
    it means more to pyarrow than to us.
    """
    if block[: block.find(b"\n")].endswith((b" ", b" \r")):
        block = block.replace(b" \r\n", b"\r\n").replace(b" \n", b"\n")
    if block.startswith(b"\xef\xbb\xbf") or (
        b"\r" in block and block.count(b"\r") != block.count(b"\r\n")
    ):
        return None
    return block


def width(line: bytes) -> int:
    """How many numbers end a line of text; its first field is always its word."""
    fields = line.rstrip(b" \r\n").split(b" ")
    numbers = next(
        (i for i, field in enumerate(reversed(fields)) if not is_number(field)), len(fields)
    )
    return min(numbers, len(fields) - 1)


def is_number(field: bytes) -> bool:
    """Whether a field reads as a number, NaN and infinity among them."""
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


def write(
    stream: BufferedIOBase,
    words: Sequence[str],
    table: Float32[np.ndarray, "rows dim"],
    *,
    header: bool,
) -> None:
    """One line a word, with the fewest digits that give each float32 back exactly.

    Raises:
        InputError: a word that a line of text cannot hold.
    """
    for word in words:
        if UNWRITABLE.search(word) or (" " in word and is_number(word.rpartition(" ")[2].encode())):
            raise InputError(
                f"the word {word!r} cannot stand in a line of text; write another format"
            )
    if header:
        stream.write(b"%d %d\n" % table.shape)
    for first in range(0, len(words), BATCH):
        rows = zip(
            words[first : first + BATCH], columns.joined(table[first : first + BATCH]), strict=True
        )
        lines = [f"{word} {numbers}\n".encode() for word, numbers in rows]
        if not first and not header and HEADER.fullmatch(lines[0]):
            lines[0] = lines[0][:-1] + b".0\n"  # the same number, but no header
        stream.write(b"".join(lines))


def _parse(batch: Sequence[tuple[int, bytes]], dim: int, needed: Collection[bytes] | None) -> Rows:
    """The words and the table of numbered lines; of a line kept for the first part of
    its word, the whole word decides.
    """
    rows = [(number, *_split(line.rstrip(b" \r\n"), dim, number)) for number, line in batch]
    if needed is not None:
        rows = [row for row in rows if row[1] in needed]
    if not rows:
        return Rows([], np.empty((0, dim), np.float32))
    if any(
        not numbers or numbers.isspace() for _, _, numbers in rows
    ):  # such a line would be passed over
        raise _damage(rows)
    try:
        table = np.loadtxt(
            [numbers for _, _, numbers in rows],
            dtype=np.float32,
            delimiter=" ",
            comments=None,
            ndmin=2,
        )
    except ValueError:
        raise _damage(rows) from None
    if not np.isfinite(table).all():
        raise _damage(rows)
    return Rows([word for _, word, _ in rows], table)


def _split(line: bytes, dim: int, number: int) -> tuple[bytes, bytes]:
    """A line's word, which may hold spaces, and its numbers."""
    word, _, numbers = line.partition(b" ")
    if numbers.count(b" ") != dim - 1:
        word = line.rsplit(b" ", dim)[0]
        numbers = line[len(word) + 1 :]
        if numbers.count(b" ") != dim - 1 or is_number(word.rpartition(b" ")[2]):
            raise InputError(
                f"line {number}: {width(line)} numbers follow the word where {dim} are expected"
            )
    if not word or word.startswith(b" ") or word.endswith(b" "):
        raise InputError(
            f"line {number}: the word {word.decode(errors='replace')!r} is empty or begins or ends with a space"
        )
    return word, numbers


def _damage(rows: Sequence[tuple[int, bytes, bytes]]) -> InputError:
    """The error for the first number of some rows that cannot be used."""
    bad = (
        (line, field)
        for line, _, numbers in rows
        for field in numbers.split(b" ")
        if not _is_float32(field)
    )
    line, field = next(bad, (rows[0][0], rows[0][2]))
    return InputError(
        f"line {line}: {field.decode(errors='replace')!r} is not a finite float32 number"
    )


def _is_float32(field: bytes) -> bool:
    return is_number(field) and abs(float(field)) <= LARGEST


def _check_end(last: bytes, dim: int, rows: int, total: int | None) -> None:
    """Refuses a file that ends early or late.

    A last line may lack its newline; but if its last number also has fewer decimals
    than every other one, it was cut.
    """
    if total is not None and rows != total:
        raise InputError(
            f"its header says {total} rows but it holds {rows}; is it cut, or two files in one?"
        )
    decimals = [len(field.partition(b".")[2]) for field in last.rstrip(b" ").split(b" ")[-dim:]]
    if not last.endswith(b"\n") and dim > 1 and decimals[-1] < min(decimals[:-1], default=0):
        raise InputError(
            "its last line seems cut in its last number; if it is whole, end it with a newline"
        )
