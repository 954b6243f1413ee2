"""Safetensors into words and numbers, and back: a length, a JSON header that says where
each tensor lies, and the tensors.

Written files hold `words` (UTF-8, one word a line) and `table`, and `subwords` where
there are any. Of others the one table of floating-point numbers is read, with the words
of a vocabulary text, one word a line, that lies beside the file: NAME.vocab.txt,
vocab.txt or vocabulary.txt.
"""

import json
import math
import struct
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from io import BufferedIOBase
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float32

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.rows import CHUNK, Rows, float32, lines, streamed, text_of
from embexp.formats.subwords import Subwords

LARGEST_HEADER = 100_000_000
DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "U8": np.dtype("u1"),
}
BESIDE = ("{stem}.vocab.txt", "vocab.txt", "vocabulary.txt")
FLOATS = ("F64", "F32", "F16", "BF16")


class Tensor(NamedTuple):
    """Where a tensor lies, counted from the file's first byte."""

    kind: str
    shape: tuple[int, ...]
    start: int
    stop: int


class Header(NamedTuple):
    """The tensors of a file and what else its header says."""

    tensors: dict[str, Tensor]
    notes: dict[str, str]


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors.

    Raises:
        InputError: a header that is none, sizes that do not fit, no table or no words
            for it, a number that is not finite.
    """
    header = read_header(stream)
    table = find_table(header.tensors)
    words = _words(stream, header.tensors, table.shape[0])
    stream.seek(table.start)
    yield from streamed(
        stream.read,
        words,
        table.shape[1],
        DTYPES[table.kind],
        needed,
        limit,
        _widened if table.kind == "BF16" else float32,
    )
    if subwords := read_subwords(header, partial(_content, stream)):
        unseen = None if needed is None else sorted(set(needed).difference(words[:limit]))
        yield Rows(
            [],
            np.empty((0, table.shape[1]), np.float32),
            subwords if unseen is None else subwords.only(unseen),
        )


def read_header(stream: BufferedIOBase) -> Header:
    """What a file says of itself; every tensor lies within it, and none in another.

    Raises:
        InputError: a header that is none, or sizes that do not fit.
    """
    start = stream.read(8)
    size = struct.unpack("<Q", start)[0] if len(start) == 8 else LARGEST_HEADER + 1
    left = streams.left(stream)
    content = (
        stream.read(size) if size <= LARGEST_HEADER and (left is None or size <= left) else b""
    )
    try:
        parsed = json.loads(content) if len(content) == size else None
        notes = parsed.pop("__metadata__", {}) if isinstance(parsed, dict) else {}
        tensors = (
            {name: _tensor(entry, 8 + size) for name, entry in parsed.items()}
            if isinstance(parsed, dict)
            else {}
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError("its safetensors header is damaged") from error
    if not isinstance(notes, dict) or not all(isinstance(value, str) for value in notes.values()):
        raise InputError("its safetensors header is damaged")
    left = streams.left(stream)
    at = 8 + size
    for tensor in sorted(tensors.values(), key=lambda tensor: (tensor.start, tensor.stop)):
        if tensor.start != at:
            raise InputError(
                "the tensors that its header names do not lie one after the other; is it damaged?"
            )
        at = tensor.stop
    if not tensors or (left is not None and at != 8 + size + left):
        raise InputError(
            f"its header promises {at} bytes but it holds {8 + size + (left or 0)}; is it cut?"
        )
    return Header(tensors, notes)


def _tensor(entry: Mapping, origin: int) -> Tensor:
    """One entry of a header."""
    kind, shape, (start, stop) = entry["dtype"], tuple(entry["shape"]), entry["data_offsets"]
    whole = all(type(number) is int and number >= 0 for number in (*shape, start, stop))
    if (
        not isinstance(kind, str)
        or not whole
        or start > stop
        or (kind in DTYPES and stop - start != math.prod(shape) * DTYPES[kind].itemsize)
    ):
        raise ValueError
    return Tensor(kind, shape, origin + start, origin + stop)


def find_table(tensors: Mapping[str, Tensor]) -> Tensor:
    """The one table of numbers, or that named `table` among several."""
    found = {
        name: tensor
        for name, tensor in tensors.items()
        if tensor.kind in FLOATS and len(tensor.shape) == 2 and all(tensor.shape)
    }
    if "table" in found:
        return found["table"]
    if len(found) != 1:
        raise InputError(
            f"it holds {len(found)} tables of numbers ({', '.join(found) or 'none'}) where one is read; name the one `table`"
        )
    return next(iter(found.values()))


def _words(stream: BufferedIOBase, tensors: Mapping[str, Tensor], rows: int) -> list[bytes]:
    """The words that the file holds, or those beside it."""
    if "words" in tensors:
        return lines(_content(stream, tensors["words"]), rows)
    path = streams.beside(stream, *BESIDE)
    if path is None:
        raise InputError(
            f"it holds no words, and none of {', '.join(BESIDE)} lies beside it".replace(
                "{stem}", "NAME"
            )
        )
    return lines(path.read_bytes().removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n"), rows)


def _content(stream: BufferedIOBase, tensor: Tensor) -> bytes:
    """A tensor's bytes."""
    stream.seek(tensor.start)
    content = bytearray()
    while missing := tensor.stop - tensor.start - len(content):
        fresh = stream.read(min(missing, CHUNK))
        if not fresh:
            raise InputError("it ends within a tensor; is it cut?")
        content += fresh
    return bytes(content)


def _widened(table: np.ndarray) -> Float32[np.ndarray, "rows dim"]:
    """Sixteen-bit brain floats, the upper half of a float32 each, given as integers."""
    return (table.astype("<u4") << 16).view("<f4").astype(np.float32, copy=False)


def read_subwords(
    header: Header, content: Callable[[Tensor], bytes | memoryview]
) -> Subwords | None:
    """The vectors of n-grams that embexp wrote along; `content` gives a tensor's bytes.

    Raises:
        InputError: sizes that do not fit, a number that is not finite.
    """
    tensor, held = header.tensors.get("subwords"), header.tensors.get("held")
    sizes = header.notes.get("subwords", "").split(" ")
    if (
        tensor is None
        or len(sizes) != 3
        or not all(size.isdecimal() and len(size) < 10 for size in sizes)
    ):
        return None
    shortest, longest, buckets = map(int, sizes)
    rows = np.frombuffer(content(held), "<i8") if held and held.kind == "I64" else None
    table = (
        np.frombuffer(content(tensor), "<f4").reshape(tensor.shape)
        if tensor.kind == "F32"
        else np.empty(0)
    )
    count = buckets if rows is None else len(rows)
    risen = rows is None or (
        (np.diff(rows, prepend=-1) > 0).all() and (not count or rows[-1] < buckets)
    )
    if not (
        0 < shortest <= longest <= 255
        and risen
        and table.ndim == 2
        and len(table) == count
        and np.isfinite(table).all()
    ):
        raise InputError("its subwords do not fit each other or are not finite; is it damaged?")
    return Subwords(shortest, longest, buckets, table, rows)


def write(
    stream: BufferedIOBase,
    words: Sequence[str],
    table: Float32[np.ndarray, "rows dim"],
    subwords: Subwords | None = None,
) -> None:
    """One file with the words in it.

    Raises:
        InputError: a word that holds a newline.
    """
    write_arrays(stream, *arrays_of(words, table, subwords))


def arrays_of(
    words: Sequence[str], table: Float32[np.ndarray, "rows dim"], subwords: Subwords | None
) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The tensors of a file, and what its header says besides; the words come last, so
    that every tensor is aligned to its own size.
    """
    arrays: dict[str, np.ndarray] = {"table": table.astype("<f4", copy=False)}
    notes = {"format": "embexp"}
    if subwords is not None:
        if subwords.held is not None:
            arrays = {"held": subwords.held.astype("<i8", copy=False), **arrays}
        arrays["subwords"] = subwords.table.astype("<f4", copy=False)
        notes["subwords"] = f"{subwords.shortest} {subwords.longest} {subwords.buckets}"
    return {**arrays, "words": np.frombuffer(text_of(words), np.uint8)}, notes


def write_arrays(
    stream: BufferedIOBase, arrays: Mapping[str, np.ndarray], notes: Mapping[str, str]
) -> None:
    """The tensors one after the other, behind the header."""
    header: dict[str, Any] = {"__metadata__": dict(notes)}
    at = 0
    for name, array in arrays.items():
        kind = next(kind for kind, dtype in DTYPES.items() if dtype == array.dtype)
        header[name] = {
            "dtype": kind,
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        at += array.nbytes
    content = json.dumps(header).encode()
    content += b" " * (-len(content) % 8)
    stream.write(struct.pack("<Q", len(content)) + content)
    for array in arrays.values():
        stream.write(bytes_of(array))


def bytes_of(array: np.ndarray) -> memoryview:
    """An array's bytes, row after row."""
    return np.ascontiguousarray(array).data.cast("B") if array.size else memoryview(b"")
