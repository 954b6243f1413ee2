"""Lines of text, each a word and its numbers, parsed in blocks."""

from collections.abc import Collection, Sequence

import numpy as np

from embexp.errors import InputError
from embexp.formats import columns
from embexp.formats.rows import Rows

SMALL = 1 << 20
"""Bytes from which a block is worth pyarrow's reader."""
WIDEST = 4096
SHORT = "is it cut off? fetch or write the file again"
DAMAGED = "mend the line, or fetch or write the file again"
LARGEST = float(np.finfo(np.float32).max)


def parse_block(block: bytes, dim: int, offset: int) -> Rows:
    """Words and table of whole lines, of which the first has the number `offset`.

    pyarrow reads large blocks of plain rows. It knows no words with spaces and names no
    line, so a block that it cannot read, or would read differently, is parsed line by
    line.
    """
    if (
        len(block) >= SMALL
        and dim <= WIDEST
        and (plain := _plain(block))
        and (rows := columns.parse(plain, dim))
    ):
        return rows
    numbered = enumerate(block.split(b"\n"), offset)
    return parse_lines([row for row in numbered if row[1].strip()], dim, None)


def _plain(block: bytes) -> bytes | None:
    """The block without spaces at the ends of lines.

    `None` if it holds a byte that pyarrow takes differently.
    """
    if block[: block.find(b"\n")].endswith((b" ", b" \r")):
        block = block.replace(b" \r\n", b"\r\n").replace(b" \n", b"\n")
    if block.startswith(b"\xef\xbb\xbf") or (
        b"\r" in block and block.count(b"\r") != block.count(b"\r\n")
    ):
        return None
    return block


def parse_lines(
    batch: Sequence[tuple[int, bytes]], dim: int, needed: Collection[bytes] | None
) -> Rows:
    """Words and table of numbered lines, only of needed words."""
    rows = [(number, *_split(line.rstrip(b" \r\n"), dim, number)) for number, line in batch]
    if needed is not None:
        rows = [row for row in rows if row[1] in needed]
    if not rows:
        return Rows([], np.empty((0, dim), np.float32))
    fields = [numbers for _, _, numbers in rows]
    try:
        if any(not numbers or numbers.isspace() for numbers in fields):  # loadtxt skips these
            raise ValueError
        table = np.loadtxt(fields, dtype=np.float32, delimiter=" ", comments=None, ndmin=2)
        if not np.isfinite(table).all():
            raise ValueError
    except ValueError:
        raise _damage(rows) from None
    return Rows([word for _, word, _ in rows], table)


def _split(line: bytes, dim: int, number: int) -> tuple[bytes, bytes]:
    """A line's word, which may hold spaces, and its numbers."""
    word, _, numbers = line.partition(b" ")
    if numbers.count(b" ") != dim - 1:
        word = line.rsplit(b" ", dim)[0]
        numbers = line[len(word) + 1 :]
        if numbers.count(b" ") != dim - 1 or is_number(word.rpartition(b" ")[2]):
            raise InputError(
                f"line {number}: {width(line)} numbers follow the word where {dim} are expected; "
                + (SHORT if width(line) < dim else DAMAGED)
            )
    if not word or word.startswith(b" ") or word.endswith(b" "):
        raise InputError(
            f"line {number}: the word {word.decode(errors='replace')!r} is empty or begins or "
            "ends with a space"
        )
    return word, numbers


def _damage(rows: Sequence[tuple[int, bytes, bytes]]) -> InputError:
    """The error for the first number of some rows that cannot be used."""
    bad = (
        (line, field)
        for line, _, numbers in rows
        for field in numbers.split(b" ")
        if not (is_number(field) and abs(float(field)) <= LARGEST)
    )
    line, field = next(bad, (rows[0][0], rows[0][2]))
    return InputError(
        f"line {line}: {field.decode(errors='replace')!r} is not a finite float32 number; {DAMAGED}"
    )


def width(line: bytes) -> int:
    """How many numbers end a line; its first field is always the word."""
    fields = line.rstrip(b" \r\n").split(b" ")
    numbers = next(
        (i for i, field in enumerate(reversed(fields)) if not is_number(field)), len(fields)
    )
    return min(numbers, len(fields) - 1)


def is_number(field: bytes) -> bool:
    """Whether a field reads as a number; NaN and infinity do."""
    try:
        float(field)
    except ValueError:
        return False
    return b"_" not in field


def check_end(last: bytes, dim: int, rows: int, total: int | None) -> None:
    """Checks that a file holds as many rows as its header says, and a whole last line.

    A last line may lack its newline. It was cut if its last number also has fewer
    decimals than every other one.
    """
    if total is not None and rows != total:
        raise InputError(
            f"its header says {total} rows but it holds {rows}; is it cut, or two files "
            "in one? fetch or write it again"
        )
    decimals = [len(field.partition(b".")[2]) for field in last.rstrip(b" ").split(b" ")[-dim:]]
    if not last.endswith(b"\n") and dim > 1 and decimals[-1] < min(decimals[:-1], default=0):
        raise InputError(
            "its last line seems cut in its last number; if it is whole, end it with a newline, "
            "else fetch or write the file again"
        )
