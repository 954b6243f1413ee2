"""Saving the state of a training to a folder, and resuming from it after a kill."""

import json
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from embexp.errors import InputError
from embexp.formats import streams

STATE = "state.npz"
EVERY = 60.0
"""Seconds between two states that are saved."""

Progress = Callable[[float, str], None]
"""Is told the share of a training that is done, in [0, 1], and what is running."""


def silent(done: float, running: str) -> None:
    """Progress that is not shown."""


class Checkpoint:
    """The folder where a training saves its state; without a folder nothing is saved.

    Args:
        folder: made when the first state is saved.
        training: what identifies this training, as JSON values; the state of another
            one is refused.
    """

    def __init__(self, folder: str | Path | None, training: Mapping[str, Any]) -> None:
        self.folder = None if folder is None else Path(folder)
        self.training = json.dumps(training, sort_keys=True)
        self.last = time.monotonic()

    def load(self) -> tuple[int, dict[str, Any]]:
        """How many steps the last saved state has done, and its arrays; 0 and none without one.

        Raises:
            InputError: the state is damaged, or of another training.
        """
        if self.folder is None or not (self.folder / STATE).exists():
            return 0, {}
        path = self.folder / STATE
        try:
            with np.load(path, allow_pickle=False) as file:
                state = {name: file[name] for name in file.files}
            training, done = str(state.pop("training")), int(state.pop("done"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            raise InputError(
                f"{path} is no sound checkpoint ({error}); delete it to train from the start"
            ) from error
        if training != self.training:
            raise InputError(
                f"{path} is of another training ({_difference(training, self.training)}); delete "
                "it, or name another folder"
            )
        return done, state

    def save_if_due(self, done: int, arrays: Mapping[str, ArrayLike]) -> None:
        """Saves the arrays after `done` steps if the last state is `EVERY` seconds old.

        They are saved whole or not at all, in place of those saved before.
        """
        if self.folder is None or time.monotonic() - self.last < EVERY:
            return
        state: dict[str, Any] = {**arrays, "training": self.training, "done": done}
        with suppress(OSError):  # writing says why it fails
            self.folder.mkdir(parents=True, exist_ok=True)
        with streams.writing(self.folder / STATE) as stream:
            np.savez(cast("Any", stream), **state)
        self.last = time.monotonic()

    def clear(self) -> None:
        """Removes the state, and the folder if it holds nothing else."""
        if self.folder is None or not self.folder.is_dir():
            return
        for path in [self.folder / STATE, *self.folder.glob(f".{STATE}.*.partial")]:
            path.unlink(missing_ok=True)
        with suppress(OSError):
            self.folder.rmdir()


def _difference(theirs: str, ours: str) -> str:
    """The first setting in which two trainings differ, with both values."""
    a, b = json.loads(theirs), json.loads(ours)
    key = next((key for key in sorted(a.keys() | b.keys()) if a.get(key) != b.get(key)), "")
    return f"its {key} is {a.get(key)!r}, here {b.get(key)!r}"
