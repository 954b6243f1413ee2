"""Files that are only there while something is written; a process that is stopped removes them."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_PATHS: set[Path] = set()
_CALLED: list[Callable[[], None]] = []


@contextmanager
def removable(path: Path) -> Iterator[Path]:
    """While it lasts, `remove` removes this file or folder; its owner does so otherwise."""
    _PATHS.add(path)
    try:
        yield path
    finally:
        _PATHS.discard(path)


@contextmanager
def called(function: Callable[[], None]) -> Iterator[None]:
    """While it lasts, `remove` calls this too, such as to end work that is done elsewhere."""
    _CALLED.append(function)
    try:
        yield
    finally:
        _CALLED.remove(function)


def remove() -> None:
    """Removes what is being written now, before a process ends in the middle of it."""
    for function in [*_CALLED]:
        with suppress(Exception):
            function()
    for path in [*_PATHS]:
        with suppress(OSError):
            path.unlink()
        shutil.rmtree(path, ignore_errors=True)
