"""Blocks of plain lines, each a word and its numbers, by pyarrow's CSV reader."""

import numpy as np

from embexp.formats.rows import Floats, Rows


def parse(block: bytes, dim: int) -> Rows | None:
    """The rows of a block of lines with single spaces between word and numbers.

    `None` if a line is not one word and `dim` finite numbers. Numbers are read as
    float64 and then rounded to float32, as Python and gensim do.
    """
    import pyarrow as pa
    from pyarrow import csv

    names = [str(column) for column in range(dim + 1)]
    types = {"0": pa.binary(), **dict.fromkeys(names[1:], pa.float64())}
    try:
        read = csv.read_csv(
            pa.py_buffer(block),
            read_options=csv.ReadOptions(
                use_threads=False, block_size=len(block) + 1, column_names=names
            ),
            parse_options=csv.ParseOptions(delimiter=" ", quote_char=False, escape_char=False),
            convert_options=csv.ConvertOptions(
                check_utf8=False, column_types=types, null_values=[], strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    table = np.empty((read.num_rows, dim), np.float32)
    with np.errstate(over="ignore"):
        for column in range(dim):
            numbers = read.column(column + 1).combine_chunks()
            table[:, column] = np.frombuffer(
                numbers.buffers()[1], np.float64, len(numbers), 8 * numbers.offset
            )  # to_numpy imports pandas
    words = read.column(0).to_pylist()
    return Rows(words, table) if np.isfinite(table).all() and b"" not in words else None


def joined(table: Floats) -> list[str]:
    """Each row's numbers with a space between, in the fewest digits that give them back."""
    import pyarrow as pa
    from pyarrow import compute

    numbers = pa.array(np.ascontiguousarray(table, np.float32).ravel()).cast(pa.string())
    offsets = np.arange(len(table) + 1, dtype=np.int32) * table.shape[1]
    rows = pa.ListArray.from_arrays(pa.array(offsets), numbers)
    return compute.binary_join(rows, " ").to_pylist()  # pyright: ignore[reportAttributeAccessIssue]
