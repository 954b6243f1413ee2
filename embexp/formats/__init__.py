"""Vector files: reading and writing words with their table, in any of `FORMATS`.

A file's format is found by its content, a new file's by its suffix.
"""

from embexp.formats.catalogue import FORMATS, Format, detect, suffix_format
from embexp.formats.reader import Contents, contents, nonempty, read
from embexp.formats.writer import write

__all__ = [
    "FORMATS",
    "Contents",
    "Format",
    "contents",
    "detect",
    "nonempty",
    "read",
    "suffix_format",
    "write",
]
