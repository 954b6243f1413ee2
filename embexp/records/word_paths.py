"""The vectors of a few hundred words while they train, in a small file a run, for a map of words.

The file `words/<digest>.npz` is sealed by the run's line. It is an extra: no number of the
rows depends on it, and few published folders have some, of fewer words and seeds.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Float16, Int

from embexp.records.scores import save_arrays
from embexp.storage import replace

WORDS = "words"
"""The folder of the files."""


class WordPaths(NamedTuple):
    """Some words' vectors at some steps of training.

    Args:
        log_odds: of each word in held-out documents (nats); NaN where unknown.
        counts: its training tokens.
        selected: the step that validation selected.
        steps: in order; step 0 and the selected one are among them.
    """

    words: Sequence[str]
    log_odds: Float[np.ndarray, "words"]
    counts: Int[np.ndarray, "words"]
    selected: int
    steps: Int[np.ndarray, "steps"]
    vectors: Float16[np.ndarray, "steps words width"]


def paths_file(digest: str) -> str:
    """Where a run's paths lie, relative to the folder of results."""
    return f"{WORDS}/{digest}.npz"


def write_word_paths(folder: str | Path, digest: str, paths: WordPaths) -> str:
    """Writes a run's paths; returns the file, relative to the folder, for the run's line."""
    arrays = paths._asdict() | {"words": np.array(paths.words, str)}
    name = paths_file(digest)
    replace(Path(folder, name), lambda file: save_arrays(file, arrays))
    return name


def read_word_paths(
    folder: str | Path, runs: Mapping[str, Mapping[str, Any]]
) -> dict[str, WordPaths]:
    """The paths of those of the runs that have some, by digest.

    Args:
        runs: from `read_runs` of the same folder.
    """
    found = {}
    for digest, run in runs.items():
        if paths_file(digest) in run["files"]:
            with np.load(Path(folder, paths_file(digest)), allow_pickle=False) as arrays:
                own = {name: arrays[name] for name in WordPaths._fields}
            own |= {"words": own["words"].tolist(), "selected": int(own["selected"])}
            found[digest] = WordPaths(**own)
    return found
