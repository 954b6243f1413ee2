"""Plug-ins: encoders, regimes, measures and tokenizers of a user's own modules.

A plug-in is a Python module that puts entries into `ENCODERS`, `REGIMES`, `MEASURES` or
`TOKENIZERS`. The environment variable `EMBEXP_PLUGINS`, to which the option `--plugin` adds,
names those that a process and its children load before they describe a run.
"""

import hashlib
import importlib
import importlib.util
import os
import sys
from collections.abc import Mapping, MutableMapping
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from embexp.data.tokenizers import TOKENIZERS
from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.models import ENCODERS
from embexp.regimes import REGIMES

VARIABLE = "EMBEXP_PLUGINS"
GROUP = "embexp.plugins"
"""Entry points by which an installed package names its plug-ins."""
FAMILIES: dict[str, MutableMapping[str, Any]] = {
    "encoder": ENCODERS,
    "regime": REGIMES,
    "tokenizer": TOKENIZERS,
    "measure": MEASURES,
}


class Plugin(NamedTuple):
    """A plug-in that was loaded.

    Args:
        checksum: the first 16 hex digits of the SHA-256 of its sources: the file, or all files
            of the package that it is in.
        entries: the names that it added, by family.
    """

    name: str
    checksum: str
    entries: dict[str, set[str]]


_loaded: dict[str, Plugin] = {}


def load(name: str) -> Plugin:
    """Loads a plug-in, once in a process; the environment names it to children from then on.

    Args:
        name: an entry point of the group `embexp.plugins`, a module, or a file that ends in
            .py.

    Raises:
        InputError: there is none, it breaks, it adds nothing, or it replaces an entry.
    """
    if name.endswith(".py"):
        name = str(Path(name).absolute())
    if name in _loaded:
        return _loaded[name]
    before = {family: dict(entries) for family, entries in FAMILIES.items()}
    try:
        module = _imported(name)
        added = {family: {*now} - {*before[family]} for family, now in FAMILIES.items()}
        _check(name, before, added)
    except BaseException:
        for family, entries in FAMILIES.items():
            entries.clear()
            entries.update(before[family])
        raise
    os.environ[VARIABLE] = ",".join(dict.fromkeys([*named(), name]))
    _loaded[name] = Plugin(Path(name).stem, sources_checksum(_home(module)), added)
    return _loaded[name]


def named() -> list[str]:
    """The plug-ins that the environment names, separated by commas."""
    return [name.strip() for name in os.environ.get(VARIABLE, "").split(",") if name.strip()]


def load_named() -> None:
    """Loads the plug-ins that the environment names."""
    for name in named():
        load(name)


def of_run(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The plug-ins that a run needs, each with the checksum of its code: `mine:0123456789abcdef`.

    Runs take every measure that there is.

    Args:
        fields: the run's encoder, regime and tokenizer among them.
    """
    used = [
        each
        for each in _loaded.values()
        if each.entries["measure"]
        or any(
            str(fields.get(family)).partition(":")[0] in names
            for family, names in each.entries.items()
        )
    ]
    return tuple(sorted(f"{each.name}:{each.checksum}" for each in used))


def sources_checksum(place: Path) -> str:
    """The first 16 hex digits of the SHA-256 of a file, or of all Python files in a folder."""
    files = sorted(place.rglob("*.py")) if place.is_dir() else [place]
    sources = hashlib.sha256()
    for path in files:
        inside = path.relative_to(place).as_posix() if place.is_dir() else ""
        sources.update(f"{inside}\0".encode() + path.read_bytes())
    return sources.hexdigest()[:16]


def _imported(name: str) -> ModuleType:
    """The module of a plug-in, which is run as the user asked."""
    try:
        if name.endswith(".py"):
            return _executed(Path(name))
        for point in entry_points(group=GROUP, name=name):
            return importlib.import_module(point.module)
        return importlib.import_module(name)
    except InputError:
        raise
    except ModuleNotFoundError as error:
        known = ", ".join(sorted(entry_points(group=GROUP).names))
        there = f"; installed plug-ins: {known}" if known else ""
        if error.name and name.startswith(error.name):
            raise InputError(
                f"there is no plug-in {name!r}: no entry point of {GROUP!r}, and no module{there}"
            ) from None
        raise InputError(f"plug-in {name!r} needs {error.name}, which is not installed") from error
    except Exception as error:
        raise InputError(
            f"plug-in {name!r} cannot be loaded: {type(error).__name__}: {error}"
        ) from error


def _executed(path: Path) -> ModuleType:
    """The module of a file; it can be found by its name, as pickles of its functions need."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None or not path.is_file():
        raise InputError(f"there is no plug-in {str(path)!r}")
    if path.stem in sys.modules:
        raise InputError(f"plug-in {str(path)!r} has the name of another module; rename the file")
    module = sys.modules[path.stem] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[path.stem]
        raise
    return module


def _check(name: str, before: dict[str, dict[str, Any]], added: dict[str, set[str]]) -> None:
    """Refuses a plug-in that replaces what there is, or adds nothing."""
    for family, entries in before.items():
        now = FAMILIES[family]
        for other in (each for each, entry in entries.items() if now.get(each) is not entry):
            raise InputError(
                f"plug-in {name!r} replaces the {family} {other!r}; give its own another name"
            )
    if not any(added.values()):
        raise InputError(
            f"plug-in {name!r} adds no {', '.join(FAMILIES)}; it puts them into "
            "embexp.ENCODERS, REGIMES, MEASURES or embexp.data.tokenizers.TOKENIZERS, and is "
            "loaded before it is imported"
        )


def _home(module: ModuleType) -> Path:
    """The file of a module, or the folder of the package that it is in."""
    top = sys.modules.get(module.__name__.partition(".")[0], module)
    if folders := getattr(top, "__path__", None):
        return Path(next(iter(folders)))
    return Path(module.__file__ or "")
