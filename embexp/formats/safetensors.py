"""Safetensors files of word vectors.

Written files hold `words` (UTF-8, one word a line) and `table`, and `subwords` if there
are any. Of other files the one table of floating-point numbers is read, with the words
of a vocabulary text, one word a line, that lies beside the file: NAME.vocab.txt,
vocab.txt or vocabulary.txt.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import partial
from io import BufferedIOBase

import numpy as np

from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.rows import (
    Floats,
    Rows,
    check_room,
    join_words,
    selected,
    split_words,
    streamed,
)
from embexp.formats.subwords import Subwords
from embexp.formats.tensors import (
    DTYPES,
    Header,
    Tensor,
    content_of,
    read_header,
    widened,
    write_arrays,
)

BESIDE = ("{stem}.vocab.txt", "vocab.txt", "vocabulary.txt")
FLOATS = ("F64", "F32", "F16", "BF16")
PRESENT = "held"
"""The tensor with the buckets of n-grams whose rows a file has."""


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors.

    Raises:
        InputError: no header, sizes that do not fit, no table or no words for it, a
            number that is not finite.
    """
    header = read_header(stream)
    table = find_table(header.tensors)
    if needed is None:
        check_room(stream, *table.shape, smallest=2)
    words = _words(stream, header.tensors, table.shape[0])
    stream.seek(table.start)
    convert = partial(widened, kind=table.kind)
    rows = streamed(stream.read, words, table.shape[1], DTYPES[table.kind], convert)
    yield from selected(rows, needed, limit)
    if subwords := read_subwords(header, partial(content_of, stream)):
        if needed is not None:
            subwords = subwords.only(sorted(set(needed).difference(words[:limit])))
        yield Rows([], np.empty((0, table.shape[1]), np.float32), subwords)


def find_table(tensors: Mapping[str, Tensor]) -> Tensor:
    """The one table of numbers, or the one named `table` among several."""
    found = {
        name: tensor
        for name, tensor in tensors.items()
        if tensor.kind in FLOATS and len(tensor.shape) == 2 and all(tensor.shape)
    }
    if "table" in found:
        return found["table"]
    if len(found) != 1:
        raise InputError(
            f"it holds {len(found)} tables of numbers ({', '.join(found) or 'none'}) where one "
            "is read; name the one `table`"
        )
    return next(iter(found.values()))


def _words(stream: BufferedIOBase, tensors: Mapping[str, Tensor], rows: int) -> list[bytes]:
    """The words in the file, or those beside it."""
    if "words" in tensors:
        return split_words(content_of(stream, tensors["words"]), rows)
    path = streams.beside(stream, *BESIDE)
    if path is None:
        raise InputError(
            f"it holds no words, and none of {', '.join(BESIDE)} lies beside it".replace(
                "{stem}", "NAME"
            )
        )
    listed = streams.whole(path).removeprefix(b"\xef\xbb\xbf").replace(b"\r\n", b"\n")
    return split_words(listed, rows)


def read_subwords(
    header: Header, content: Callable[[Tensor], bytes | memoryview]
) -> Subwords | None:
    """The vectors of n-grams that embexp wrote; `content` gives a tensor's bytes.

    Raises:
        InputError: sizes that do not fit, a number that is not finite.
    """
    tensor, listed = header.tensors.get("subwords"), header.tensors.get(PRESENT)
    sizes = header.notes.get("subwords", "").split(" ")
    if (
        tensor is None
        or len(sizes) != 3
        or not all(size.isdecimal() and len(size) < 10 for size in sizes)
    ):
        return None
    shortest, longest, buckets = map(int, sizes)
    present = np.frombuffer(content(listed), "<i8") if listed and listed.kind == "I64" else None
    table = (
        np.frombuffer(content(tensor), "<f4").reshape(tensor.shape)
        if tensor.kind == "F32"
        else np.empty(0)
    )
    count = buckets if present is None else len(present)
    risen = present is None or (
        (np.diff(present, prepend=-1) > 0).all() and (not count or present[-1] < buckets)
    )
    if not (
        0 < shortest <= longest <= 255
        and risen
        and table.ndim == 2
        and len(table) == count
        and np.isfinite(table).all()
    ):
        raise InputError("its subwords do not fit each other or are not finite; is it damaged?")
    return Subwords(shortest, longest, buckets, table, present)


def write(
    stream: BufferedIOBase,
    words: Sequence[str],
    table: Floats,
    subwords: Subwords | None = None,
) -> None:
    """Writes one file with the words in it.

    Raises:
        InputError: a word that holds a newline.
    """
    arrays: dict[str, np.ndarray] = {"table": table.astype("<f4", copy=False)}
    notes = {"format": "embexp"}
    if subwords is not None:
        if subwords.present is not None:
            arrays = {PRESENT: subwords.present.astype("<i8", copy=False), **arrays}
        arrays["subwords"] = subwords.table.astype("<f4", copy=False)
        notes["subwords"] = f"{subwords.shortest} {subwords.longest} {subwords.buckets}"
    text = np.frombuffer(join_words(words), np.uint8)  # last, so that tensors are aligned
    write_arrays(stream, {**arrays, "words": text}, notes)
