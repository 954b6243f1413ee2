"""A stream of ids into counts of words that stand near each other, in bounded memory."""

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float64, Int32, Int64

from embexp.errors import InputError, unknown
from embexp.vectors.checkpoint import Progress, silent
from embexp.vectors.text import Text

CHUNK = 1 << 18
"""Tokens that are paired at once."""
MEMORY = 1 << 30
"""Bytes that counting may hold before it spills to disk."""
ENTRY = 16
"""Bytes of a key and its weight."""
ONE = 1 << 32
"""The weight of a pair side by side: weights are whole numbers, so that their sums do
not depend on the order of adding."""

WEIGHTS: dict[str, Callable[[int, int], float]] = {
    "harmonic": lambda distance, window: 1 / distance,
    "linear": lambda distance, window: (window + 1 - distance) / window,
    "flat": lambda distance, window: 1.0,
}
"""What a pair counts, by its distance: as GloVe's program counts it, as a reach drawn
from 1 to `window` would on average, or 1."""


@dataclass(frozen=True, eq=False)
class Counts:
    """How often words i ≤ j stand near each other, once for each pair; the counts of
    (j, i) are the same.

    A word near itself at one place is counted from both ends, as everywhere: its
    `values` entry is twice the pairs' weight.
    """

    rows: Int32[np.ndarray, "entries"]
    columns: Int32[np.ndarray, "entries"]
    values: Float64[np.ndarray, "entries"]

    def __len__(self) -> int:
        """The number of word pairs that were seen."""
        return len(self.values)


class Run(NamedTuple):
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
    """Co-occurrence counts of a text: each pair of its tokens at most `window` apart in
    one text, weighted by `WEIGHTS[weight]`.

    Exact up to 2⁻³² for each pair of tokens, and the same for any bound of memory.
    Beyond the bound, sorted runs are written to a temporary folder and merged in the
    end; the result itself, 16 bytes for each distinct pair, is held.

    Args:
        memory: bytes that the runs may take before they are spilled.
        progress: told the share that is done.
    """
    if weight not in WEIGHTS:
        raise unknown("weight of pairs", weight, WEIGHTS)
    if window < 1:
        raise InputError(f"window is {window}; give at least 1")
    if len(text.words) ** 2 * window >= 1 << 63:
        raise InputError(
            f"{len(text.words)} words are too many to count in a window of {window}; give max_words or a higher min_count"
        )
    weights = np.array(
        [round(ONE * WEIGHTS[weight](distance, window)) for distance in range(1, window + 1)]
    )
    with tempfile.TemporaryDirectory() as folder:
        runs = Runs(Path(folder), memory)
        for start in range(0, len(text), CHUNK):
            progress(start / len(text), "counting")
            runs.add(_paired(text, start, min(start + CHUNK, len(text)), weights))
        parts = [_entries(run, len(text.words)) for run in runs.merged()]
    return Counts(*(np.concatenate(column) for column in zip(*parts, strict=True)))


class Runs:
    """Sorted runs, in memory up to a bound and in a folder beyond it."""

    def __init__(self, folder: Path, memory: int) -> None:
        self.folder = folder
        self.memory = memory
        self.held: list[Run] = []
        self.spilled: list[Run] = []

    def add(self, run: Run) -> None:
        """Takes a run in; when those held pass half the bound they are merged, and
        written out if that does not shrink them enough.
        """
        self.held.append(run)
        if self.size() > self.memory // 2:  # merging needs as much again
            self.held = [merge(self.held)]
            if self.size() > self.memory // 4:
                self._spill(self.held.pop())

    def size(self) -> int:
        """The bytes of the runs in memory."""
        return ENTRY * sum(len(run.keys) for run in self.held)

    def _spill(self, run: Run) -> None:
        paths = [self.folder / f"{len(self.spilled)}.{name}.npy" for name in Run._fields]
        for path, array in zip(paths, run, strict=True):
            np.save(path, array)
        self.spilled.append(Run(*(np.load(path, mmap_mode="r") for path in paths)))

    def merged(self) -> Iterator[Run]:
        """All runs as one, in consecutive slices of keys that fit the memory."""
        runs = [*self.spilled, *self.held]
        longest = max(runs, key=lambda run: len(run.keys), default=None)
        if longest is None:
            return
        step = max(1, self.memory // (4 * ENTRY * len(runs)))
        edges = longest.keys[step::step]
        cuts = [
            np.concatenate([[0], np.searchsorted(run.keys, edges), [len(run.keys)]]) for run in runs
        ]
        for place in range(len(edges) + 1):
            parts = [
                Run(*(array[cut[place] : cut[place + 1]] for array in run))
                for run, cut in zip(runs, cuts, strict=True)
            ]
            yield merge(parts)


def merge(runs: list[Run]) -> Run:
    """One sorted run in which every key stands once, with the sum of its weights."""
    keys = np.concatenate([run.keys for run in runs])
    weights = np.concatenate([run.weights for run in runs])
    order = np.argsort(keys, kind="stable")  # runs that are sorted are merged, not sorted anew
    return _summed(keys[order], weights[order])


def _summed(keys: Int64[np.ndarray, "sorted"], weights: Int64[np.ndarray, "sorted"]) -> Run:
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return Run(keys[starts], np.add.reduceat(weights, starts) if len(starts) else weights)


def _paired(text: Text, start: int, stop: int, weights: Int64[np.ndarray, "window"]) -> Run:
    """The pairs whose first token stands from `start` to `stop`, as a run.

    The distance is packed into the key's lowest digits, so that keys alone are sorted
    and equal ones are counted.
    """
    window, vocab = len(weights), len(text.words)
    end = min(stop + window, len(text))
    ids, lines = text.ids[start:end].astype(np.int64), text.lines(start, end)
    packed = [
        (np.minimum(left, right) * vocab + np.maximum(left, right)) * window + (distance - 1)
        for distance in range(1, window + 1)
        for left, right in [_apart(ids, lines, distance, stop - start)]
    ]
    keys, times = _tally(np.concatenate(packed))
    return _summed(keys // window, times * weights[keys % window])


def _apart(
    ids: Int64[np.ndarray, "tokens"], lines: Int32[np.ndarray, "tokens"], distance: int, first: int
) -> tuple[Int64[np.ndarray, "pairs"], Int64[np.ndarray, "pairs"]]:
    """The words of all pairs at one distance whose first token is among the `first`
    ones and whose texts are the same.
    """
    pairs = min(first, max(0, len(ids) - distance))
    same = lines[:pairs] == lines[distance : distance + pairs]
    return ids[:pairs][same], ids[distance : distance + pairs][same]


def _tally(keys: Int64[np.ndarray, "pairs"]) -> Run:
    """Distinct keys, rising, and how often each occurs."""
    keys.sort()
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    return Run(keys[starts], np.diff(starts, append=len(keys)))


def _entries(
    run: Run, vocab: int
) -> tuple[
    Int32[np.ndarray, "entries"], Int32[np.ndarray, "entries"], Float64[np.ndarray, "entries"]
]:
    rows, columns = np.divmod(run.keys, vocab)
    values = run.weights / ONE * np.where(rows == columns, 2, 1)
    return rows.astype(np.int32), columns.astype(np.int32), values
