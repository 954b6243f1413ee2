"""What runs in the workers of a Ray cluster: the training of a group, and its progress."""

import socket
from typing import Any, NamedTuple

import ray  # pyright: ignore[reportMissingImports]

from embexp import memory
from embexp.runner import remote
from embexp.runner.executors import Results, Work
from embexp.runner.group import Group


class NoRoom(NamedTuple):
    """A node whose memory, now, is less than a group's runs take."""

    host: str
    key: str
    free: int


class Steps:
    """The steps that groups have passed, told by their workers; it lives in the cluster."""

    def __init__(self) -> None:
        """Nothing is passed yet."""
        self.passed: dict[int, int] = {}

    def tell(self, number: int, step: int) -> None:
        """Notes the step of a group."""
        self.passed[number] = step

    def all(self) -> dict[int, int]:
        """The last step of each group."""
        return self.passed


class Place(NamedTuple):
    """What a worker is lent, and where it tells the steps of its group.

    Args:
        taken: bytes that the group's runs take.
        number: the group's.
        steps: the actor of `Steps`.
    """

    cores: int
    taken: int
    number: int
    steps: Any


def task(work: Work, data: Any, rest: tuple[Any, ...], place: Place) -> Results | NoRoom:
    """Trains a group in a worker, or says that its node has no room for it now.

    Args:
        data: where the task and the evaluators of the group lie in the object store.
        rest: the group's other parts.
    """
    group = Group(*ray.get(data[0]), *rest)
    free = memory.available()
    if free < place.taken:
        return NoRoom(socket.gethostname(), ray.get_runtime_context().get_node_id(), free)

    def tell(step: int) -> None:
        place.steps.tell.remote(place.number, step)

    return remote.train(work, group, place.cores, tell, shared=False)
