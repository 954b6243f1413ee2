"""Parsed vector files kept in the user's cache, mapped into memory, so that reading one
again takes no time.

A file's table is kept under a name made of its path; it counts as long as the file's
size, time of change and a hash of 64 pieces of its content are the same. Kept files are
safetensors (`embexp.formats.safetensors`) with a checksum of their own; a damaged one
is made again. The folder is `EMBEXP_CACHE`, by default `embexp` in the user's folder of
caches; `EMBEXP_CACHE=` (empty) keeps nothing.
"""

import hashlib
import json
import mmap
import os
import sys
import zlib
from collections.abc import Iterable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from embexp import formats
from embexp.errors import InputError
from embexp.formats import safetensors, streams
from embexp.formats.rows import lines

LARGE = 1 << 25
"""Files from this size on are kept where no one says whether to."""
PIECES, PIECE = 64, 1 << 15


class Entry(NamedTuple):
    """A kept table: the file that it was made of, how many bytes it takes, and whether
    the file is still the same.
    """

    source: str
    size: int
    current: bool
    path: Path


def folder() -> Path | None:
    """Where things are kept; `None` where `EMBEXP_CACHE` is empty."""
    chosen = os.environ.get("EMBEXP_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "embexp"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "embexp"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "embexp"


def contents(
    path: str | Path, words: Iterable[str] | None = None, *, empty: bool = False
) -> formats.Contents:
    """As `formats.contents`, from the kept table where there is a good one; when all
    words are read, it is kept.

    Where the folder cannot be written to, the file is read and nothing is kept. The
    table is mapped copy-on-write: it may be changed in memory, and the kept one stays.
    """
    path = Path(path)
    kept, notes = _place(path), _stamp(path)
    if kept is None or notes is None:
        return formats.contents(path, words, empty=empty)
    found = _kept(kept, notes)
    if found is None:
        if words is not None:
            return formats.contents(path, words, empty=empty)
        found = formats.contents(path)
        with suppress(InputError, OSError):
            _keep(kept, found, notes)
    return found if words is None else _only(found, list(words), path, empty=empty)


def entries() -> list[Entry]:
    """What is kept, by the name of the file it was made of."""
    root = folder()
    found = []
    for path in sorted(root.glob("tables/*.safetensors")) if root else []:
        notes = _notes(path)
        source = notes.get("source", "?")
        found.append(
            Entry(source, path.stat().st_size, _stamp(Path(source)) == _stamp_in(notes), path)
        )
    return sorted(found)


def clear() -> int:
    """Deletes every kept table, finished or not; gives how many bytes that freed."""
    root, freed = folder(), 0
    for path in (
        [*root.glob("tables/*.safetensors"), *root.glob("tables/.*.partial")] if root else []
    ):
        with suppress(FileNotFoundError):
            freed += path.stat().st_size
            path.unlink()
    return freed


def _place(path: Path) -> Path | None:
    """Where the table of a file is kept, whether it is there or not."""
    root = folder()
    name = hashlib.sha256(os.fsencode(path.absolute())).hexdigest()[:32]
    return root / "tables" / f"{name}.safetensors" if root else None


def _stamp(path: Path) -> dict[str, str] | None:
    """What tells whether a file is still the same: size, time of change, and a hash of
    pieces spread over it evenly.
    """
    try:
        with streams.inside(path)[0].open("rb") as stream:
            stat = os.fstat(stream.fileno())
            digest = hashlib.sha256()
            for start in sorted(
                {int(at) for at in np.linspace(0, max(0, stat.st_size - PIECE), PIECES)}
            ):
                stream.seek(start)
                digest.update(stream.read(PIECE))
    except OSError:
        return None
    return {
        "source": str(path.absolute()),
        "bytes": str(stat.st_size),
        "changed": str(stat.st_mtime_ns),
        "sample": digest.hexdigest(),
    }


def _stamp_in(notes: dict[str, str]) -> dict[str, str]:
    return {name: notes.get(name, "") for name in ("source", "bytes", "changed", "sample")}


def _notes(path: Path) -> dict[str, str]:
    """What a kept file says of itself; nothing where it is damaged."""
    try:
        with streams.reading(path) as stream:
            return safetensors.read_header(stream).notes
    except InputError:
        return {}


def _keep(path: Path, found: formats.Contents, stamp: dict[str, str]) -> None:
    """Writes a table, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    facts = {
        "read as": found.format,
        "duplicates": str(found.duplicates),
        "broken": str(found.broken),
    }
    with streams.writing(path) as stream:
        arrays, notes = safetensors.arrays_of(found.words, found.table, found.subwords)
        sums = {
            f"crc of {name}": str(zlib.crc32(safetensors.bytes_of(array)))
            for name, array in arrays.items()
        }
        notes = {**notes, **stamp, **facts, **sums}
        safetensors.write_arrays(stream, arrays, {**notes, "crc of all this": _sum_of(notes)})


def _sum_of(notes: dict[str, str]) -> str:
    return str(zlib.crc32(json.dumps(sorted(notes.items())).encode()))


def _kept(path: Path, stamp: dict[str, str]) -> formats.Contents | None:
    """A kept table, if it is of the same file and not damaged."""
    try:
        with streams.reading(path) as stream:
            header = safetensors.read_header(stream)
            if _stamp_in(header.notes) != stamp or header.notes.pop(
                "crc of all this", ""
            ) != _sum_of(header.notes):
                return None
            whole = memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_COPY))
        content = partial(_checked, whole, header)
        tensor = safetensors.find_table(header.tensors)
        table = np.frombuffer(content(tensor), "<f4").reshape(tensor.shape)
        words = [
            word.decode() for word in lines(bytes(content(header.tensors["words"])), len(table))
        ]
        subwords = safetensors.read_subwords(header, content)
        counts = int(header.notes["duplicates"]), int(header.notes["broken"])
        return formats.Contents(words, table, header.notes["read as"], *counts, subwords)
    except (InputError, KeyError, ValueError, OSError):
        return None


def _checked(
    whole: memoryview, header: safetensors.Header, tensor: safetensors.Tensor
) -> memoryview:
    """A tensor's bytes.

    Raises:
        InputError: they are not those that were written.
    """
    name = next(name for name, each in header.tensors.items() if each == tensor)
    part = whole[tensor.start : tensor.stop]
    if header.notes.get(f"crc of {name}") != str(zlib.crc32(part)):
        raise InputError(f"the kept tensor {name!r} is damaged")
    return part


def _only(
    found: formats.Contents, words: list[str], path: Path, *, empty: bool
) -> formats.Contents:
    """The rows of some words, as reading them from the file gives them."""
    needed = frozenset(words)
    rows = [row for row, word in enumerate(found.words) if word in needed]
    if not rows and not empty:
        raise InputError(
            f"{path} holds none of the words asked for; is it of another language, or are its words upper-case?"
        )
    kept = [found.words[row] for row in rows]
    subwords = found.subwords
    if subwords is not None:
        subwords = subwords.only(
            [word.encode(errors="surrogatepass") for word in sorted(needed.difference(kept))]
        )
    return found._replace(words=kept, table=found.table[rows], subwords=subwords)
