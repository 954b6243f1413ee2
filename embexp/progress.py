"""Progress on the terminal or in a notebook, with the time left; silent where output is piped."""

import importlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from embexp.printable import printable

console = Console(stderr=True)


def tell(remark: str, style: str = "") -> None:
    """Prints a remark on the standard error, as it is."""
    console.print(Text(printable(remark), style), soft_wrap=True)


class Place:
    """A place below the cell of a notebook that runs, where one thing is shown after another.

    rich's own bars need ipywidgets there; this needs nothing that a notebook lacks.
    """

    OFTEN = 0.2
    """Seconds at least between two drawings."""

    def __init__(self, shown: Any) -> None:
        """Shows something that rich can draw."""
        display = importlib.import_module("IPython.display").display
        self._handle, self._drawn = display(shown, display_id=True), time.monotonic()

    def show(self, shown: Any) -> None:
        """Draws anew, unless it was drawn just now."""
        if time.monotonic() - self._drawn >= self.OFTEN:
            self._handle.update(shown)
            self._drawn = time.monotonic()

    def clear(self) -> None:
        """Leaves the place empty."""
        self._handle.update({"text/plain": ""}, raw=True)


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Shows a sentence, with a spinner on the terminal, for work whose length is not known."""
    sentence = Text(printable(what))
    if console.is_jupyter:
        place = Place(sentence)
        try:
            yield
        finally:
            place.clear()
    elif console.is_terminal:
        with console.status(sentence):
            yield
    else:
        yield


class Left(TimeRemainingColumn):
    """The time left that was told last, less what has passed since; else rich's own estimate."""

    def render(self, task: Task) -> Text:
        """The time as a clock shows it."""
        if (until := task.fields.get("until")) is None:
            return super().render(task)
        seconds = max(0, round(until - time.monotonic()))
        return Text(str(timedelta(seconds=seconds)), "progress.remaining")


class Advance(Protocol):
    """What moves a bar."""

    def __call__(self, done: int, running: str, left: timedelta | None = None) -> None:
        """Sets how much is done, what is running, and how long the rest takes where known."""


@contextmanager
def counting(what: str, total: int) -> Iterator[Advance]:
    """Shows a bar for a known amount of work, if there is any; gives what moves it."""
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        Left(),
        console=console,
        disable=not (total and console.is_terminal),
        transient=True,
    )
    task = bar.add_task(printable(what), total=total)

    def advance(done: int, running: str, left: timedelta | None = None) -> None:
        until = None if left is None else time.monotonic() + left.total_seconds()
        bar.update(task, completed=done, description=printable(running), until=until)

    if not (total and console.is_jupyter):
        with bar:
            yield advance
        return
    place = Place(bar)

    def advance_and_draw(done: int, running: str, left: timedelta | None = None) -> None:
        advance(done, running, left)
        place.show(bar)

    try:
        yield advance_and_draw
    finally:
        place.clear()
