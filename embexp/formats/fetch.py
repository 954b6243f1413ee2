"""Fetching vector files by name: from gensim-data, or from the Hugging Face hub.

Only data is taken and no code of it is run; gensim's own downloader imports a Python
file that it has just fetched. A download that breaks off is resumed, and counts once
its checksum is right. Files lie in `downloads` in the cache's folder (see
`embexp.formats.cache`).
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from embexp.errors import InputError, unknown
from embexp.formats import cache, gensim_data, hub
from embexp.formats.download import Progress, download, refusal
from embexp.formats.gensim_data import MODELS


def is_remote(name: str) -> bool:
    """Whether vectors of this name can be fetched."""
    return name in MODELS or name.startswith("hub:")


def fetched(name: str) -> Path | None:
    """The file of a name that was fetched before; the network is not used."""
    facts = _facts(name)
    path = Path(facts["path"]) if facts else None
    return path if path and path.is_file() else None


def fetch(name: str, progress: Progress | None = None) -> Path:
    """The file of a name, fetched if it is not there yet.

    A name is one of gensim-data's `MODELS`, or `hub:OWNER/REPOSITORY/FILE`, where
    `/FILE` may be left out if only one file can hold vectors. `progress` is told how
    many bytes of how many there are; for the hub, `huggingface_hub` shows its own.

    Raises:
        InputError: an unknown name, no network, no such file, a wrong checksum, no
            folder to write to.
    """
    if path := fetched(name):
        return path
    match = hub.NAME.fullmatch(name)
    if name not in MODELS and (match is None or ".." in name.split("/")):
        raise unknown("vectors to fetch", name, [*MODELS, "hub:OWNER/REPOSITORY/FILE"])
    folder, report = _folder(), progress or (lambda done, total: None)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if match is None:
            facts = _from_gensim_data(name, folder, report)
        else:
            repository, wanted = match.groups()
            facts = hub.download(repository, wanted, folder / "hub")
        _note(name).write_text(json.dumps(facts, indent=1), encoding="utf-8")
    except OSError as error:
        raise refusal(name, "", error) from error
    return Path(facts["path"])


def terms(name: str) -> str:
    """The terms of what was fetched under a name, as its publisher states them."""
    return (_facts(name) or {}).get("terms", "unstated")


def _from_gensim_data(name: str, folder: Path, progress: Progress) -> dict[str, Any]:
    """Downloads a published model, whose checksum is known here, not asked of the server."""
    from filelock import FileLock

    model, url = MODELS[name], f"{gensim_data.ADDRESS}/{name}/{name}.gz"
    path = folder / "gensim-data" / f"{name}.gz"
    path.parent.mkdir(exist_ok=True)
    checksum = f"md5:{model.md5}"
    with FileLock(path.with_suffix(".lock")):
        if not path.is_file():
            download(url, path, model.size, checksum, progress)
    return {"path": str(path), "source": url, "checksum": checksum, "terms": model.terms}


def _facts(name: str) -> dict[str, Any] | None:
    """What was noted when a name was fetched."""
    with suppress(OSError, ValueError):  # an InputError of `_folder` is a ValueError
        return json.loads(_note(name).read_text(encoding="utf-8"))
    return None


def _folder() -> Path:
    root = cache.folder()
    if root is None:
        raise InputError(
            "EMBEXP_CACHE is empty, so there is no place for what is fetched; set it to a "
            "folder, or unset it"
        )
    return root / "downloads"


def _note(name: str) -> Path:
    """The file that says what a name was fetched as."""
    return _folder() / f"{quote(name, safe='')}.json"
