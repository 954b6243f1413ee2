"""A name into a vector file on this machine: what gensim-data publishes, and what lies
in repositories of the Hugging Face hub.

Only data is taken and nothing of it is run: gensim's own downloader imports a Python
file that it has just fetched. A download that breaks goes on where it stopped, and
counts only once its checksum is right. Files lie below `downloads` in the cache's
folder (`embexp.formats.cache`), which `EMBEXP_CACHE` names.
"""

import errno
import hashlib
import json
import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import Request, urlopen

from embexp.errors import InputError, unknown
from embexp.formats import cache

GENSIM_DATA = "https://github.com/piskvorky/gensim-data/releases/download"
BLOCK = 1 << 18
ATTEMPTS = 4
SECONDS = 30
UNWRITABLE = (errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EROFS, errno.ENOTDIR, errno.EEXIST)

Progress = Callable[[int, int], object]


class Model(NamedTuple):
    """Vectors that gensim-data publishes as NAME/NAME.gz: the MD5 and the size of that
    file, and its terms.
    """

    summary: str
    md5: str
    size: int
    terms: str


_PDDL = "PDDL 1.0"
MODELS = {
    "glove-wiki-gigaword-50": Model(
        "GloVe 6B, 400,000 words", "c289bc5d7f2f02c6dc9f2f9b67641813", 69182535, _PDDL
    ),
    "glove-wiki-gigaword-100": Model(
        "GloVe 6B, 400,000 words", "40ec481866001177b8cd4cb0df92924f", 134300434, _PDDL
    ),
    "glove-wiki-gigaword-200": Model(
        "GloVe 6B, 400,000 words", "59652db361b7a87ee73834a6c391dfc1", 264336934, _PDDL
    ),
    "glove-wiki-gigaword-300": Model(
        "GloVe 6B, 400,000 words", "29e9329ac2241937d55b852e8284e89b", 394362229, _PDDL
    ),
    "glove-twitter-25": Model(
        "GloVe on Twitter, 1,193,514 words", "50db0211d7e7a2dcd362c6b774762793", 109885004, _PDDL
    ),
    "glove-twitter-50": Model(
        "GloVe on Twitter, 1,193,514 words", "c168f18641f8c8a00fe30984c4799b2b", 209216938, _PDDL
    ),
    "glove-twitter-100": Model(
        "GloVe on Twitter, 1,193,514 words", "b04f7bed38756d64cf55b58ce7e97b15", 405932991, _PDDL
    ),
    "glove-twitter-200": Model(
        "GloVe on Twitter, 1,193,514 words", "e52e8392d1860b95d5308a525817d8f9", 795373100, _PDDL
    ),
    "word2vec-google-news-300": Model(
        "word2vec on Google News, 3,000,000 words and phrases",
        "a5e5354d40acb95f9ec66d5977d140ef",
        1743563840,
        "unstated",
    ),
    "word2vec-ruscorpora-300": Model(
        "word2vec on the Russian National Corpus, 184,973 tagged words",
        "9bdebdc8ae6d17d20839dd9b5af10bc4",
        208427381,
        "CC BY 4.0",
    ),
    "fasttext-wiki-news-subwords-300": Model(
        "fastText on Wikipedia and news, 999,999 words",
        "de2bb3a20c46ce65c9c131e1ad9a77af",
        1005007116,
        "CC BY-SA 3.0",
    ),
    "conceptnet-numberbatch-17-06-300": Model(
        "ConceptNet Numberbatch 17.06, 1,917,247 terms",
        "fd642d457adcd0ea94da0cd21b150847",
        1225497562,
        "CC BY-SA 4.0",
    ),
}
HUB = re.compile(r"hub:([\w.-]+/[\w.-]+)(?:/([^:]+))?")
COMMIT = re.compile(r"[0-9a-f]{40}")
VECTOR_FILE = re.compile(r"\.(vec|txt|bin|npz|parquet|safetensors)(\.(gz|bz2|xz|zip))?$")


class Remote(NamedTuple):
    """A file to be had: where, where to put it, and its checksum, `ALGORITHM:HEX`;
    `git-sha1` is that of a git blob.
    """

    url: str
    place: str
    size: int
    checksum: str
    terms: str


def is_remote(name: str) -> bool:
    """Whether a name is one that can be fetched."""
    return name in MODELS or name.startswith("hub:")


def fetched(name: str) -> Path | None:
    """The file of a name that was fetched before; nothing is asked of the network."""
    facts = _facts(name)
    path = Path(facts["path"]) if facts else None
    return path if path and path.is_file() else None


def fetch(name: str, progress: Progress | None = None) -> Path:
    """The file of a name, fetched if it is not there yet; `progress` is told how many
    bytes of how many there are.

    A name is one of `MODELS`, or `hub:OWNER/REPOSITORY/FILE`, where `/FILE` may be left
    out if only one file can hold vectors.

    Raises:
        InputError: an unknown name, no network, no such file, a wrong checksum, no
            place to put it.
    """
    if path := fetched(name):
        return path
    folder = _folder()
    remote = _published(name) if name in MODELS else _on_hub(name)
    path = folder / remote.place
    facts = {
        "path": str(path),
        "url": remote.url,
        "checksum": remote.checksum,
        "size": remote.size,
        "terms": remote.terms,
    }
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _download(remote, path, progress or (lambda done, total: None))
        _note(name).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    except OSError as error:
        raise _refusal(remote.url, name, error) from error
    return path


def terms(name: str) -> str:
    """The terms of what was fetched under a name, as its publisher states them."""
    return (_facts(name) or {}).get("terms", "unstated")


def _facts(name: str) -> dict[str, Any] | None:
    """What was noted when a name was fetched."""
    if cache.folder() is None:
        return None
    with suppress(OSError, ValueError):
        return json.loads(_note(name).read_text(encoding="utf-8"))
    return None


def _folder() -> Path:
    root = cache.folder()
    if root is None:
        raise InputError(
            "EMBEXP_CACHE is empty, so there is no place for what is fetched; set it to a folder, or unset it"
        )
    return root / "downloads"


def _note(name: str) -> Path:
    """The file that says what a name was fetched as."""
    return _folder() / f"{quote(name, safe='')}.json"


def _published(name: str) -> Remote:
    """A file of gensim-data; its checksum is known here, not asked of the server."""
    model = MODELS[name]
    return Remote(
        f"{GENSIM_DATA}/{name}/{name}.gz",
        f"gensim-data/{name}.gz",
        model.size,
        f"md5:{model.md5}",
        model.terms,
    )


def _on_hub(name: str) -> Remote:
    """A file of a hub repository, at the commit that its main branch is at now."""
    match = HUB.fullmatch(name)
    if match is None or ".." in name.split("/"):
        raise unknown("vectors to fetch", name, [*MODELS, "hub:OWNER/REPOSITORY/FILE"])
    repository, wanted = match.groups()
    hub = os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")
    listing = _json(f"{hub}/api/models/{repository}?blobs=true", f"hub:{repository}")
    try:
        revision, files = (
            str(listing["sha"]),
            {str(file["rfilename"]): file for file in listing["siblings"]},
        )
    except (KeyError, TypeError) as error:
        raise InputError(
            f"the hub's listing of {repository!r} cannot be understood: {error!r} is missing"
        ) from error
    candidates = [file for file in files if VECTOR_FILE.search(file)]
    chosen = wanted or (candidates[0] if len(candidates) == 1 else "")
    if chosen not in files:
        what = f"no file {chosen!r}" if chosen else f"{len(candidates)} files that may hold vectors"
        named = candidates[0] if candidates else "FILE"
        raise InputError(
            f"{repository} has {what} ({', '.join(candidates[:8]) or 'none'}); name one: hub:{repository}/{named}"
        )
    if not COMMIT.fullmatch(revision) or {"", ".", ".."} & set(
        chosen.replace("\\", "/").split("/")
    ):
        raise InputError(
            f"the hub's listing of {repository!r} names {chosen!r} at {revision!r}, which is no file of a commit"
        )
    file = files[chosen]
    sha256 = (file.get("lfs") or {}).get("sha256")
    checksum = f"sha256:{sha256}" if sha256 else f"git-sha1:{file.get('blobId')}"
    licence = str((listing.get("cardData") or {}).get("license", "unstated"))
    url = f"{hub}/{repository}/resolve/{revision}/{quote(chosen)}"
    return Remote(
        url,
        f"hub/{repository}/{revision[:12]}/{chosen}",
        int(file.get("size", 0)),
        checksum,
        licence,
    )


def _json(url: str, name: str) -> Any:
    """What a server answers to a question."""
    try:
        with _open(url, {}) as answer:
            return json.load(answer)
    except (OSError, HTTPException, ValueError) as error:
        raise _refusal(url, name, error) from error


def _open(url: str, headers: Mapping[str, str]) -> Any:
    """An answer, over HTTP only."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise InputError(f"{url} is no address of the web")
    return urlopen(Request(url, headers={"User-Agent": "embexp", **headers}), timeout=SECONDS)  # noqa: S310


def _refusal(url: str, name: str, error: Exception) -> InputError:
    """One sentence about a failed request."""
    host = urlsplit(url).netloc
    if isinstance(error, HTTPError):
        hint = (
            "is the name right, and is it public?"
            if error.code in (401, 403, 404)
            else "try again later"
        )
        return InputError(f"{host} answers {error.code} for {name}; {hint}")
    if isinstance(error, ValueError):
        return InputError(
            f"{host} answers for {name} with something that is no JSON; is a proxy in between?"
        )
    if isinstance(error, OSError) and error.errno in UNWRITABLE:
        return InputError(
            f"{name} cannot be kept in {cache.folder()}: {error.strerror}; set EMBEXP_CACHE to another folder"
        )
    reason = error.reason if isinstance(error, URLError) else error
    return InputError(
        f"{name} cannot be fetched: {host} is out of reach ({reason}); go online and say it again, or give a file's path"
    )


def _download(remote: Remote, path: Path, progress: Progress) -> None:
    """The file under its name, once all of it is there and its checksum right; what
    there is of it is gone on from.

    Raises:
        InputError: the network fails several times in a row, the checksum is wrong, the
            disk is full.
    """
    partial = path.with_name(f"{path.name}.partial")
    for attempt in range(1, ATTEMPTS + 1):
        before = partial.stat().st_size if partial.exists() else 0
        try:
            if before < remote.size or not remote.size:
                _append(remote, partial, progress)
            break
        except HTTPError as error:
            if error.code == 416:  # there is nothing behind what is here
                break
            raise _refusal(remote.url, path.name, error) from error
        except (OSError, HTTPException) as error:
            gone_on = partial.exists() and partial.stat().st_size > before
            if attempt == ATTEMPTS or not gone_on:
                raise _refusal(remote.url, path.name, error) from error
    found = _checksum(partial, remote.checksum.partition(":")[0])
    if found != remote.checksum:
        size = partial.stat().st_size
        partial.unlink()
        raise InputError(
            f"{remote.url} gave {size} bytes with the checksum {found} where {remote.checksum} is expected; they were deleted"
        )
    partial.replace(path)


def _append(remote: Remote, partial: Path, progress: Progress) -> None:
    """Fetches what is missing; a server that sends all from the start anyway is taken
    at its word.
    """
    have = partial.stat().st_size if partial.exists() else 0
    with _open(remote.url, {"Range": f"bytes={have}-"} if have else {}) as answer:
        goes_on = (
            have
            and answer.status == 206
            and answer.headers.get("Content-Range", "").startswith(f"bytes {have}-")
        )
        have = have if goes_on else 0
        with partial.open("ab" if goes_on else "wb") as file:
            total = remote.size or have + int(answer.headers.get("Content-Length") or 0)
            while block := answer.read(BLOCK):
                file.write(block)
                have += len(block)
                progress(have, total)
    if have < remote.size:
        raise ConnectionError(f"it ended after {have} of {remote.size} bytes")


def _checksum(path: Path, algorithm: str) -> str:
    """`ALGORITHM:HEX` of a file's content."""
    digest = hashlib.new("sha1" if algorithm == "git-sha1" else algorithm, usedforsecurity=False)
    if algorithm == "git-sha1":
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return f"{algorithm}:{digest.hexdigest()}"
