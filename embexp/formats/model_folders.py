"""Folders of language models: where they lie, their tokenizer and their tensors' files."""

import json
import re
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embexp.errors import InputError
from embexp.formats import fetch, hub, packed, streams
from embexp.formats.download import Progress

TOKENIZER, CONFIG = "tokenizer.json", "config.json"
NEEDED = re.compile(rf"{TOKENIZER}|{CONFIG}|[^/]*\.safetensors")
"""The files of a repository that hold a table and its tokenizer."""


def find(name: str) -> Path:
    """The folder or file of a name: a path, an installed package or a fetched repository.

    A package may be followed by a folder in it; it is not imported.

    Raises:
        InputError: there is none.
    """
    if not name:
        raise InputError("a language model needs a folder, a file or a package: hf:FOLDER")
    path = Path(name)
    if path.exists():
        return path
    package, _, inside = name.partition("/")
    found = find_spec(package) if package.isidentifier() else None
    for place in (found and found.submodule_search_locations) or ():
        if (folder := Path(place, inside)).exists():
            return folder
    if len(path.parts) == 2 and (file := fetch.fetched(f"hub:{name}/{TOKENIZER}")):
        return file.parent
    hint = f"; fetch it once: embexp vectors fetch hf:{name}" if len(path.parts) == 2 else ""
    raise InputError(f"there is neither a folder nor an installed package {name!r}{hint}")


def download(repository: str, progress: Progress | None = None) -> Path:
    """Fetches the tensors, the settings and the tokenizer of a hub repository.

    Raises:
        InputError: no network, no such repository, or none of these files in it.
    """
    names = [name for name in hub.listed(repository) if NEEDED.fullmatch(name)]
    if TOKENIZER not in names or not any(name.endswith(".safetensors") for name in names):
        raise InputError(
            f"{repository} has no {TOKENIZER} or no .safetensors file at its top, so embexp cannot "
            "read its table"
        )
    for name in names:
        fetch.fetch(f"hub:{repository}/{name}", progress)
    return find(repository)


def _files(folder: Path, pattern: str) -> Iterator[Path]:
    """Files of a folder and of the folders in it, those nearest first."""
    yield from sorted(folder.glob(pattern))
    yield from sorted(folder.glob(f"*/{pattern}"))


def tokenizer_file(name: str) -> Path:
    """The file of a model's tokenizer.

    Raises:
        InputError: no such folder, or none or several such files in it.
    """
    place = find(name)
    if place.is_file() and (place.suffix == ".json" or packed.is_packed(place)):
        return place
    folder = place if place.is_dir() else place.parent
    found = next(_files(folder, TOKENIZER), None)
    if found is not None:
        return found
    others = [path for path in _files(folder, "*tokenizer*.json") if _is_tokenizer(path)]
    if len(others) != 1:
        raise InputError(
            f"{folder} holds {len(others) or 'no'} tokenizers of the library `tokenizers`; name "
            f"the file ({TOKENIZER})"
        )
    return others[0]


def _is_tokenizer(path: Path) -> bool:
    try:
        return {"added_tokens", "model"} <= _object(path).keys()
    except InputError:
        return False


def _object(path: Path) -> dict[str, Any]:
    """The object that a JSON file holds."""
    try:
        found = json.loads(streams.whole(path))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is no JSON ({error})") from None
    if not isinstance(found, dict):
        raise InputError(f"{path} holds no JSON object")
    return found


def tensor_files(name: str) -> list[Path]:
    """The safetensors files of a model, those of one folder; or a packed file.

    Raises:
        InputError: none is there.
    """
    place = find(name)
    if place.is_file() and (place.suffix == ".safetensors" or packed.is_packed(place)):
        return [place]
    folder = place if place.is_dir() else place.parent
    found = list(_files(folder, "*.safetensors"))
    if not found:
        raise InputError(f"{folder} holds no .safetensors file with a model's tensors")
    return [path for path in found if path.parent == found[0].parent]


def config(name: str, *, typed: bool = True) -> dict[str, Any]:
    """A model's settings beside its tensors; empty where there are none.

    Args:
        typed: whether they have to say which model they are of; static models' do not.

    Raises:
        InputError: a file that is no object, or does not say which model it is of.
    """
    file = tensor_files(name)[0]
    path = file.with_name(CONFIG)
    if not path.is_file():
        return {}
    settings = _object(path)
    if typed and not isinstance(settings.get("model_type"), str):
        raise InputError(
            f"{path} names no model_type, so it is not known whose table {file.name} holds; "
            "give the folder of a whole model"
        )
    return settings
