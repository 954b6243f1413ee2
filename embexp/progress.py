"""Progress on the terminal, with the time left; silent where the output is piped."""

from collections.abc import Callable, Iterator
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
from rich.text import Text

from embexp.printable import printable

console = Console(stderr=True)


def tell(remark: str, style: str = "") -> None:
    """Prints a remark on the standard error, as it is."""
    console.print(Text(printable(remark), style), soft_wrap=True)


@contextmanager
def saying(what: str) -> Iterator[None]:
    """Shows a spinner beside a sentence, for work whose length is not known."""
    if not console.is_terminal:
        yield
        return
    with console.status(Text(printable(what))):
        yield


@contextmanager
def counting(what: str, total: int) -> Iterator[Callable[[int, str], None]]:
    """Shows a bar for a known amount of work.

    Gives a function that sets how much is done, and what is running.
    """
    with Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    ) as bar:
        task = bar.add_task(printable(what), total=total)
        yield lambda done, running: bar.update(task, completed=done, description=printable(running))
