"""The safetensors container: a length, a JSON header, and the tensors it places."""

import json
import math
import struct
from collections.abc import Mapping
from io import BufferedIOBase
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.rows import CHUNK, Floats, bytes_of, float32

LARGEST_HEADER = 100_000_000
DTYPES = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "U8": np.dtype("u1"),
}
BLOCKED, BLOCK = "Q4_0", 32
"""A kind of numbers of 4 bits, and how many of them share a scale."""
BLOCKS = np.dtype([("scale", "<f2"), ("halves", "u1", (BLOCK // 2,))])
DAMAGED = "its safetensors header is damaged"


class Tensor(NamedTuple):
    """Type, shape and place of a tensor, counted from the file's first byte."""

    kind: str
    shape: tuple[int, ...]
    start: int
    stop: int


class Header(NamedTuple):
    """The tensors of a file, and the notes in its header."""

    tensors: dict[str, Tensor]
    notes: dict[str, str]


def read_header(stream: BufferedIOBase) -> Header:
    """The header of a file whose tensors fill it, one after the other.

    Raises:
        InputError: no header, or sizes that do not fit.
    """
    start = stream.read(8)
    size = struct.unpack("<Q", start)[0] if len(start) == 8 else LARGEST_HEADER + 1
    left = streams.left(stream)
    whole = size <= LARGEST_HEADER and (left is None or size <= left)
    content = stream.read(size) if whole else b""
    try:
        if not whole or len(content) < size:
            raise ValueError
        parsed = json.loads(content)
        notes = parsed.pop("__metadata__", {})
        if not all(isinstance(value, str) for value in notes.values()):
            raise ValueError
        tensors = {name: _tensor(entry, 8 + size) for name, entry in parsed.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(DAMAGED) from error
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


def content_of(stream: BufferedIOBase, tensor: Tensor) -> bytes:
    """A tensor's bytes."""
    stream.seek(tensor.start)
    content = bytearray()
    while missing := tensor.stop - tensor.start - len(content):
        fresh = stream.read(min(missing, CHUNK))
        if not fresh:
            raise InputError("it ends within a tensor; is it cut?")
        content += fresh
    return bytes(content)


def mapped(path: Path, tensor: Tensor, mode: Literal["r", "r+"] = "r") -> np.memmap:
    """A tensor as it lies in a file; one of 4 bits a number has a column for each block."""
    if tensor.kind != BLOCKED:
        return np.memmap(path, DTYPES[tensor.kind], mode, tensor.start, tensor.shape)
    *outer, last = tensor.shape
    return np.memmap(path, BLOCKS, mode, tensor.start, (*outer, last // BLOCK))


def widened(table: np.ndarray, kind: str) -> Floats:
    """Numbers of a kind as float32.

    A brain float of 16 bits is the upper half of one. Of blocks of 4 bits, the lower halves
    of the bytes are the first 16 numbers and the upper halves the others; 8 stands for 0.
    """
    if kind == BLOCKED:
        halves = table["halves"]
        numbers = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
        return (numbers * table["scale"][..., None]).reshape(len(table), -1)
    if kind != "BF16":
        return float32(table)
    return (table.astype("<u4") << 16).view("<f4").astype(np.float32, copy=False)


def narrowed(table: Floats, kind: str) -> np.ndarray:
    """Float32 numbers as those of a kind; brain floats are rounded to the nearest, ties to even."""
    if kind != "BF16":
        return table.astype(DTYPES[kind])
    bits = np.ascontiguousarray(table, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + (bits >> 16 & 1)) >> 16).astype("<u2")


def write_arrays(
    stream: BufferedIOBase, arrays: Mapping[str, np.ndarray], notes: Mapping[str, str]
) -> None:
    """Writes a header with notes, and the arrays one after the other."""
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
