"""A cache of parsed vector files, so that a large file is parsed only once.

A file's table is cached under a name made of the SHA-256 of its bytes, as a safetensors
file that is mapped into memory, with a note beside it. So a changed file is parsed
again, and one that was renamed or copied is not. A table with damage is made again. For
the folder see `embexp.formats.private`.
"""

import hashlib
import json
import mmap
import zlib
from collections.abc import Iterable
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from embexp.errors import InputError
from embexp.formats import identity, private, reader, safetensors, streams
from embexp.formats.reader import Contents
from embexp.formats.rows import split_words
from embexp.formats.tensors import read_header

LARGE = 1 << 25
"""Bytes from which on a file's table is cached, unless the caller says."""
READERS = 1
"""To be raised when a file's reader gives another table than before."""


class CachedTable(NamedTuple):
    """A cached table: the file it was made from, and its own size in bytes.

    `current` says whether the file still gives this table.
    """

    source: str
    bytes: int
    current: bool


def contents(path: str | Path, words: Iterable[str] | None = None) -> Contents:
    """As `formats.contents`, from the cached table if there is a sound one.

    A file that is read whole is cached, unless the folder cannot be written to. The
    table is mapped copy-on-write: it may be changed in memory, and the cached one stays.

    Raises:
        InputError: also if the file changes while it is read.
    """
    path, folder = Path(path), private.usable("tables")
    if folder is None:
        return reader.contents(path, words)
    try:
        states = [identity.state(each) for each in _sources(path)]
        place = folder / _name(path)
    except (InputError, OSError):  # reading it says why
        return reader.contents(path, words)
    found = _load(place)
    if found is None:
        if words is not None:
            return reader.contents(path, words)
        found = reader.contents(path)
        identity.check_unchanged(states)
        with suppress(InputError, OSError):
            _store(place, found, path)
    return found if words is None else _only(found, frozenset(words))


def cached_tables() -> list[CachedTable]:
    """The tables in the cache, by the names of their files."""
    found = []
    for path in _tables():
        source, current = private.read_note(_note(path)).get("source"), False
        with suppress(InputError, OSError):
            current = source is not None and _name(Path(source)) == path.name
        found.append(CachedTable(source or "?", path.lstat().st_size, current))
    return sorted(found)


def clear() -> int:
    """Deletes every cached table, finished or not, and returns how many bytes that freed.

    Checksums that are remembered go, too.
    """
    freed = 0
    for folder in filter(None, map(private.usable, ("tables", "checksums"))):
        kinds = "*.safetensors", "*.json", ".*.partial"
        for path in [path for kind in kinds for path in folder.glob(kind)]:
            with suppress(OSError):
                size = path.lstat().st_size
                path.unlink()
                freed += size
    return freed


def _sources(path: Path) -> list[Path]:
    """The files that a table is made from: an archive or plain file, and words beside it.

    Raises:
        OSError: there is no such file.
    """
    archive, _ = streams.inside(path)
    if not archive.is_file():
        raise FileNotFoundError(str(path))
    with archive.open("rb") as stream:
        words = streams.beside(stream, *safetensors.BESIDE)
    return [archive, words] if words else [archive]


def _name(path: Path) -> str:
    """The name of the cached table of a file: it follows from all that the table depends on."""
    depends = READERS, streams.inside(path)[1], [*map(identity.sha256, _sources(path))]
    return f"{hashlib.sha256(json.dumps(depends).encode()).hexdigest()[:32]}.safetensors"


def _tables() -> list[Path]:
    folder = private.usable("tables")
    return [*folder.glob("*.safetensors")] if folder else []


def _note(table: Path) -> Path:
    return table.with_suffix(".json")


class _Summed(BufferedIOBase):
    """Writes through to a stream, and keeps the CRC-32 of what was written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.crc = stream, 0

    def write(self, content: Any, /) -> int:
        self.crc = zlib.crc32(content, self.crc)
        return self.stream.write(content)


def _store(place: Path, found: Contents, path: Path) -> None:
    """Writes a table and its note, in place of those of an earlier state of the file.

    Tables without a sound note go, too.
    """
    source, sums = str(path.absolute()), []
    private.make(place.parent.name)
    for other in _tables():
        if private.read_note(_note(other)).get("source", source) == source:
            for each in (other, _note(other)):
                each.unlink(missing_ok=True)

    def write(stream: BinaryIO) -> None:
        summed = _Summed(stream)
        safetensors.write(summed, found.words, found.table, found.subwords)
        sums.append(summed.crc)

    private.write(place, write)
    facts = found.format, found.duplicates, found.broken
    note = {"table": place.name, "source": source, "facts": facts, "content": sums[0]}
    private.write_note(_note(place), note)


def _load(place: Path) -> Contents | None:
    """A cached table, if there is one without damage."""
    note = private.read_note(_note(place))
    try:
        if note["table"] != place.name:
            return None
        with private.reading(place) as stream:
            whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY))
            header = read_header(stream)
        if note["content"] != zlib.crc32(whole):
            return None
        content = lambda tensor: whole[tensor.start : tensor.stop]  # noqa: E731
        table, words = header.tensors["table"], content(header.tensors["words"])
        table = np.frombuffer(content(table), "<f4").reshape(table.shape)
        words = [word.decode() for word in split_words(bytes(words), len(table))]
        subwords = safetensors.read_subwords(header, content)
        kind, duplicates, broken = note["facts"]
        return Contents(words, table, kind, duplicates, broken, subwords)
    except (InputError, KeyError, ValueError, TypeError, OSError):
        return None


def _only(found: Contents, needed: frozenset[str]) -> Contents:
    """The rows of some words, as reading them from the file gives them."""
    rows = [row for row, word in enumerate(found.words) if word in needed]
    present = [found.words[row] for row in rows]
    subwords = found.subwords
    if subwords is not None:
        absent = sorted(needed.difference(present))
        subwords = subwords.only([word.encode(errors="surrogatepass") for word in absent])
    return found._replace(words=present, table=found.table[rows], subwords=subwords)
