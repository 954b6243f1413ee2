"""Opening files for reading and writing, plain or packed by gzip, bzip2, xz or zip."""

import bz2
import gzip
import lzma
import os
import shutil
import stat
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from io import BufferedIOBase, BufferedReader, BufferedWriter, FileIO
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, cast

from embexp import memory, storage
from embexp.errors import InputError, no_file
from embexp.formats.limits import Unpacked

BUFFER, BLOCK = 1 << 20, 1 << 24
PARSED = 5
"""Bytes of memory that a byte of text takes once it is parsed, as a guess."""
PACKED: dict[bytes, Callable[..., Any]] = {
    b"\x1f\x8b": gzip.open,
    b"BZh": bz2.open,
    b"\xfd7zXZ\x00": lzma.open,
}
SUFFIXES = (".gz", ".bz2", ".xz", ".zip")
BROKEN = (
    *(OSError, EOFError, ValueError, LookupError, ArithmeticError, MemoryError, RuntimeError),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, struct.error),
    *(tokenize.TokenError, SyntaxError),  # of the header of a NumPy array
)
"""What the standard library raises where a file is damaged."""


@contextmanager
def reading(path: Path) -> Iterator[BufferedIOBase]:
    """Opens a file for reading, unpacked; its first bytes decide, not its name.

    A zip archive gives the one file in it, or the one named behind the archive:
    `glove.6B.zip/glove.6B.100d.txt`. An archive of NumPy arrays is left as it is.

    Raises:
        InputError: the file is missing, no regular file or unreadable, or its packed data
            is broken, ends early, or is a decompression bomb.
    """
    try:
        archive, member = inside(path)
        with BufferedReader(_regular(archive), BUFFER) as plain:
            start = plain.read(6)
            plain.seek(0)
            unpack = next(
                (unpack for magic, unpack in PACKED.items() if start.startswith(magic)), nullcontext
            )
            with (
                _unzip(plain, archive, member)
                if start.startswith(b"PK")
                else unpack(plain) as stream
            ):
                if stream is plain:
                    yield plain
                else:
                    size = os.fstat(plain.fileno()).st_size
                    yield BufferedReader(Unpacked(stream, size), BUFFER)
    except InputError as error:
        if str(path) in error.args[0]:
            raise
        raise InputError(f"{path}: {error}") from error.__cause__
    except FileNotFoundError:
        raise no_file(path) from None
    except BROKEN as error:
        damaged = "" if getattr(error, "strerror", None) else "; is it damaged? fetch it again"
        raise InputError(f"{path} cannot be read: {_reason(error)}{damaged}") from error


def _regular(path: Path) -> FileIO:
    """Opens a regular file; a pipe would block, and a device never ends."""
    kind = path.stat().st_mode
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "a pipe or a device"
        raise InputError(f"{path} is {what}; give the path of a file")
    return FileIO(path)


def whole(path: Path, *, of_lines: bool = False) -> bytes:
    """All bytes of a file, unpacked, if they and what is made of them fit the memory.

    Args:
        of_lines: whether it is text, in which none of the blocks read is without a line end.

    Raises:
        InputError: as `reading`, or a file that is too large.
    """
    with reading(path) as stream:
        content = bytearray()
        memory.check_fits(PARSED * (left(stream) or 0), str(path))
        while block := stream.read(BLOCK):
            content += block
            if of_lines and len(block) == BLOCK and not (b"\n" in block or b"\r" in block):
                raise InputError(f"{path} has a line of more than {BLOCK >> 20} MiB; split it")
            memory.check_fits((PARSED - 1) * len(content), str(path))
    return bytes(content)


def exists(path: Path) -> bool:
    """Whether there is such a file or folder, or such a file in a zip archive."""
    if os.path.exists(path):
        return True
    archive, member = inside(path)
    return bool(member) and zipfile.is_zipfile(archive)


def inside(path: Path) -> tuple[Path, str]:
    """The file to open, and the name of the file in it if it is a zip archive.

    The name is empty for a path that does not go on behind an archive.
    """
    if not os.path.exists(path):
        for parent in path.parents:
            if os.path.isfile(parent) and zipfile.is_zipfile(parent):
                return parent, path.relative_to(parent).as_posix()
    return path, ""


def _unzip(plain: BufferedIOBase, path: Path, member: str) -> Any:
    """Opens one file of an archive."""
    try:
        archive = zipfile.ZipFile(plain)
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        if names and all(name.endswith(".npy") for name in names):
            plain.seek(0)
            return nullcontext(plain)
        if member in names or (not member and len(names) == 1):
            return archive.open(member or names[0])
    except (
        RuntimeError,
        ValueError,
        LookupError,
    ) as error:  # a password, a way of packing that Python does not know, a damaged name
        raise zipfile.BadZipFile(str(error)) from error
    names = [" ".join(name.splitlines()) for name in names]
    listed = ", ".join(names[:8]) or "none"
    missing = f"has no file {member!r}" if member else "is no single file"
    raise InputError(
        f"the archive {path} {missing}; name one of its files ({listed}) behind it: "
        f"{path}/{(names or ['FILE'])[0]}"
    )


def is_plain(stream: BufferedIOBase) -> bool:
    """Whether a stream is a file as it lies on the disk."""
    return isinstance(stream, BufferedReader) and isinstance(stream.raw, FileIO)


def left(stream: BufferedIOBase) -> int | None:
    """Number of bytes that follow in a plain file; `None` for a packed one."""
    if not is_plain(stream):
        return None
    return os.fstat(stream.fileno()).st_size - stream.tell()


def beside(stream: BufferedIOBase, *names: str) -> Path | None:
    """The first of these files that exists in the folder of a plain file.

    `{stem}` in a name stands for the stem of the file.
    """
    if not is_plain(stream):
        return None
    path = Path(cast("Any", stream).name)
    found = (path.with_name(name.format(stem=path.stem)) for name in names)
    return next((file for file in found if file.is_file()), None)


@contextmanager
def seekable(stream: BufferedIOBase) -> Iterator[Any]:
    """A stream that can be read in any order: a packed file is unpacked to a temporary one."""
    if is_plain(stream):
        yield stream
        return
    with TemporaryFile() as copy:
        stream.seek(0)
        shutil.copyfileobj(stream, copy, BUFFER)
        copy.seek(0)
        yield copy


@contextmanager
def rewindable(stream: BufferedIOBase) -> Iterator[Any]:
    """A stream that can be written in any order; a packed file is written at the end."""
    if isinstance(stream, BufferedWriter):
        yield stream
        return
    with TemporaryFile() as copy:
        yield copy
        copy.seek(0)
        shutil.copyfileobj(copy, stream, BUFFER)


@contextmanager
def writing(path: Path) -> Iterator[BufferedIOBase]:
    """Opens a file for writing; it replaces `path` once all is written.

    A name that ends in .gz, .bz2, .xz or .zip is packed. The same content gives the
    same bytes: no time and no name is put into a gzip header, and a zip's is fixed.
    The file is on the disk when it has its name (see `storage.replacing`).

    Raises:
        InputError: the folder is missing or not writable; then `path` is as it was
            before.
    """
    try:
        with storage.replacing(path) as plain, _packing(path, plain) as stream:
            yield stream
    except OSError as error:
        raise InputError(f"{path} cannot be written: {_reason(error)}") from error


def _packing(path: Path, plain: Any) -> Any:
    match path.suffix:
        case ".gz":
            return gzip.GzipFile(filename="", fileobj=plain, mode="wb", compresslevel=6, mtime=0)
        case ".bz2":
            return bz2.open(plain, "wb")
        case ".xz":
            return lzma.open(plain, "wb")
        case ".zip":
            return _zipping(path.stem, plain)
    return nullcontext(plain)


@contextmanager
def _zipping(name: str, plain: BufferedIOBase) -> Iterator[BufferedIOBase]:
    """Opens the one file of a new archive."""
    info = zipfile.ZipInfo(name)
    info.compress_type = zipfile.ZIP_DEFLATED
    with (
        zipfile.ZipFile(plain, "w") as archive,
        archive.open(info, "w", force_zip64=True) as member,
    ):
        yield cast("BufferedIOBase", member)


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
