"""Counting which words occur near each other, in bounded memory."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int32, Int64

from embexp import scratch
from embexp.errors import InputError, unknown
from embexp.vectors.checkpoint import Progress, silent
from embexp.vectors.text import Text

CHUNK = 1 << 18
"""Tokens that are paired at once."""
MEMORY = 1 << 30
"""Bytes that counting may take before it spills to disk."""
ENTRY = 16
"""Bytes of a key and its weight."""
ONE = 1 << 32
"""The weight of two adjacent words. Weights are whole numbers, so that their sums do not
depend on the order of adding."""

WEIGHTS: dict[str, Callable[[int, int], float]] = {
    "harmonic": lambda distance, window: 1 / distance,
    "linear": lambda distance, window: (window + 1 - distance) / window,
    "flat": lambda distance, window: 1.0,
}
"""Weight of a pair by its distance: as in GloVe's program; the mean weight if the width of
the window is drawn, as in word2vec; or 1."""


@dataclass(frozen=True, eq=False)
class Counts:
    """How often words i ≤ j occur near each other; the counts of (j, i) are the same.

    Pairs are counted from both ends, so that the value of a word with itself is twice
    the weight of its pairs.
    """

    rows: Int32[np.ndarray, "entries"]
    columns: Int32[np.ndarray, "entries"]
    values: Float64[np.ndarray, "entries"]

    def __len__(self) -> int:
        """The number of word pairs that were seen."""
        return len(self.values)


class SortedCounts(NamedTuple):
    """Keys `i·vocab + j`, rising, and the weight of each."""

    keys: Int64[np.ndarray, "entries"]
    weights: Int64[np.ndarray, "entries"]


def count(
    text: Text,
    window: int = 10,
    weight: str = "harmonic",
    *,
    memory: int = MEMORY,
    progress: Progress = silent,
) -> Counts:
    """Co-occurrence counts of tokens at most `window` apart in one text.

    Pairs are weighted by `WEIGHTS[weight]`. The counts are exact up to 2⁻³² for each
    pair of tokens, and do not depend on `memory`. Beyond that bound, sorted counts are
    written to a temporary folder and merged in the end. The result itself, 16 bytes for
    each distinct pair, is in memory.

    Args:
        memory: bytes that sorted counts may take before they are spilled.
        progress: is told the share that is done.
    """
    if weight not in WEIGHTS:
        raise unknown("weight of pairs", weight, WEIGHTS)
    if window < 1:
        raise InputError(f"window is {window}; give at least 1")
    if len(text.words) ** 2 * window >= 1 << 63:
        raise InputError(
            f"{len(text.words)} words are too many to count in a window of {window}; give "
            "max_words or a higher min_count"
        )
    weights = np.array(
        [round(ONE * WEIGHTS[weight](distance, window)) for distance in range(1, window + 1)]
    )
    with tempfile.TemporaryDirectory() as folder, scratch.removable(Path(folder)):
        merged = ExternalMerge(Path(folder), memory)
        for start in range(0, len(text), CHUNK):
            progress(start / len(text), "counting")
            merged.add(_paired(text, start, min(start + CHUNK, len(text)), weights))
        parts = [_entries(part, len(text.words)) for part in merged.merged()]
    return Counts(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class ExternalMerge:
    """Sorted counts, in memory up to a bound and in a folder beyond it."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = folder
        self.memory = memory
        self.in_memory: list[SortedCounts] = []
        self.spilled: list[SortedCounts] = []

    def add(self, part: SortedCounts) -> None:
        """Adds sorted counts; beyond half of the bound they are merged, then spilled."""
        self.in_memory.append(part)
        if self.size() > self.memory // 2:  # merging needs as much again
            self.in_memory = [merge(self.in_memory)]
            if self.size() > self.memory // 4:
                self._spill(self.in_memory.pop())

    def size(self) -> int:
        """Bytes of the counts in memory."""
        return ENTRY * sum(len(part.keys) for part in self.in_memory)

    def _spill(self, part: SortedCounts) -> None:
        paths = [self.folder / f"{len(self.spilled)}.{name}.npy" for name in SortedCounts._fields]
        for path, array in zip(paths, part, strict=True):
            np.save(path, array)
        self.spilled.append(SortedCounts(*(np.load(path, mmap_mode="r") for path in paths)))

    def merged(self) -> Iterator[SortedCounts]:
        """All counts merged, in consecutive ranges of keys that fit in memory."""
        runs = [*self.spilled, *self.in_memory]
        longest = max(runs, key=lambda part: len(part.keys), default=None)
        if longest is None:
            return
        step = max(1, self.memory // (4 * ENTRY * len(runs)))
        edges = longest.keys[step::step]
        cuts = [
            np.concatenate([[0], np.searchsorted(part.keys, edges), [len(part.keys)]])
            for part in runs
        ]
        for place in range(len(edges) + 1):
            parts = [
                SortedCounts(*(array[cut[place] : cut[place + 1]] for array in part))
                for part, cut in zip(runs, cuts, strict=True)
            ]
            yield merge(parts)


def merge(parts: list[SortedCounts]) -> SortedCounts:
    """Sorted counts in which every key occurs once, with the sum of its weights."""
    keys = np.concatenate([part.keys for part in parts])
    weights = np.concatenate([part.weights for part in parts])
    order = np.argsort(keys, kind="stable")  # a stable sort merges what is sorted
    return _summed(keys[order], weights[order])


def _summed(
    keys: Int64[np.ndarray, "sorted"], weights: Int64[np.ndarray, "sorted"]
) -> SortedCounts:
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return SortedCounts(keys[starts], np.add.reduceat(weights, starts) if len(starts) else weights)


def _paired(
    text: Text, start: int, stop: int, weights: Int64[np.ndarray, "window"]
) -> SortedCounts:
    """Counts of the pairs whose first token is from `start` to `stop`.

    The distance is packed into the key's lowest digits, so that it is enough to sort
    keys and to count equal ones.
    """
    window, vocab = len(weights), len(text.words)
    end = min(stop + window, len(text))
    ids, lines = text.ids[start:end].astype(np.int64), text.lines(start, end)
    packed = []
    for distance in range(1, window + 1):
        right = slice(distance, distance + stop - start)
        left = slice(len(ids[right]))
        pair = np.minimum(ids[left], ids[right]) * vocab + np.maximum(ids[left], ids[right])
        packed.append((pair * window + distance - 1)[lines[left] == lines[right]])
    keys, times = np.unique(np.concatenate(packed), return_counts=True)
    return _summed(keys // window, times * weights[keys % window])


def _entries(part: SortedCounts, vocab: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows, columns and values of `Counts`."""
    rows, columns = np.divmod(part.keys, vocab)
    values = part.weights / ONE * np.where(rows == columns, 2, 1)
    return rows.astype(np.int32), columns.astype(np.int32), values
