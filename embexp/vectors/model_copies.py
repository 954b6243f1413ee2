"""Copies of language models' folders in which the rows of some pieces are replaced."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from embexp.errors import InputError
from embexp.formats import model_folders
from embexp.formats.rows import CHUNK
from embexp.formats.tensors import DTYPES, Tensor, mapped, narrowed, widened
from embexp.vectors.language_models import INPUTS, InputTable, input_table, is_input
from embexp.words import Vectors


def write(place: str, vectors: Vectors, out: Path) -> int:
    """Copies a model's folder with the rows of some pieces replaced; returns their number.

    The table keeps its type, and all other bytes are as they were. A tensor that is a copy
    of the table, as of an output layer that is tied to it, stays one.

    Raises:
        InputError: no vector is a piece's, another width, pieces that share a row, numbers
            too great for the table's type, or a folder that is there already.
    """
    table = input_table(place)
    index = table.index
    words = [word for word in vectors.words if word in index]
    if not words or vectors.dim != table.dim:
        raise InputError(
            f"{len(words)} of the {len(vectors)} vectors, of width {vectors.dim}, are pieces of "
            f"{place}, whose rows have {table.dim} numbers; train with tokenizer=hf:{place} and "
            f"vectors=hf:{place}"
        )
    if table.tensor.kind not in DTYPES:
        raise InputError(
            f"{place} holds 4 bits a number, which learned rows do not fit; export the vectors as "
            "a file of their own, without --as-model"
        )
    places = table.places[[index[word] for word in words]]
    if len(np.unique(places)) < len(places):
        raise InputError(f"pieces of {place} share rows, so these cannot be written apart")
    rows = vectors.table[[vectors.index[word] for word in words]]
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):  # checked below
        rows = rows / table.weights[[index[word] for word in words], None]
        stored = narrowed(rows, table.tensor.kind)
    if not np.isfinite(widened(stored, table.tensor.kind)).all():
        raise InputError(
            f"the vectors hold numbers that {table.tensor.kind}, the type of {place}'s table, "
            "cannot hold; train with a smaller table_rate"
        )
    source = model_folders.find(place)
    source = source if source.is_dir() else source.parent
    if out.exists():
        raise InputError(f"{out} is there already; name a new folder")
    shutil.copytree(source, out)
    for path, tensor in _copies(table):
        whole = mapped(out / path.relative_to(source), tensor, "r+")
        whole[places] = stored
        whole.flush()
    return len(words)


def _copies(table: InputTable) -> Iterator[tuple[Path, Tensor]]:
    """The table, and all tensors that are the same bits and stand for the same table.

    Models share one matrix between their input, their output, and the inputs of encoder and
    decoder (Press & Wolf 2017), and files may hold it under each of these names. Where the
    settings say that the output is not tied, one that has the same bits is another matrix.
    """
    tied = table.settings.get("tie_word_embeddings", True)
    for name, (path, tensor) in table.stored.items():
        alike = (tensor.kind, tensor.shape) == (table.tensor.kind, table.tensor.shape)
        shared = tied or any(is_input(name, ending) for ending in INPUTS)
        if alike and shared and _same(path, tensor, table):
            yield path, tensor


def _same(path: Path, tensor: Tensor, table: InputTable) -> bool:
    """Whether a tensor of a table's size has its bits."""
    size = tensor.stop - tensor.start
    own = np.memmap(path, np.uint8, "r", tensor.start, (size,))
    other = np.memmap(table.path, np.uint8, "r", table.tensor.start, (size,))
    return all(
        np.array_equal(own[at : at + CHUNK], other[at : at + CHUNK]) for at in range(0, size, CHUNK)
    )
