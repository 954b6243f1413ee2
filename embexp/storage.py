"""Durable files: lines, Parquet and whole files that are on the disk when a call returns."""

import errno
import hashlib
import json
import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import filelock

from embexp import scratch
from embexp.errors import InputError

BUFFER = 1 << 20
PARTIAL = ".partial"
SHOWN = 40
"""Letters of a file's name that are in the name of its unfinished copy."""


def checksum(path: Path) -> str:
    """SHA-256 of a file, as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def refusing(folder: Path) -> Iterator[None]:
    """Turns an error of the disk into an `InputError` that names the folder."""
    try:
        yield
    except OSError as error:
        raise InputError(
            f"results cannot be written to {folder} ({error.strerror}); give another folder"
        ) from error


@contextmanager
def lock(folder: str | Path) -> Iterator[None]:
    """Keeps other sweeps out of the folder, which is made if need be.

    The lock goes with the process, however that ends. A folder that was made for
    nothing is removed.

    Raises:
        InputError: another process holds it, or the folder cannot be written.
    """
    new = not os.path.exists(folder)
    path = writable(folder) / ".lock"
    held = filelock.FileLock(path, timeout=0)
    with refusing(Path(folder)):
        try:
            held.acquire()
        except filelock.Timeout:  # an OSError, too
            raise InputError(
                f"{folder} is in use by another sweep; wait until it ends, or give another folder"
            ) from None
    try:
        yield
    finally:
        held.release()
        with suppress(OSError):
            if new and {*path.parent.iterdir()} <= {path}:
                path.unlink(missing_ok=True)
                path.parent.rmdir()


@contextmanager
def writing(folder: str | Path) -> Iterator[Path]:
    """The folder, made if need be, for one writer at a time.

    Raises:
        InputError: the folder cannot be written.
    """
    folder = writable(folder)
    with refusing(folder), filelock.FileLock(folder / ".append"):
        yield folder


def sync(path: Path) -> None:
    """Waits until a file, or the names in a folder, are on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows opens no folders
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def writable(folder: str | Path) -> Path:
    """The folder, made if need be."""
    folder = Path(folder)
    with refusing(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def append_lines(path: Path, lines: Iterable[str]) -> None:
    """Puts lines at a file's end and on the disk; a torn last line is closed first."""
    new = not path.exists()
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.writelines(line.encode() + b"\n" for line in lines)
        file.flush()
        os.fsync(file.fileno())
    if new:
        sync(path.parent)


def read_lines(path: Path) -> list[Any]:
    """What each line of a file holds, None where that is no JSON; a missing file has none."""
    if not path.exists():
        return []
    try:
        return [_parsed(line) for line in path.read_bytes().split(b"\n") if line.strip()]
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); give another folder"
        ) from error


def _parsed(line: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(line)
    return None


def read_parquet(path: Path) -> list[Any]:
    """The rows of a Parquet file, or a None that counts as damage where it cannot be read."""
    if not path.exists():
        return []
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(path).to_pylist()
    except (pa.ArrowException, OSError, ValueError, LookupError, MemoryError):
        return [None]


def write_parquet(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes rows of equal keys as Parquet, compressed by zstd."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pylist(rows)
    replace(path, lambda file: pq.write_table(table, file, compression="zstd"))


def replace(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Writes a file as `replacing` does, in a folder that is made if need be.

    There is one writer at a time, by `lock` or `writing`: what killed ones left of the
    same file is removed.

    Raises:
        InputError: the folder cannot be written, or there is something at `path` that is no file.
    """
    if kind := irregular(path):
        raise InputError(f"{path} cannot be written: {kind}; name a file")
    folder = writable(path.parent)
    with refusing(folder):
        remove_partials(folder, path.name)
        with replacing(path) as file:
            write(file)


def irregular(path: Path) -> str:
    """What is there in place of a file, if anything is."""
    if not path.exists() or path.is_file():
        return ""
    return "it is no regular file" + " but a folder" * path.is_dir()


@contextmanager
def replacing(path: Path, mode: int = 0o666) -> Iterator[BinaryIO]:
    """Opens a new file beside the path, and moves it there once it is on the disk.

    Its name cannot be foreseen and is nobody else's; if `path` is a link, the link is
    replaced and not what it leads to. `mode` is narrowed by the umask.

    Raises:
        OSError: the folder cannot be written, or there is something at `path` that is no
            file; then it is as it was before.
    """
    if kind := irregular(path):
        raise OSError(errno.EINVAL, kind)
    name = path.name[:SHOWN] + f".{secrets.token_hex(8)}"
    part = path.with_name(f".{name}{PARTIAL}")
    new = lambda file, flags: os.open(file, flags, mode)  # noqa: E731
    try:
        with scratch.removable(part), open(part, "xb", BUFFER, opener=new) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync(path.parent)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def remove_partials(folder: Path, name: str = "") -> None:
    """Removes what writers of a file, or of any, left unfinished; none may be writing now."""
    shown = re.escape(name[:SHOWN]) if name else ".*"
    unfinished = re.compile(rf"\.{shown}\.[0-9a-f]{{16}}{re.escape(PARTIAL)}", re.DOTALL)
    for path in folder.iterdir():
        if unfinished.fullmatch(path.name):
            with suppress(OSError):
                path.unlink()
