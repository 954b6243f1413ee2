"""Fetching vector files by name: from gensim-data, or from the Hugging Face hub.

Only data is taken and no code of it is run; gensim's own downloader imports a Python
file that it has just fetched. A download that breaks off is resumed, and counts once
its checksum is right; the checksum is looked at whenever the file is used. Files lie in
`downloads` in the cache's folder (see `embexp.formats.private`).
"""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from embexp.errors import InputError, unknown
from embexp.formats import gensim_data, hub, identity, private
from embexp.formats.download import Progress, download, refusal, verify
from embexp.formats.gensim_data import MODELS


def is_remote(name: str) -> bool:
    """Whether vectors of this name can be fetched."""
    return name in MODELS or name.startswith("hub:")


def fetched(name: str) -> Path | None:
    """The file of a name that was fetched before; the network is not used.

    Raises:
        InputError: the file is not as it was fetched.
    """
    folder, facts = private.usable("downloads"), _facts(name)
    path = folder / facts["path"] if folder and facts else None
    if path is None or not path.is_file():
        return None
    if identity.sha256(path) != facts["sha256"]:
        raise InputError(
            f"{path} was changed since it was fetched; fetch it again: embexp vectors fetch {name}"
        )
    return path


def fetch(name: str, progress: Progress | None = None) -> Path:
    """The file of a name, fetched if it is not there yet, or not as it was fetched.

    A name is one of gensim-data's `MODELS`, or `hub:OWNER/REPOSITORY/FILE`, where
    `/FILE` may be left out if only one file can hold vectors. `progress` is told how
    many bytes of how many there are; for the hub, `huggingface_hub` shows its own.

    Raises:
        InputError: an unknown name, no network, no such file, a wrong checksum, no
            folder to write to.
    """
    changed = False
    try:
        if path := fetched(name):
            return path
    except InputError:
        changed = True
    match = hub.NAME.fullmatch(name)
    if name not in MODELS and (match is None or ".." in name.split("/")):
        raise unknown("vectors to fetch", name, [*MODELS, "hub:OWNER/REPOSITORY/FILE"])
    report = progress or (lambda done, total: None)
    try:
        folder = _folder()
        if changed and (facts := _facts(name)):
            _remove(folder / facts["path"], folder)
        if match is None:
            facts = _from_gensim_data(name, folder, report)
        else:
            repository, wanted = match.groups()
            facts = hub.download(repository, wanted, folder / "hub")
        place = facts["path"].parent.resolve().relative_to(folder.resolve())  # links lead there
        relative = (place / facts["path"].name).as_posix()
        path = folder / relative
        private.write_note(
            _note(folder, name), facts | {"path": relative, "sha256": identity.sha256(path)}
        )
    except OSError as error:
        raise refusal(name, "", error) from error
    return path


def _remove(path: Path, folder: Path) -> None:
    """Removes a fetched file, and what it leads to in the folder of downloads."""
    target = path.resolve()
    path.unlink(missing_ok=True)
    if target.is_relative_to(folder.resolve()):
        target.unlink(missing_ok=True)


def terms(name: str) -> str:
    """The terms of what was fetched under a name, as its publisher states them."""
    return _facts(name).get("terms", "unstated")


def _from_gensim_data(name: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Downloads a published model, whose checksum is known here, not asked of the server."""
    from filelock import FileLock

    model, url = MODELS[name], f"{gensim_data.ADDRESS}/{name}/{name}.gz"
    path = folder / "gensim-data" / f"{name}.gz"
    path.parent.mkdir(0o700, exist_ok=True)
    checksum = f"md5:{model.md5}"
    with FileLock(path.with_suffix(".lock")):
        if path.is_file():  # without a note that is sound
            with suppress(InputError):
                verify(path, checksum, str(path))
        if not path.is_file():
            download(url, path, model.size, checksum, progress)
    return {"path": path, "source": url, "checksum": checksum, "terms": model.terms}


def _facts(name: str) -> dict[str, Any]:
    """What was noted when a name was fetched; empty if nothing was."""
    folder = private.usable("downloads")
    return private.read_note(_note(folder, name)) if folder else {}


def _folder() -> Path:
    folder = private.make("downloads")
    if folder is None:
        raise InputError(
            "EMBEXP_CACHE is empty, so there is no place for what is fetched; set it to a "
            "folder, or unset it"
        )
    return folder


def _note(folder: Path, name: str) -> Path:
    """The file that says what a name was fetched as."""
    digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:16]
    return folder / f"{quote(name, safe='', errors='replace')[:100]}.{digest}.json"
