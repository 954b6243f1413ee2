"""Where groups of runs are trained: an executor takes groups and yields their results."""

import inspect
from collections.abc import Callable, Generator, Iterable
from functools import partial
from importlib.util import find_spec
from typing import Any, NamedTuple

from embexp.errors import InputError, unknown
from embexp.runner.group import Group
from embexp.runner.loop import OnStep, run_group
from embexp.runner.result import RunResult
from embexp.runner.unfinished import NOWHERE, Unfinished

Results = list[RunResult]


class Work(NamedTuple):
    """Trains one group, wherever it is called: it can be pickled, and groups and results too.

    Args:
        save_models: whether results carry the parameters.
        kept: where states of trainings are kept, and the code that computes.
    """

    save_models: bool = False
    kept: Unfinished = NOWHERE

    def __call__(self, group: Group, on_step: OnStep = lambda group, step: None) -> Results:
        """The results of the group's runs; `on_step` is told of each evaluation step."""
        return run_group(group, self.save_models, on_step, self.kept)


Made = Generator[tuple[Group, Results], None, None]
"""Groups with their results. It is closed where a sweep ends early, and then cancels the rest."""
Executor = Callable[[Iterable[Group], Work, OnStep], Made]
"""Yields groups with their results, in any order, as they are finished.

It may cut groups into smaller ones, or yield one run after another. A run is the same, bit
for bit, whatever group it is in.
"""


def local(groups: Iterable[Group], work: Work, on_step: OnStep) -> Made:
    """Trains the groups here, one after another."""
    for group in groups:
        yield group, work(group, on_step=on_step)


def ray(
    groups: Iterable[Group], work: Work, on_step: OnStep, *, address: str | None = None
) -> Made:
    """Trains groups as tasks of a Ray cluster; see `runner/on_ray.py`."""
    from embexp.runner.on_ray import train

    return train(groups, work, on_step, address)


def slurm(
    groups: Iterable[Group],
    work: Work,
    on_step: OnStep,
    *,
    partition: str | None = None,
    cores: int = 4,
    minutes: int = 240,
    cluster: str = "slurm",
) -> Made:
    """Trains groups as an array of Slurm jobs; see `runner/on_slurm.py`."""
    from embexp.runner.on_slurm import Jobs, train

    return train(groups, work, on_step, Jobs(partition, cores, minutes, cluster))


EXECUTORS: dict[str, Executor] = {"local": local, "ray": ray, "slurm": slurm}
EXTRAS = {"ray": "ray", "slurm": "submitit"}
"""The package that an executor needs; the extra has the executor's name."""


def executor(name: str, **options: Any) -> Executor:
    """An executor by its name, with options of its own; those that are None are left out.

    >>> executor("ray", address="10.0.0.1:6379")  # doctest: +SKIP

    Args:
        options: `address` of a Ray cluster; of Slurm jobs their `partition`, `cores`,
            `minutes` at most, and `cluster` (`slurm`, or submitit's `local` and `debug`).

    Raises:
        InputError: there is none of that name, it has no such option, or its package is
            not installed.
    """
    if name not in EXECUTORS:
        raise unknown("executor", name, EXECUTORS)
    given = {option: value for option, value in options.items() if value is not None}
    known = inspect.signature(EXECUTORS[name]).parameters.values()
    own = {each.name for each in known if each.kind is each.KEYWORD_ONLY}
    if other := [option for option in given if option not in own]:
        raise InputError(
            f"the executor {name!r} has no {other[0]}; leave {other[0]} out, or take another "
            f"executor: {', '.join(EXECUTORS)}"
        )
    if (package := EXTRAS.get(name)) and find_spec(package) is None:
        raise InputError(
            f"the executor {name!r} needs {package}, which is not installed; "
            f'pip install "embexp[{name}]"'
        )
    return partial(EXECUTORS[name], **given)
