"""Vectors that a user holds in memory, kept as a file in the cache and named by its checksum."""

import hashlib
from contextlib import suppress
from io import BufferedIOBase
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from embexp.errors import InputError
from embexp.formats import private, safetensors
from embexp.words import Vectors

if TYPE_CHECKING:
    from gensim.models import KeyedVectors

PREFIX = "stored:"
FOLDER = "vectors"
LETTERS = 16
"""Letters of the checksum that are in a name."""


def vectors_of(vectors: "KeyedVectors | Vectors") -> str:
    """Keeps vectors in memory as a file, and returns the name that specs take as `vectors`.

    The name is made of the file's checksum, so that runs are found again when the same
    vectors are given again. The file is a safetensors file, in float32, in the folder
    `vectors` of the cache (see `embexp.formats.private`), where it stays until it is
    deleted.

    Args:
        vectors: gensim's `KeyedVectors`, those of fastText with their n-grams, or `Vectors`.

    Raises:
        InputError: something else, no words, words that are no text or stand twice, numbers
            that are not finite, or no cache.

    >>> vectors_of(Vectors(["king", "queen"], np.eye(2)))
    'stored:f394651ae5186571'
    """
    held = _vectors(vectors)

    def content(stream: BinaryIO) -> str:
        summed = _Summed(stream)
        safetensors.write(summed, held.words, held.table, held.subwords)
        return f"{summed.digest.hexdigest()[:LETTERS]}.safetensors"

    return PREFIX + private.keep(FOLDER, content).stem


class _Summed(BufferedIOBase):
    """Writes through to a stream, and keeps the SHA-256 of what was written."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream, self.digest = stream, hashlib.sha256()

    def write(self, content: Any, /) -> int:
        self.digest.update(content)
        return self.stream.write(content)


def _vectors(given: Any) -> Vectors:
    """What is given as `Vectors` that a file can hold."""
    kind = type(given).__name__
    own = isinstance(given, Vectors)
    keyed = hasattr(given, "index_to_key") and hasattr(given, "vectors")
    if not keyed and not own:
        hint = "give its .wv" if hasattr(given, "wv") else "or give the path of a file"
        raise InputError(f"a {kind} is neither gensim's KeyedVectors nor embexp.Vectors; {hint}")
    words, table = (given.words, given.table) if own else (given.index_to_key, given.vectors)
    if not np.size(table):
        raise InputError(f"the {kind} hold no word; train or load them first")
    for row, word in enumerate(words):
        if not _is_word(word):
            raise InputError(
                f"the {kind} have {word!r:.60} in row {row}, which is no word of one line; leave "
                "it out or rename it"
            )
    if len(set(words)) < len(words):
        raise InputError(
            f"{len(words) - len(set(words))} of the {kind}' words stand twice; keep one each"
        )
    return given if own else Vectors.from_keyed_vectors(given)


def _is_word(key: object) -> bool:
    """Whether a key is text of one line that UTF-8 can write."""
    with suppress(UnicodeEncodeError):
        return isinstance(key, str) and bool(key.encode()) and "\n" not in key
    return False


def is_stored(name: str) -> bool:
    """Whether a name of vectors is one that `vectors_of` gave."""
    return name.startswith(PREFIX)


def stored_file(name: str) -> Path:
    """The file of a name that `vectors_of` gave.

    Raises:
        InputError: it is not there.
    """
    file = f"{name.removeprefix(PREFIX)}.safetensors"
    return private.kept(FOLDER, file, name, "embexp.vectors_of(…) of the same vectors")
