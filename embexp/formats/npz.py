"""NumPy archives (.npz) of word vectors; nothing in them is unpickled.

Written archives hold `table` and `words` (UTF-8, one word a line, as bytes). Of other
archives the one table of floating-point numbers is read, with the one list of words: an
array of strings, or such bytes.
"""

import math
import zipfile
from collections.abc import Collection, Iterator, Sequence
from io import BufferedIOBase
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.limits import check_ratio
from embexp.formats.rows import (
    Floats,
    Rows,
    check_room,
    join_words,
    selected,
    split_words,
    streamed,
)


class ArchivedArray(NamedTuple):
    """Name, shape and type of an array in an archive, and where its numbers begin."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype
    start: int


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors.

    Raises:
        InputError: an archive that is broken or holds pickles, no table or no words, a
            number that is not finite.
    """
    try:
        with streams.seekable(stream) as plain, zipfile.ZipFile(plain) as archive:
            check_ratio(plain.seek(0, 2), sum(info.file_size for info in archive.infolist()))
            arrays = [_described(archive, info) for info in archive.infolist()]
            tables = [each for each in arrays if each.dtype.kind == "f" and len(each.shape) == 2]
            table = _only(tables, "table of floats")
            lists = [each for each in arrays if each.dtype.kind in "US" or each.dtype == np.uint8]
            words = _only(lists, "list of words")
            if not all(table.shape):
                raise InputError(f"its table is of shape {table.shape}")
            if needed is None:
                check_room(plain, *table.shape, smallest=2)
            listed = _words(archive, words, table.shape[0])
            with archive.open(table.name) as content:
                content.seek(table.start)
                rows = streamed(content.read, listed, table.shape[1], table.dtype)
                yield from selected(rows, needed, limit)
    except streams.BROKEN as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"an archive of arrays that is broken: {error}") from error


def write(stream: BufferedIOBase, words: Sequence[str], table: Floats) -> None:
    """Writes an archive that `np.load(…, allow_pickle=False)` opens.

    The same rows give the same bytes.

    Raises:
        InputError: a word that holds a newline.
    """
    with streams.rewindable(stream) as plain:
        np.savez(plain, words=np.frombuffer(join_words(words), np.uint8), table=table)


def _described(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> ArchivedArray:
    """An array's shape and type, checked against its size."""
    with archive.open(info) as content:
        version = npy.read_magic(content)
        if version not in ((1, 0), (2, 0)):
            raise InputError(
                f"its array {info.filename!r} is of version {version}; 1.0 and 2.0 can be read"
            )
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        try:
            shape, columns_first, dtype = read(content)
        except TypeError as error:  # of names that are not all strings
            raise InputError(f"its array {info.filename!r} has a broken header") from error
        start = content.tell()
    if dtype.hasobject:
        raise InputError(
            f"its array {info.filename!r} is a pickle, and unpickling runs code; save it as an "
            "array of strings or numbers"
        )
    if columns_first and len(shape) > 1:
        raise InputError(
            f"its array {info.filename!r} lies column after column; save it with "
            "np.ascontiguousarray"
        )
    if start + math.prod(shape) * dtype.itemsize != info.file_size:
        raise InputError(
            f"its array {info.filename!r} of shape {shape} does not fit its {info.file_size} "
            "bytes; is it damaged?"
        )
    return ArchivedArray(info.filename, shape, dtype, start)


def _only(arrays: Sequence[ArchivedArray], what: str) -> ArchivedArray:
    """The one array of its kind."""
    if len(arrays) != 1:
        raise InputError(
            f"it holds {len(arrays)} arrays that may be the {what} "
            f"({', '.join(each.name for each in arrays) or 'none'}); keep one"
        )
    return arrays[0]


def _words(archive: zipfile.ZipFile, array: ArchivedArray, rows: int) -> list[bytes]:
    """The words of an array of strings, or of bytes with one word a line."""
    with archive.open(array.name) as content:
        content.seek(array.start)
        whole = content.read()
    if array.dtype == np.uint8:
        return split_words(whole, rows)
    words = np.frombuffer(whole, array.dtype).tolist()
    if len(array.shape) != 1 or len(words) != rows:
        raise InputError(
            f"{len(words)} words stand with a table of {rows} rows; is the archive put together "
            "wrongly?"
        )
    return [
        word if isinstance(word, bytes) else word.encode(errors="surrogatepass") for word in words
    ]
