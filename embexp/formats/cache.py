"""A cache of parsed vector files, so that a large file is parsed only once.

A file's table is cached under a name made of its path, as a safetensors file that is
mapped into memory, with a note beside it. It is used while the file's size, time of
change and a hash of 64 pieces of its content are as noted, and a checksum shows no
damage; else it is made again. The folder is `EMBEXP_CACHE`, by default `embexp` in the
user's folder of caches; with `EMBEXP_CACHE=` (empty) nothing is cached.
"""

import hashlib
import json
import mmap
import os
import sys
import zlib
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embexp.errors import InputError
from embexp.formats import reader, safetensors, streams
from embexp.formats.reader import Contents
from embexp.formats.rows import split_words
from embexp.formats.tensors import read_header

LARGE = 1 << 25
"""Bytes from which on a file's table is cached, unless the caller says."""
PIECES, PIECE = 64, 1 << 15


class CachedTable(NamedTuple):
    """A cached table: the file it was made from, and its own size in bytes.

    `current` says whether the file is still the same.
    """

    source: str
    bytes: int
    current: bool


def folder() -> Path | None:
    """The cache's folder; `None` if `EMBEXP_CACHE` is empty."""
    chosen = os.environ.get("EMBEXP_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "embexp"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "embexp"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "embexp"


def contents(path: str | Path, words: Iterable[str] | None = None) -> Contents:
    """As `formats.contents`, from the cached table if there is a sound one.

    A file that is read whole is cached, unless the folder cannot be written to. The
    table is mapped copy-on-write: it may be changed in memory, and the cached one stays.
    """
    path, root = Path(path), folder()
    stamp = _stamp(path)
    if root is None or stamp is None:
        return reader.contents(path, words)
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
    place = root / "tables" / f"{name}.safetensors"
    found = _load(place, stamp)
    if found is None:
        if words is not None:
            return reader.contents(path, words)
        found = reader.contents(path)
        with suppress(InputError, OSError):
            _store(place, found, stamp)
    return found if words is None else _only(found, frozenset(words))


def cached_tables() -> list[CachedTable]:
    """The tables in the cache, by the names of their files."""
    root = folder()
    found = []
    for path in root.glob("tables/*.safetensors") if root else []:
        stamp = _note(path).get("stamp", {})
        source = stamp.get("source", "?")
        current = _stamp(Path(source)) == stamp
        found.append(CachedTable(source, path.stat().st_size, current))
    return sorted(found)


def clear() -> int:
    """Deletes every cached table, finished or not, and returns how many bytes that freed."""
    root, freed = folder(), 0
    for path in [*root.glob("tables/*"), *root.glob("tables/.*.partial")] if root else []:
        with suppress(FileNotFoundError):
            freed += path.stat().st_size
            path.unlink()
    return freed


def _stamp(path: Path) -> dict[str, Any] | None:
    """What identifies a file's state: size, time of change, and a hash of pieces of it."""
    try:
        with streams.inside(path)[0].open("rb") as stream:
            stat = os.fstat(stream.fileno())
            digest = hashlib.sha256()
            for start in np.unique(np.linspace(0, max(0, stat.st_size - PIECE), PIECES, dtype=int)):
                stream.seek(start)
                digest.update(stream.read(PIECE))
    except OSError:
        return None
    return {
        "source": str(path.absolute()),
        "bytes": stat.st_size,
        "changed": stat.st_mtime_ns,
        "sample": digest.hexdigest(),
    }


def _note(path: Path) -> dict[str, Any]:
    """What was noted about a cached table; empty if the note is missing or damaged."""
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError):
        note = json.loads(path.with_suffix(".json").read_bytes())
        if note.pop("crc") == zlib.crc32(json.dumps(note).encode()):
            return note
    return {}


def _store(path: Path, found: Contents, stamp: dict[str, Any]) -> None:
    """Writes a table and its note, each whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with streams.writing(path) as stream:
        safetensors.write(stream, found.words, found.table, found.subwords)
    facts = found.format, found.duplicates, found.broken
    note = {"stamp": stamp, "facts": facts, "content": zlib.crc32(_mapped(path))}
    note["crc"] = zlib.crc32(json.dumps(note).encode())
    with streams.writing(path.with_suffix(".json")) as stream:
        stream.write(json.dumps(note).encode())


def _mapped(path: Path) -> memoryview:
    """A file's bytes, mapped copy-on-write."""
    with path.open("rb") as stream:
        return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY))


def _load(path: Path, stamp: dict[str, Any]) -> Contents | None:
    """A cached table, if it is of the same file and not damaged."""
    note = _note(path)
    try:
        whole = _mapped(path)
        if note["stamp"] != stamp or note["content"] != zlib.crc32(whole):
            return None
        with streams.reading(path) as stream:
            header = read_header(stream)
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
