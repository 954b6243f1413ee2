"""Counts what is done to files below a folder, and lets the n-th operation fail, tear or kill."""

import builtins
import errno
import io
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

KILL, TORN = "kill", "torn write, kill"
ERRORS = ("ENOSPC", "EIO", "EROFS", "EMFILE")
LASTING = ("ENOSPC", "EROFS")
"""Errors that every later operation meets too."""
CALLS = ("open", "fsync", "replace", "rename", "mkdir", "unlink", "rmdir")
"""Functions of `os` that are watched, beside writes."""


class Watch:
    """The operations below a folder, by name and file; number `at` meets the fault.

    Args:
        fault: KILL, TORN (for writes) or one of ERRORS.
    """

    def __init__(self, root: Path, at: int = -1, fault: str = "") -> None:
        self.root, self.at, self.fault = str(root.resolve()), at, fault
        self.seen: list[str] = []

    def below(self, path: Any) -> bool:
        """Whether a path lies below the folder."""
        if not isinstance(path, str | Path):
            return False
        return os.path.realpath(path).startswith(self.root)

    def step(self, what: str, path: Any, half: Callable[[], int] = lambda: 0) -> int:
        """Notes an operation that is about to happen, and does the fault if it is its turn.

        A full disk takes a half of the bytes before it takes none: their number is
        given, and 0 where nothing happens.
        """
        number = len(self.seen)
        self.seen.append(f"{what} {Path(path).name}")
        again = number > self.at >= 0 and self.fault in LASTING and what in ("open", "write")
        if number != self.at and not again:
            return 0
        if self.fault == TORN:
            half()
        if self.fault in (KILL, TORN):
            os.kill(os.getpid(), signal.SIGKILL)
        if self.fault == "ENOSPC" and not again and (taken := half()):
            return taken
        code = getattr(errno, self.fault)
        raise OSError(code, os.strerror(code), str(path))


class Watched(io.FileIO):
    """A file whose every write is an operation; a torn one writes the first half."""

    watch: Watch

    def write(self, data: Any, /) -> int:
        """Writes bytes unless it is this write's turn to fail."""
        content = bytes(data)
        whole = super().write
        taken = self.watch.step("write", self.name, lambda: whole(content[: len(content) // 2]))
        return taken or whole(content)


@contextmanager
def watching(watch: Watch) -> Iterator[None]:
    """Puts the watch into `open`, `FileIO` and the functions of `os` in CALLS."""
    from embexp.formats import streams

    plain, system = io.open, {name: getattr(os, name) for name in CALLS}

    def watched(file: Any, mode: str) -> Watched:
        watch.step("open", file)
        made = Watched(file, mode)
        made.watch = watch
        return made

    def open_(file: Any, mode: str = "r", buffering: int = -1, *rest: Any, **named: Any) -> Any:
        if not watch.below(file) or not set(mode) & set("wax+") or named.get("opener"):
            return plain(file, mode, buffering, *rest, **named)
        raw = watched(file, mode.replace("b", "").replace("t", ""))
        stream = (io.BufferedRandom if "+" in mode else io.BufferedWriter)(raw)
        return stream if "b" in mode else io.TextIOWrapper(stream, *rest, **named)

    class Files(type):
        """Stands for `FileIO`, also in `isinstance`."""

        def __call__(cls, file: Any, mode: str = "r") -> io.FileIO:
            return (
                watched(file, mode) if watch.below(file) and mode != "r" else io.FileIO(file, mode)
            )

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, io.FileIO)

    def call(name: str) -> Callable[..., Any]:
        def called(path: Any, *rest: Any, **named: Any) -> Any:
            place = f"/proc/self/fd/{path}" if isinstance(path, int) else path
            if watch.below(place):
                watch.step(name, os.path.realpath(place))
            return system[name](path, *rest, **named)

        return called

    patches = [mock.patch.object(os, name, call(name)) for name in CALLS]
    patches += [mock.patch.object(io, "open", open_), mock.patch.object(builtins, "open", open_)]
    patches += [mock.patch.object(streams, "FileIO", Files("FileIO", (), {}))]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in patches:
            patch.stop()
