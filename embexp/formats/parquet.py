"""Parquet files of word vectors.

They have a column of words, and a column of lists of numbers or one column for each
number.
"""

from collections.abc import Collection, Iterator, Sequence
from io import BufferedIOBase
from typing import TYPE_CHECKING

import numpy as np

from embexp import memory
from embexp.errors import InputError
from embexp.formats import streams
from embexp.formats.rows import Floats, Rows, float32, selected

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow.parquet import FileMetaData, ParquetFile

BATCH = 8192
GROUP = 16384


def read(
    stream: BufferedIOBase, needed: Collection[bytes] | None, limit: int | None
) -> Iterator[Rows]:
    """Batches of words and their vectors; the first column of strings holds the words.

    Raises:
        InputError: a file that is broken, no column of words or of numbers, a missing
            word or number, lists of other lengths.
    """
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        with (
            streams.seekable(stream) as plain,
            ParquetFile(plain, page_checksum_verification=True, pre_buffer=False) as file,
        ):
            check_size(file.metadata)
            yield from selected(_batches(file), needed, limit)
    except (pa.ArrowException, *streams.BROKEN) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"a Parquet file that cannot be read: {' '.join(str(error).split())}"
        ) from error


def check_size(metadata: "FileMetaData") -> None:
    """Holds what a Parquet file says of its columns against the memory.

    Raises:
        InputError: they do not fit.
    """
    rows, columns = metadata.num_rows, metadata.num_columns
    groups = map(metadata.row_group, range(metadata.num_row_groups))
    unpacked = sum(group.total_byte_size for group in groups)  # asking a column can crash
    memory.check_fits(max(8 * rows * columns, unpacked), f"its {rows} rows of {columns} columns")


def _batches(file: "ParquetFile") -> Iterator[Rows]:
    names, first = _columns(file.schema_arrow), 1
    for batch in file.iter_batches(BATCH, columns=names, use_threads=False):
        yield _rows([batch.column(name) for name in names], names, first)
        first += len(batch)


def write(stream: BufferedIOBase, words: Sequence[str], table: Floats) -> None:
    """Writes the columns `word` and `vector`, lists of one length, with checksums."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    rows, dim = table.shape
    schema = pa.schema([("word", pa.string()), ("vector", pa.list_(pa.float32(), dim))])
    options = {
        "compression": "zstd",
        "use_dictionary": False,
        "write_page_checksum": True,
        "store_schema": True,
    }
    with ParquetWriter(pa.PythonFile(stream, "w"), schema, **options) as writer:
        for first in range(0, rows, GROUP):
            vectors = pa.FixedSizeListArray.from_arrays(
                pa.array(table[first : first + GROUP].reshape(-1)), dim
            )
            writer.write_batch(
                pa.record_batch(
                    [pa.array(words[first : first + GROUP], pa.string()), vectors], schema=schema
                )
            )


def _columns(schema: "pa.Schema") -> list[str]:
    """Names of the column of words, and then of those of numbers."""
    from pyarrow import types

    kinds = {field.name: field.type for field in schema}
    if len(kinds) < len(schema):
        raise InputError("two of its columns have one name")
    words = [name for name, kind in kinds.items() if kind in ("string", "large_string")]
    numbers = [name for name, kind in kinds.items() if types.is_floating(kind)]
    lists = [
        name
        for name, kind in kinds.items()
        if _is_list(kind) and types.is_floating(kind.value_type)
    ]
    if not words or len(lists) > 1 or not (lists or numbers):
        raise InputError(
            f"its columns {', '.join(kinds)} are not one of words with one of lists of numbers, "
            "or with columns of numbers"
        )
    return [words[0], *(lists or numbers)]


def _is_list(kind: "pa.DataType") -> bool:
    from pyarrow import types

    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def _rows(columns: Sequence["pa.Array"], names: Sequence[str], first: int) -> Rows:
    """Words and table of columns whose first row has the number `first`."""
    for column, name in zip(columns, names, strict=True):
        if column.null_count:
            row = column.is_null().to_pylist().index(True)
            raise InputError(f"row {first + row}: nothing stands in the column {name!r}")
    words, *numbers = columns
    kind = "binary" if words.type == "string" else "large_binary"
    return Rows(words.view(kind).to_pylist(), _numbers(numbers, first))


def _numbers(columns: Sequence["pa.Array"], first: int) -> Floats:
    """The table of one column of lists of one length, or of one column for each number."""
    if not _is_list(columns[0].type):
        return float32(
            np.stack([column.to_numpy(zero_copy_only=False) for column in columns], axis=1)
        )
    lists = columns[0]
    values = lists.flatten()
    if values.null_count:
        raise InputError(f"a number is missing in rows {first} to {first + len(lists) - 1}")
    lengths = lists.value_lengths().to_numpy(zero_copy_only=False)
    if len(lists) and (lengths != lengths[0]).any():
        row = int(np.argmax(lengths != lengths[0]))
        raise InputError(
            f"row {first + row}: {lengths[row]} numbers where {lengths[0]} are expected"
        )
    return float32(values.to_numpy(zero_copy_only=False).reshape(len(lists), -1))
