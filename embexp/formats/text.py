"""Text files of word vectors: GloVe's format, and word2vec's with a header `ROWS DIM`.

A line is a word, a space, and the numbers with a space between. A word may hold spaces
(GloVe 840B has such words), so numbers are counted from the right. A word whose last
part reads as a number is refused, since the line then seems to have a number too many.
"""

import re
from collections import deque
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from io import BufferedIOBase
from itertools import islice

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.columns import joined
from embexp.formats.limits import LONGEST_LINE, check_line, lines
from embexp.formats.lines import check_end, is_number, parse_block, parse_lines, width
from embexp.formats.rows import Floats, Rows, check_room

BATCH = 4096
BLOCK = 1 << 22
BOM = b"\xef\xbb\xbf"
THREADS = 2
HEADER = re.compile(rb"(\d{1,15}) (\d{1,6}) *\r?\n?")
UNWRITABLE = re.compile(r"[\n\r]|^[ \ufeff]|^$| $")


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors; the numbers of other words are not parsed.

    Raises:
        InputError: a row of another width, a number that is none or not finite, a last
            row that is cut, more or fewer rows than the header says; the sentence names
            the line.
    """
    first = stream.readline(LONGEST_LINE)
    check_line(first, 1)
    mark = BOM if first.startswith(BOM) else b""
    first = first.removeprefix(mark)
    header = HEADER.fullmatch(first)
    total, dim = map(int, header.groups()) if header else (None, width(first))
    if not dim:
        raise InputError("line 1: no number follows the word")
    if not header:
        stream.seek(len(mark))
    if needed is None:
        promised = (streams.left(stream) or 0) // len(first) if total is None else total
        check_room(stream, min(promised, limit or promised), dim, smallest=2)
    offset = 2 if header else 1
    if needed is None:
        yield from _every_row(stream, offset, dim, total, limit)
    else:
        yield from _needed_rows(stream, offset, dim, total, needed, limit)


def _every_row(
    stream: BufferedIOBase, offset: int, dim: int, total: int | None, limit: int | None
) -> Iterator[Rows]:
    """All rows in blocks of lines, parsed by two threads.

    `offset` is the number of the line that the stream is at.
    """
    seen, last, end = 0, b"\n", None if limit is None else offset + limit
    with ThreadPoolExecutor(THREADS) as pool:
        waiting = deque[Future[Rows]]()
        for block in _blocks(stream, limit, offset):
            waiting.append(pool.submit(parse_block, block, dim, offset))
            offset += block.count(b"\n")
            last = block[block.rfind(b"\n", 0, -1) + 1 :]
            if len(waiting) > THREADS:
                seen += len(waiting[0].result().words)
                yield waiting.popleft().result()
        for future in waiting:
            seen += len(future.result().words)
            yield future.result()
    if offset != end:
        check_end(last, dim, seen, total)


def _blocks(stream: BufferedIOBase, limit: int | None, number: int) -> Iterator[bytes]:
    """Blocks of whole lines, of about `BLOCK` bytes; only the first `limit` lines.

    `number` is that of the line that the stream is at.
    """
    if limit is None:
        while block := stream.read(BLOCK):
            last = stream.readline(LONGEST_LINE)
            number += block.count(b"\n")
            check_line(last, number)
            yield block + last
            number += last.endswith(b"\n")
    else:
        first = islice(lines(stream, number), limit)
        yield from iter(lambda: b"".join(islice(first, BATCH)), b"")


def _needed_rows(
    stream: BufferedIOBase,
    offset: int,
    dim: int,
    total: int | None,
    needed: Collection[bytes],
    limit: int | None,
) -> Iterator[Rows]:
    """Rows of needed words among the first `limit` lines.

    Of other lines only the first field is looked at.
    """
    heads = {word.partition(b" ")[0] for word in needed} | {b"", b"\n", b"\r\n"}
    batch, number, blank, line = [], offset - 1, 0, b"\n"
    for number, line in enumerate(islice(lines(stream, offset), limit), offset):
        space = line.find(b" ")
        if (line[:space] if space >= 0 else line) not in heads:
            continue
        if line.isspace():
            blank += 1
            continue
        batch.append((number, line))
        if len(batch) == BATCH:
            yield parse_lines(batch, dim, needed)
            batch.clear()
    yield parse_lines(batch, dim, needed)
    seen = number + 1 - offset
    if limit is None or seen < limit:
        check_end(line, dim, seen - blank, total)


def write(
    stream: BufferedIOBase,
    words: Sequence[str],
    table: Floats,
    *,
    header: bool,
) -> None:
    """Writes one line a word, with the fewest digits that give each float32 back.

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
        here = slice(first, first + BATCH)
        rows = zip(words[here], joined(table[here]), strict=True)
        lines = [f"{word} {numbers}\n".encode() for word, numbers in rows]
        if not first and not header and HEADER.fullmatch(lines[0]):
            lines[0] = lines[0][:-1] + b".0\n"  # the same number, but no header
        stream.write(b"".join(lines))
