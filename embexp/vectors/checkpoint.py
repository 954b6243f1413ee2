"""Saving the state of a training to a folder, and resuming from it after a kill."""

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from embexp import storage
from embexp.errors import InputError
from embexp.formats import streams

STATE = "state.npz"
EVERY = 60.0
"""Seconds between two states that are saved."""
LONG = 3.0
"""Where saving takes longer than these seconds, states are the rarer, so that no more than
a twentieth of the time goes into them."""

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
        self.last, self.seconds = time.monotonic(), 0.0

    @property
    def due(self) -> bool:
        """Whether it is time to save a state."""
        pause = EVERY * max(1.0, self.seconds / LONG)
        return self.folder is not None and time.monotonic() - self.last >= pause

    def load(self) -> tuple[int, dict[str, Any]]:
        """How many steps the last saved state has done, and its arrays; 0 and none without one.

        Raises:
            InputError: the state is damaged, or of another training.
        """
        if self.folder is None or not (self.folder / STATE).exists():
            return 0, {}
        path = self.folder / STATE
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                state = {name: np.asarray(file[name]) for name in file.files}
            if str(state.pop("sha256")) != _sha256_of(state):
                raise ValueError("it does not match its checksum")
            training, done = str(state.pop("training")), int(state.pop("done"))
        except streams.BROKEN as error:
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
        """Saves the arrays after `done` steps if it is time to.

        They are saved whole or not at all, in place of those saved before.
        """
        if self.due:
            self.save(done, arrays)

    def save(self, done: int, arrays: Mapping[str, ArrayLike]) -> None:
        """Saves the arrays after `done` steps.

        Raises:
            InputError: the folder cannot be written.
        """
        if self.folder is None:
            return
        begin = time.monotonic()
        given = {**arrays, "training": self.training, "done": done}
        state = {name: np.asarray(each) for name, each in given.items()}
        sealed: dict[str, Any] = state | {"sha256": np.asarray(_sha256_of(state))}
        storage.replace(
            self.folder / STATE, lambda file: np.savez(file, allow_pickle=False, **sealed)
        )
        self.last = time.monotonic()
        self.seconds = self.last - begin

    def clear(self) -> None:
        """Removes the state, and the folder if it holds nothing else."""
        if self.folder is None or not self.folder.is_dir():
            return
        with suppress(OSError):  # a state that stays is of this training
            (self.folder / STATE).unlink(missing_ok=True)
            storage.remove_partials(self.folder, STATE)
            self.folder.rmdir()


def training_of(folder: Path) -> dict[str, Any]:
    """What identifies the training whose state a folder holds; nothing where none is sound."""
    with (
        suppress(*streams.BROKEN),
        (folder / STATE).open("rb") as stream,
        np.load(stream, allow_pickle=False) as file,
    ):
        return json.loads(str(file["training"]))
    return {}


def _sha256_of(state: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over the names, types, shapes and bytes of arrays, as hex."""
    total = hashlib.sha256()
    for name in sorted(state):
        array = np.ascontiguousarray(state[name])
        total.update(f"{name} {array.dtype.str} {state[name].shape} ".encode())
        total.update(array.view(np.uint8).data if array.size else b"")
    return total.hexdigest()


def _difference(theirs: str, ours: str) -> str:
    """The first setting in which two trainings differ, with both values."""
    a, b = json.loads(theirs), json.loads(ours)
    key = next((key for key in sorted(a.keys() | b.keys()) if a.get(key) != b.get(key)), "")
    return f"its {key} is {a.get(key)!r}, here {b.get(key)!r}"
