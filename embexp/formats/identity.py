"""What a file is: the SHA-256 of its bytes, which is computed once while it stays the same.

Of large files it is remembered in the cache's folder, together with path, device,
inode, size and times. A user cannot set back the time at which a file's state changed,
so if all of them are as noted, the bytes are as well.
"""

import errno
import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from embexp.errors import InputError
from embexp.formats import private

LARGE = 1 << 23
"""Bytes from which on it pays to remember a checksum."""
YOUNG = 2.0
"""Seconds in which a file may change twice without a change of its time."""


class State(NamedTuple):
    """What changes when a file does; the times are in nanoseconds."""

    path: str
    device: int
    inode: int
    bytes: int
    changed: int
    modified: int


def state(path: Path) -> State:
    """The present state of a file.

    Raises:
        InputError: there is no regular file.
    """
    with _refusing(path):
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise OSError(errno.EINVAL, "it is no regular file")
        times = found.st_ctime_ns, found.st_mtime_ns
        return State(str(path.absolute()), found.st_dev, found.st_ino, found.st_size, *times)


def sha256(*paths: Path) -> str:
    """SHA-256, as hex, of the bytes of files, one after another.

    Raises:
        InputError: a file cannot be read, or changes meanwhile.
    """
    states = [state(path) for path in paths]
    place = _place(states)
    noted = private.read_note(place) if place else {}
    if noted.get("files") == [list(each) for each in states]:
        return noted["sha256"]
    start, digest = time.time(), hashlib.sha256()
    for path in paths:
        with _refusing(path), path.open("rb") as stream:
            hashlib.file_digest(stream, lambda: digest)
    check_unchanged(states)
    newest = max(max(each.changed, each.modified) for each in states)
    if place and newest < (start - YOUNG) * 1e9:
        with suppress(OSError, InputError):
            private.make(place.parent.name)
            private.write_note(place, {"files": states, "sha256": digest.hexdigest()})
    return digest.hexdigest()


def check_unchanged(states: list[State]) -> None:
    """Refuses files that are not in the states they were in.

    Raises:
        InputError: one of them has changed.
    """
    for before in states:
        if state(Path(before.path)) != before:
            raise InputError(f"{before.path} was changed while it was read; read it again")


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error


def _place(states: list[State]) -> Path | None:
    """The note for the checksum of these files; `None` if it is not remembered.

    The times that Windows keeps can be set back.
    """
    if sum(each.bytes for each in states) < LARGE or os.name == "nt":
        return None
    named = "\0".join(each.path for each in states)
    folder = private.usable("checksums")
    return folder and folder / f"{hashlib.sha256(os.fsencode(named)).hexdigest()[:32]}.json"
