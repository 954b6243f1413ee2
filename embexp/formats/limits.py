"""What a file may claim: limits that are checked before memory is taken for it."""

import os
from collections.abc import Iterator
from functools import partial
from io import BufferedIOBase, RawIOBase
from typing import Any

from embexp.errors import InputError

CUT = "it seems cut off; fetch or write it again"
LONGEST_LINE = 1 << 22
LARGEST_RATIO = 100
UNSUSPICIOUS = 1 << 26
"""Bytes up to which data may unpack at any ratio."""


def check_ratio(packed: int, unpacked: int) -> None:
    """Refuses data that unpacks to more than its size explains.

    Raises:
        InputError: as a decompression bomb does.
    """
    if unpacked > max(UNSUSPICIOUS, LARGEST_RATIO * packed):
        raise InputError(
            f"its {packed} bytes unpack to {unpacked} or more, as those of a decompression bomb "
            "do; if it is sound, unpack it and give what is in it"
        )


class Unpacked(RawIOBase):
    """What a packed file holds, up to a size that its own size explains."""

    def __init__(self, stream: BufferedIOBase, packed: int) -> None:
        """Args: packed: the size of the packed file in bytes."""
        self.stream, self.packed = stream, packed

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It can be read from the start again."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Reads what comes next.

        Raises:
            InputError: it unpacks to too much.
        """
        number = self.stream.readinto(buffer)
        check_ratio(self.packed, self.stream.tell())
        return number

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place in what is unpacked."""
        return self.stream.seek(offset, whence)


def lines(stream: BufferedIOBase, number: int = 1) -> Iterator[bytes]:
    """The lines of a stream, of which the first has this number.

    Raises:
        InputError: a line is longer than `LONGEST_LINE`.
    """
    for at, line in enumerate(iter(partial(stream.readline, LONGEST_LINE), b""), number):
        check_line(line, at)
        yield line


def check_line(line: bytes, number: int) -> None:
    """Refuses what `readline(LONGEST_LINE)` gave if the line goes on."""
    if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
        raise InputError(
            f"line {number} is longer than {LONGEST_LINE >> 20} MiB; is it a file of lines?"
        )
