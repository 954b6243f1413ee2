"""The vector formats, and how the format of a file is found."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from embexp.errors import InputError
from embexp.formats import fasttext, npz, parquet, safetensors, streams, tensors, text, word2vec
from embexp.formats.lines import is_number, width
from embexp.formats.rows import Rows


@dataclass(frozen=True)
class Format:
    """One file format: the suffixes of its names, its reader and its writer.

    `subwords` says whether a file can hold vectors of n-grams.
    """

    suffixes: tuple[str, ...]
    read: Callable[..., Iterator[Rows]]
    write: Callable[..., None]
    subwords: bool = False


FORMATS = {
    "word2vec": Format((".w2v.txt", ".vec"), text.read, partial(text.write, header=True)),
    "glove": Format((".txt",), text.read, partial(text.write, header=False)),
    "fasttext-binary": Format((".fasttext.bin",), fasttext.read, fasttext.write, subwords=True),
    "word2vec-binary": Format((".bin",), word2vec.read, word2vec.write),
    "safetensors": Format((".safetensors",), safetensors.read, safetensors.write, subwords=True),
    "npz": Format((".npz",), npz.read, npz.write),
    "parquet": Format((".parquet",), parquet.read, parquet.write),
}
"""The formats by name. Where two suffixes match a new file's name, the first counts."""

MAGIC = {fasttext.MAGIC: "fasttext-binary", b"PK": "npz", b"PAR1": "parquet"}
PICKLE = (
    "a Python pickle, as gensim's .kv and .model are, and unpickling runs code; load it with "
    "gensim yourself and take "
    "Vectors.from_keyed_vectors(…), or save it there with save_word2vec_format"
)
REFUSED = {
    **{b"\x80%c" % version: PICKLE for version in range(2, 6)},
    b"\x93NUMPY": "an array without words; put words and table into one archive with np.savez",
    b"\x89HDF": "an HDF5 file; write it as .npz or .safetensors",
}


def detect(head: bytes) -> str:
    """Name of the format that a file with these first bytes is in.

    A file with a header `ROWS DIM` is text if at least half of the first or the last
    numbers of its first row are written as digits.

    Raises:
        InputError: no format that can be read; the sentence says what to do instead.
    """
    for magic, kind in MAGIC.items():
        if head.startswith(magic):
            return kind
    for magic, reason in REFUSED.items():
        if head.startswith(magic):
            raise InputError(reason)
    if head[8:9] == b"{" and int.from_bytes(head[:8], "little") <= tensors.LARGEST_HEADER:
        return "safetensors"
    if fasttext.is_old(head):
        return "fasttext-binary"
    first, _, rest = head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")
    if header := text.HEADER.fullmatch(first):
        fields = rest.partition(b"\n")[0].rstrip(b" \r").split(b" ")[1:]
        some = min(8, int(header[2]))
        digits = max(sum(map(is_number, few)) for few in (fields[:some], fields[-some:]))
        return "word2vec" if not rest or 2 * digits >= max(1, some) else "word2vec-binary"
    if width(first):
        return "glove"
    reason = (
        "it begins with neither 'ROWS DIM' nor a word and its numbers"
        if head.strip()
        else "it is empty"
    )
    raise InputError(f"no vector file that embexp reads; {reason}")


def suffix_format(path: Path) -> str:
    """Name of the format that a new file's suffix stands for.

    A suffix of compression, such as .gz, is looked behind.

    Raises:
        InputError: a suffix that stands for no format.
    """
    name = path.name.lower().removesuffix(path.suffix if path.suffix in streams.SUFFIXES else "")
    for kind, format_ in FORMATS.items():
        if name.endswith(format_.suffixes):
            return kind
    known = ", ".join(suffix for format_ in FORMATS.values() for suffix in format_.suffixes)
    raise InputError(
        f"the name {path.name!r} tells no vector format; name one, or end it with {known} (and "
        ".gz, .bz2, .xz or .zip)"
    )
