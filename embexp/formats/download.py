"""Downloading a file from the web: resumed where it broke off, checked by its checksum."""

import errno
import hashlib
from collections.abc import Callable
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from embexp import storage
from embexp.errors import InputError
from embexp.formats import private

BLOCK = 1 << 18
ATTEMPTS = 4
SECONDS = 30
SHOWN = 300
"""Letters of what a server says that are shown."""
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.ENOTDIR, errno.EEXIST)

Progress = Callable[[int, int], object]
"""Is told how many bytes there are, of how many."""


class _WebOnly(HTTPRedirectHandler):
    """Follows no answer that leads out of the web."""

    def redirect_request(
        self, req: Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> Request | None:
        _check_web(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def download(url: str, path: Path, size: int, checksum: str, progress: Progress) -> None:
    """Downloads a file of known size and checksum; `path` is there only if it is right.

    What an earlier call left in PATH.partial is gone on with, if it is the user's own.

    Raises:
        InputError: the network fails several times in a row, more or other bytes than
            expected are offered, the disk is full, a URL is not of the web.
    """
    _check_web(url)
    partial = path.with_name(f"{path.name}.partial")
    try:
        with private.reading(partial):
            pass
    except OSError:
        partial.unlink(missing_ok=True)
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
    storage.sync(partial)
    partial.replace(path)
    storage.sync(path.parent)


def _check_web(url: str) -> None:
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url[:SHOWN]} is not fetched: only http and https are followed")


def _size(path: Path) -> int:
    return path.lstat().st_size if path.exists() else 0


def _append(url: str, partial: Path, size: int, progress: Progress) -> None:
    """Downloads what is missing, or all if the server cannot send a part."""
    have = _size(partial)
    headers = {"User-Agent": "embexp"} | ({"Range": f"bytes={have}-"} if have else {})
    request = Request(url, headers=headers)  # noqa: S310 - the scheme is checked before
    with build_opener(_WebOnly).open(request, timeout=SECONDS) as answer:
        resumed = (
            have
            and answer.status == 206
            and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        )
        have = have if resumed else 0
        if answer.length not in (None, size - have):
            raise other_size(url, have + answer.length, size)
        with open(partial, "ab", opener=private.opener) as file:
            private.check(file.fileno())
            file.truncate(have)
            while block := answer.read(min(BLOCK, size - have + 1)):
                have += len(block)
                if have > size:
                    partial.unlink()
                    raise other_size(url, have, size)
                file.write(block)
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


def other_size(source: str, found: int, size: int) -> InputError:
    """The error for a file that is not as long as it is listed."""
    return InputError(
        f"{source} gives {found} bytes or more where {size} are listed; nothing of it was kept, so "
        "try again later, or give a file's path"
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
            f"{name} cannot be kept in {private.folder()}: {error.strerror}; set EMBEXP_CACHE to "
            "another folder"
        )
    given = error.reason if isinstance(error, URLError) else error
    reason = " ".join(str(given).split())[:SHOWN]
    return InputError(
        f"{name} cannot be fetched from {host} ({reason}); go online and try again, or give a "
        "file's path"
    )
