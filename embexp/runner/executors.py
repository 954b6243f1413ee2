"""Where groups of runs are trained: an executor takes groups and yields their results."""

from collections.abc import Callable, Iterable, Iterator

from embexp.runner.group import Group
from embexp.runner.result import RunResult

Work = Callable[[Group], list[RunResult]]
"""Trains one group; what happens there is noted in its results."""
Executor = Callable[[Iterable[Group], Work], Iterator[tuple[Group, list[RunResult]]]]
"""Yields each group with its results, in any order, as they are finished."""


def local(groups: Iterable[Group], work: Work) -> Iterator[tuple[Group, list[RunResult]]]:
    """Trains the groups here, one after another."""
    for group in groups:
        yield group, work(group)


EXECUTORS: dict[str, Executor] = {"local": local}
