"""The sheet of words beside an exported table: what a run knows of each word."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from embexp.errors import InputError

COLUMNS = ("word", "count", "evaluated", "log_odds")


class WordFacts(NamedTuple):
    """What a run knows of one word.

    Args:
        count: its training tokens.
        known: whether the pretrained vectors have it.
        log_odds: in held-out documents (nats), NaN where unknown.
    """

    count: int
    known: bool
    log_odds: float


class WordSheet:
    """The words of a run's table, in its order, with what the run knows of them."""

    def __init__(self, index: dict[str, WordFacts]) -> None:
        self.index = index

    @classmethod
    def read(cls, path: str | Path) -> "WordSheet":
        """From a file of tab-separated columns `COLUMNS`, as `embexp vectors export` writes it.

        `evaluated` is 1 for words that the pretrained vectors have, else 0; `log_odds`
        is empty where unknown.

        Raises:
            InputError: no such file, other columns, or a line that does not fit them.
        """
        file, index = Path(path), {}
        if not file.is_file():
            raise InputError(f"there is no sheet of words {str(path)!r}")
        header, *lines = file.read_text(encoding="utf-8").removesuffix("\n").split("\n")
        if tuple(header.split("\t")) != COLUMNS:
            raise InputError(
                f"{path} has the columns {header[:60]!r}, but a sheet of words has "
                f"{', '.join(COLUMNS)}; write it by embexp vectors export"
            )
        for number, line in enumerate(lines, 2):
            try:
                word, count, known, odds = line.split("\t")
                index[word] = WordFacts(int(count), bool(int(known)), float(odds or "nan"))
            except ValueError as error:
                raise InputError(
                    f"{path}, line {number}: expected {', '.join(COLUMNS)}, "
                    f"but this line is {line[:60]!r}"
                ) from error
        return cls(index)

    def columns(self, words: Sequence[str]) -> dict[str, Any]:
        """The facts of these words as the arguments of `evaluated_words`."""
        facts = [self.index[word] for word in words]
        return {
            "counts": np.array([each.count for each in facts], np.int64),
            "known": np.array([each.known for each in facts], bool),
            "log_odds": np.array([each.log_odds for each in facts], float),
        }
