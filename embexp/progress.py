"""A sweep's steps into a line with the time left; silent where no one is looking."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

console = Console(stderr=True)


@contextmanager
def saying(what: str) -> Iterator[None]:
    """A spinner beside a sentence, while something runs whose end cannot be foreseen."""
    if not console.is_terminal:
        yield
        return
    with console.status(what):
        yield


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """A bar for so many units of work; gives a function that sets how many are done and
    what is running.
    """
    columns: Sequence = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(
        *columns, console=console, disable=not console.is_terminal, transient=True
    ) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done, running: bar.update(task, completed=done, description=running)
