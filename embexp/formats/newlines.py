"""Text whose lines end in a carriage return alone, as on old Macs."""

import os
from io import BufferedIOBase, RawIOBase
from typing import Any


class Newlines(RawIOBase):
    """A stream with a newline in place of every carriage return."""

    def __init__(self, stream: BufferedIOBase) -> None:
        self.stream = stream

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """As the stream is."""
        return self.stream.seekable()

    def readinto(self, buffer: Any) -> int:
        """Reads what comes next."""
        block = self.stream.read(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(block)] = block
        return len(block)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Goes to a place in the stream."""
        return self.stream.seek(offset, whence)
