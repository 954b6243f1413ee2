"""The cache's folder, and files in it that nobody but their user can write.

It is `EMBEXP_CACHE`, by default `embexp` in the user's folder of caches; if
`EMBEXP_CACHE` is empty there is none. Folders are made with the rights 0700 and files
with 0600. What belongs to another user is not used, and no link is followed to a file.
Windows has no such rights, so nothing of this is checked there.
"""

import errno
import hashlib
import json
import os
import stat
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock

from embexp import storage
from embexp.errors import InputError

OTHERS = stat.S_IWGRP | stat.S_IWOTH
"""The rights by which others may write."""
WITHOUT_LINKS = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
"""Opens no link, and does not wait for the other end of a pipe."""


def folder() -> Path | None:
    """The cache's folder; `None` if `EMBEXP_CACHE` is empty."""
    chosen = os.environ.get("EMBEXP_CACHE")
    if chosen is not None:
        return Path(chosen).absolute() if chosen else None
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local")) / "embexp"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "embexp"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "embexp"


def subfolder(name: str) -> Path | None:
    """A folder in the cache's, which need not be there; `None` if `EMBEXP_CACHE` is empty.

    Others lose the right to write into the two.

    Raises:
        InputError: one of the two is another user's.
        OSError: one of the two is out of reach.
    """
    root = folder()
    if root is None:
        return None
    for path in (root, root / name):
        with suppress(FileNotFoundError):
            _keep_private(path)
    return root / name


def usable(name: str) -> Path | None:
    """As `subfolder`, but `None` with a warning for another user's folder.

    One that is out of reach is `None`, too.
    """
    try:
        return subfolder(name)
    except InputError as error:
        warnings.warn(f"nothing is cached, as {error}", stacklevel=1)
    except OSError:
        pass
    return None


def make(name: str) -> Path | None:
    """As `subfolder`; it is made if need be."""
    if path := subfolder(name):
        for each in (path.parent, path):
            each.mkdir(0o700, parents=True, exist_ok=True)
    return subfolder(name)


def _keep_private(path: Path) -> None:
    if os.name == "nt":
        return
    link, found = path.lstat(), path.stat()
    if {link.st_uid, found.st_uid} != {os.geteuid()}:
        raise InputError(
            f"the cache's folder {path} is another user's; set EMBEXP_CACHE to a folder of your own"
        )
    if found.st_mode & OTHERS:
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)


def opener(name: str, flags: int) -> int:
    """Opens a file of the cache for `open`, and makes it if that is wanted."""
    return os.open(name, flags | WITHOUT_LINKS, 0o600)


@contextmanager
def reading(path: Path) -> Iterator[BufferedReader]:
    """Opens a file of the cache.

    Raises:
        OSError: it is not there, or it is no file that the user alone can write.
    """
    with open(path, "rb", opener=opener) as stream:
        check(stream.fileno())
        yield stream


def check(file: int) -> None:
    """Refuses an open file that is not a regular one which the user alone can write."""
    found = os.fstat(file)
    foreign = os.name != "nt" and (found.st_uid != os.geteuid() or found.st_mode & OTHERS)
    if foreign or not stat.S_ISREG(found.st_mode):
        raise PermissionError(errno.EPERM, "there is a file that is not the user's own")


def write(path: Path, content: Callable[[BinaryIO], object]) -> None:
    """Writes a file into a folder made by `make`, whole or not at all.

    What writers that were killed have left there is removed.

    Raises:
        OSError: the folder cannot be written.
    """
    with FileLock(path.parent / ".lock", mode=0o600):
        storage.remove_partials(path.parent)
        with storage.replacing(path, 0o600) as stream:
            content(stream)


def keep(name: str, content: Callable[[BinaryIO], str]) -> Path:
    """Writes a file, whole or not at all, under the name that follows from its content.

    Args:
        name: the folder in the cache's, which is made if need be.
        content: writes into a stream, and returns the file's name.

    Raises:
        InputError: there is no cache, or it cannot be written.
    """
    try:
        place = make(name)
        if place is None:
            raise InputError(
                "EMBEXP_CACHE is empty, so there is no place for data in memory; set it to a "
                "folder, or unset it"
            )
        names: list[str] = []
        unnamed = place / "unnamed"
        with FileLock(place / ".lock", mode=0o600):
            storage.remove_partials(place)
            with storage.replacing(unnamed, 0o600) as stream:
                names.append(content(stream))
            return unnamed.replace(place / names[0])
    except OSError as error:
        raise InputError(
            f"the cache's folder {folder()} cannot be written: {error.strerror}; set "
            "EMBEXP_CACHE to a folder of your own"
        ) from error


def kept(name: str, file: str, called: str, again: str) -> Path:
    """A file that `keep` wrote into a folder of the cache's.

    Args:
        called: what an error calls it.
        again: what puts it there again.

    Raises:
        InputError: it is not there.
    """
    place = usable(name)
    path = place / file if place else None
    if path is None or path.parent != place or not path.is_file():
        raise InputError(
            f"{called!r} is not in the cache ({place or 'EMBEXP_CACHE is empty'}); {again} puts "
            "it there again, under the same name"
        )
    return path


def write_note(path: Path, note: Mapping[str, Any]) -> None:
    """Writes a note with a checksum of it, as `write` does."""
    sealed = {**note, "seal": _seal(note)}
    write(path, lambda stream: stream.write(json.dumps(sealed).encode()))


def read_note(path: Path) -> dict[str, Any]:
    """What was noted; empty if the note is missing, damaged, or not the user's own."""
    with suppress(OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        with reading(path) as stream:
            note = json.loads(stream.read())
        if note.pop("seal") == _seal(note):
            return note
    return {}


def _seal(note: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(note).encode()).hexdigest()
