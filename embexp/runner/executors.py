"""Where groups of runs are trained: an executor takes groups and yields their results."""

from collections.abc import Callable, Iterable, Iterator

from embexp.runner.group import Group
from embexp.runner.loop import OnStep
from embexp.runner.result import RunResult

Results = list[RunResult]
Work = Callable[..., Results]
"""Trains one group, wherever it is called: it can be pickled, and groups and results too.

It also takes `on_step`, which is told of each evaluation step; elsewhere it is left out.
"""
Executor = Callable[[Iterable[Group], Work, OnStep], Iterator[tuple[Group, Results]]]
"""Yields each group with its results, in any order, as they are finished."""


def local(groups: Iterable[Group], work: Work, on_step: OnStep) -> Iterator[tuple[Group, Results]]:
    """Trains the groups here, one after another."""
    for group in groups:
        yield group, work(group, on_step=on_step)


EXECUTORS: dict[str, Executor] = {"local": local}
