"""Downloading a file from the web: resumed where it broke off, checked by its checksum."""

import errno
import hashlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from embexp.errors import InputError
from embexp.formats import cache

BLOCK = 1 << 18
ATTEMPTS = 4
SECONDS = 30
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.ENOTDIR, errno.EEXIST)

Progress = Callable[[int, int], object]
"""Is told how many bytes there are, of how many."""


def download(url: str, path: Path, size: int, checksum: str, progress: Progress) -> None:
    """Downloads a file of known size and checksum; `path` is there only if it is right.

    Raises:
        InputError: the network fails several times in a row, the checksum is wrong, the
            disk is full.
    """
    partial = path.with_name(f"{path.name}.partial")
    for attempt in range(1, ATTEMPTS + 1):
        before = _size(partial)
        try:
            if before < size:
                _append(url, partial, size, progress)
            break
        except (OSError, HTTPException) as error:
            resumable = not isinstance(error, HTTPError) and _size(partial) > before
            if attempt == ATTEMPTS or not resumable:
                raise refusal(path.name, url, error) from error
    verify(partial, checksum, url)
    partial.replace(path)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(url: str, partial: Path, size: int, progress: Progress) -> None:
    """Downloads what is missing, or all if the server cannot send a part."""
    have = _size(partial)
    headers = {"User-Agent": "embexp"} | ({"Range": f"bytes={have}-"} if have else {})
    with urlopen(Request(url, headers=headers), timeout=SECONDS) as answer:  # noqa: S310
        resumed = (
            have
            and answer.status == 206
            and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        )
        have = have if resumed else 0
        with partial.open("ab" if resumed else "wb") as file:
            while block := answer.read(BLOCK):
                file.write(block)
                have += len(block)
                progress(have, size)
    if have < size:
        raise ConnectionError(f"it ended after {have} of {size} bytes")


def verify(path: Path, checksum: str, source: str) -> None:
    """Deletes a file that does not have this checksum, `ALGORITHM:HEX`.

    `git-sha1` is the checksum of a git blob.

    Raises:
        InputError: another checksum.
    """
    algorithm = checksum.partition(":")[0]
    digest = hashlib.new(algorithm.removeprefix("git-"), usedforsecurity=False)
    if algorithm == "git-sha1":
        digest.update(b"blob %d\0" % _size(path))
    with path.open("rb") as stream:
        hashlib.file_digest(stream, lambda: digest)
    found = f"{algorithm}:{digest.hexdigest()}"
    if found != checksum:
        size = _size(path)
        path.unlink()
        raise InputError(
            f"{source} gave {size} bytes with the checksum {found} where {checksum} is expected; "
            "they were deleted"
        )


def refusal(name: str, url: str, error: Exception) -> InputError:
    """One sentence about a failed request."""
    host = urlsplit(url).netloc
    answer = getattr(error, "response", None)
    code = getattr(error, "code", None) if answer is None else answer.status_code
    if code is not None:
        missing = code in (401, 403, 404)
        hint = "is the name right, and is it public?" if missing else "try again later"
        return InputError(f"{host} answers {code} for {name}; {hint}")
    if isinstance(error, OSError) and error.errno in UNWRITABLE:
        return InputError(
            f"{name} cannot be kept in {cache.folder()}: {error.strerror}; set EMBEXP_CACHE to "
            "another folder"
        )
    reason = error.reason if isinstance(error, URLError) else " ".join(str(error).split())
    return InputError(
        f"{name} cannot be fetched from {host} ({reason}); go online and try again, or give a "
        "file's path"
    )
