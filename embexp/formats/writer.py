"""Writing vector files of any format."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError, unknown
from embexp.formats import streams
from embexp.formats.catalogue import FORMATS, suffix_format
from embexp.formats.subwords import Subwords


def write(
    path: str | Path,
    words: Sequence[str],
    table: Float[np.ndarray, "rows dim"],
    format: str | None = None,
    subwords: Subwords | None = None,
) -> None:
    """Writes a file from which `read` gives the same words and the same float32 bits.

    The file is written whole or not at all. `subwords` are left out by formats that
    cannot hold them (see `Format.subwords`).

    Raises:
        InputError: an unknown suffix or format, NaN or infinity in the table, a word
            that occurs twice or that the format cannot hold, a folder that cannot be
            written to.
    """
    path = Path(path)
    with np.errstate(over="ignore"):
        table = np.asarray(table, np.float32)
    name = suffix_format(path) if format is None else format
    if name not in FORMATS:
        raise unknown("vector format", name, FORMATS)
    if (
        table.ndim != 2
        or not table.size
        or len(table) != len(words)
        or not np.isfinite(table).all()
        or len(set(words)) != len(words)
    ):
        raise InputError(
            f"{len(words)} words with a table of shape {table.shape}: a file needs distinct "
            "words and a row of finite numbers each"
        )
    if "" in words:
        raise InputError("an empty word cannot stand in a file; leave its row out")
    chosen = FORMATS[name]
    try:
        with streams.writing(path) as stream:
            chosen.write(
                stream, words, table, **({"subwords": subwords} if chosen.subwords else {})
            )
    except UnicodeEncodeError as error:
        raise InputError(
            f"a word holds {error.object[error.start]!r}, which cannot stand in UTF-8"
        ) from None
