"""The sheet of words beside an exported table: what a run knows of each word."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from embexp.data.readers import text_of
from embexp.errors import InputError
from embexp.measures.data_files import user_file

COLUMNS = ("word", "count", "evaluated", "log_odds")

WordSheet = Mapping[str, tuple[int, bool, float]]
"""The words of a run's table in its order. Of each: its training tokens, whether the
pretrained vectors have it, and its log-odds in held-out documents (nats; NaN where unknown)."""


def read_word_sheet(path: str | Path) -> WordSheet:
    """A sheet in tab-separated columns `COLUMNS`, as `embexp vectors export` writes it.

    `evaluated` is 1 for words that the pretrained vectors have, else 0; `log_odds` is
    empty where unknown.

    Raises:
        InputError: no such file, other columns, or a line that does not fit them.
    """
    sheet: dict[str, tuple[int, bool, float]] = {}
    lines = text_of(user_file(path, "sheet of words")).removesuffix("\n").split("\n")
    for number, line in enumerate(lines, 1):
        row = line.removesuffix("\r").split("\t")
        try:
            word, count, known, odds = row
            if number > 1:
                sheet[word] = int(count), bool(int(known)), float(odds or "nan")
            elif tuple(row) != COLUMNS:
                raise ValueError
        except ValueError as error:
            raise InputError(
                f"{path}, line {number}: a sheet of words has the columns {', '.join(COLUMNS)}, "
                f"but this line is {line[:80]!r}; write it by embexp vectors export"
            ) from error
    return sheet


def columns(sheet: WordSheet, words: Sequence[str]) -> dict[str, Any]:
    """What a sheet says of these words, as arguments of `evaluated_words`."""
    facts = zip(*(sheet[word] for word in words), strict=True)
    return dict(zip(("counts", "known", "log_odds"), map(np.array, facts), strict=True))
