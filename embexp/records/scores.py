"""Scores of a run's single items (texts, tokens, pairs of words) in a small file.

The file `scores/<digest>.npz` is sealed by the run's line, and is the same in working and
published folders. Each array is a measure's: right or wrong as bool, else float16 with
NaN for items that were not known. Losses, which need no more, are rounded to `coarse`
first, which makes 25,000 texts about 30 kB.
"""

import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from jaxtyping import Bool, Float, Integer

from embexp.storage import replace

SCORES = "scores"
"""The folder of the files."""
SENTENCES = "sentences"
"""The array that holds how many tokens each sentence has, where labels are of tokens."""
BITS = 7
"""Bits of a float16's mantissa that `coarse` sets to 0; three are left."""
MOST = float(np.finfo(np.float16).max)

ItemScores = Bool[np.ndarray, "items"] | Float[np.ndarray, "items"] | Integer[np.ndarray, "items"]


class RunScores(Mapping[str, ItemScores]):
    """The scores of one run's items by measure, read from the file when first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, ItemScores] = {}
        with np.load(path, allow_pickle=False) as arrays:
            self._names = tuple(arrays.files)

    def __getitem__(self, measure: str) -> ItemScores:
        if measure not in self._names:
            raise KeyError(measure)
        if measure not in self._read:
            with np.load(self.path, allow_pickle=False) as arrays:
                self._read[measure] = arrays[measure]
        return self._read[measure]

    def __iter__(self) -> Iterator[str]:
        return (name for name in self._names if name != SENTENCES)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, measure: object) -> bool:
        return measure in self._names


def scores_file(digest: str) -> str:
    """Where a run's scores lie, relative to the folder of results."""
    return f"{SCORES}/{digest}.npz"


def write_scores(folder: str | Path, digest: str, scores: Mapping[str, Any]) -> str:
    """Writes a run's scores; the same scores give the same bytes.

    Args:
        scores: by measure; `SENTENCES` may be among them.

    Returns:
        The file, relative to the folder, for the run's line (`append`).
    """
    name = scores_file(digest)
    replace(Path(folder, name), lambda file: save_arrays(file, scores))
    return name


def scores_of(folder: str | Path, runs: Mapping[str, Mapping[str, Any]]) -> dict[str, RunScores]:
    """The scores of those of the runs that have some, by digest.

    Args:
        runs: from `read_runs` of the same folder.
    """
    return {
        digest: RunScores(Path(folder, scores_file(digest)))
        for digest, run in runs.items()
        if scores_file(digest) in run["files"]
    }


def compact(values: ItemScores, *, losses: bool) -> ItemScores:
    """Scores as a file keeps them: bool, or float16, and losses `coarse`.

    Pseudo-values are no losses: where a model gives one answer few of them differ, so that
    coarse errors would all be on one side.
    """
    if values.dtype == bool:
        return values
    return coarse(values) if losses else values.astype(np.float16)


def coarse(values: Float[np.ndarray, "items"]) -> Float[np.ndarray, "items"]:
    """Float16 with three bits of mantissa, at most 1/16, or 10⁻⁵, from values of at least 0.

    Means and variances over items hardly change, as errors are rounded both ways.
    """
    exact = np.minimum(values, MOST / 2).astype(np.float16).view(np.uint16)
    rounded = (exact.astype(np.uint32) + (1 << (BITS - 1))) >> BITS << BITS
    return rounded.astype(np.uint16).view(np.float16)


def save_arrays(file: BinaryIO, arrays: Mapping[str, Any]) -> None:
    """An archive as `numpy.load` reads it, without the time of day that `numpy.savez` adds."""
    with zipfile.ZipFile(file, "w") as archive:
        for name in sorted(arrays):
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w") as member:
                np.lib.format.write_array(member, np.asarray(arrays[name]), allow_pickle=False)
