"""Paths into open byte streams: plain, gzip, bzip2 or xz in, and out whole or not at all."""

import bz2
import gzip
import lzma
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import BufferedIOBase, BufferedReader, BufferedWriter, FileIO
from pathlib import Path
from typing import Any

from embexp.errors import InputError

BUFFER = 1 << 20
PACKED: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\x00": lzma.open}
SUFFIXES = (".gz", ".bz2", ".xz")
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError)


@contextmanager
def reading(path: Path) -> Iterator[BufferedIOBase]:
    """The decompressed bytes of a file; what its first bytes say decides, not its name.

    Raises:
        InputError: the file is missing, unreadable, or its compressed data is broken or ends early.
    """
    try:
        with BufferedReader(FileIO(path), BUFFER) as plain:
            start = plain.read(6)
            plain.seek(0)
            unpack = next((unpack for magic, unpack in PACKED.items() if start.startswith(magic)), nullcontext)
            with unpack(plain) as stream:
                yield stream
    except FileNotFoundError:
        raise InputError(f"there is no file {str(path)!r}") from None
    except BROKEN as error:
        raise InputError(f"{path} cannot be read: {_reason(error)}") from error


@contextmanager
def writing(path: Path) -> Iterator[BufferedIOBase]:
    """A stream whose bytes stand under `path` once all are written; a name in .gz, .bz2 or .xz is compressed.

    The same rows give the same bytes: no time and no name is put into a gzip header.

    Raises:
        InputError: the folder is missing or not writable; then `path` is as it was before.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with BufferedWriter(FileIO(partial, "w"), BUFFER) as plain, _packing(path.suffix, plain) as stream:
            yield stream
        partial.replace(path)
    except OSError as error:
        raise InputError(f"{path} cannot be written: {_reason(error)}") from error
    finally:
        with suppress(OSError):
            partial.unlink()


def _packing(suffix: str, plain: BufferedIOBase) -> Any:
    if suffix == ".gz":
        return gzip.GzipFile(filename="", fileobj=plain, mode="wb", compresslevel=6, mtime=0)
    return {".bz2": bz2.open, ".xz": lzma.open}[suffix](plain, "wb") if suffix in SUFFIXES else nullcontext(plain)


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
