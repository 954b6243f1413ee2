"""Groups as tasks of a Ray cluster, which moves and repeats them when workers are lost."""

import time
import warnings
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, NamedTuple

import ray  # pyright: ignore[reportMissingImports]
from ray.exceptions import RayError, RayTaskError  # pyright: ignore[reportMissingImports]

from embexp.errors import InputError
from embexp.runner import remote
from embexp.runner.executors import Made, Results, Work
from embexp.runner.group import Group
from embexp.runner.loop import OnStep
from embexp.runner.ray_cluster import ANSWER, RETRIES, answers, connect, hosts
from embexp.runner.ray_worker import NoRoom, Place, Steps, task
from embexp.runner.remote import Host

TICK, LOOK = 1.0, 5.0
"""Seconds between two looks at the progress, and at the cluster."""
SILENCE, ROOMLESS = 20.0, 60.0
"""Seconds after which a cluster is given up that does not answer any more, and a group that
no node could hold. Ray itself ends the process when its head has been silent for 60."""


class Waiting(NamedTuple):
    """A group that was handed over, and the nodes that had no room for it."""

    group: Group
    number: int
    refused: tuple[str, ...] = ()


def train(groups: Iterable[Group], work: Work, on_step: OnStep, address: str | None = None) -> Made:
    """Trains groups in a Ray cluster; without an address, in one of its own on this machine.

    Each task gets cores and memory of a node, and the data of its groups from Ray's object
    store, where they lie once for each node. A group whose worker or node is lost begins
    anew elsewhere; after `RETRIES` times its runs end with an error.

    Raises:
        InputError: the cluster does not answer, or not any more; no node has the memory for
            a group; a node has other versions of the libraries.
    """
    if every := [*groups]:
        connect(address)
        sweep = Sweep(every, work, on_step)
        try:
            yield from sweep.results()
        finally:
            sweep.cancel()


class Sweep:
    """The groups that the cluster has, and those that it has finished."""

    def __init__(self, groups: list[Group], work: Work, on_step: OnStep) -> None:
        """Cuts the groups to the nodes that are there."""
        self.hosts = hosts()
        self.cores, self.groups = remote.fitted(groups, self.hosts)
        self.work, self.on_step = work, on_step
        self.data: dict[tuple[int, int], Any] = {}
        self.steps: Any = ray.remote(Steps).options(num_cpus=0, max_restarts=-1).remote()
        self.told: Any = self.steps.all.remote()
        self.task: Callable[..., Any] = ray.remote(task).options
        self.waiting: dict[Any, Waiting] = {}
        self.heard = self.held = self.looked = time.monotonic()
        self.head = ray.get_runtime_context().gcs_address
        self.say_too_small()

    def say_too_small(self) -> None:
        """Warns of nodes whose memory is less than some groups take, which go to others."""
        for group in {(each.program, each.size): each for each in self.groups}.values():
            small = [host for host in self.hosts if host.cores and not self.holds(host, group)]
            if small and len(small) < len(self.hosts):
                each = ", ".join(f"{host.name}: {host.memory / 2**30:.1f} GiB" for host in small)
                warnings.warn(
                    f"{len(small)} of {len(self.hosts)} nodes have no memory for "
                    f"{remote.described(group)} ({each}); such groups go to other nodes",
                    stacklevel=2,
                )

    def holds(self, host: Host, group: Group) -> bool:
        """Whether a node may come to train a group."""
        return host.holds(self.cores, remote.needed(group))

    def submit(self, each: Waiting) -> None:
        """Hands a group over, with its data if they are not there yet."""
        group, needed = each.group, remote.needed(each.group)
        key = id(group.task), id(group.evaluators)
        if key not in self.data:
            self.data[key] = ray.put((group.task, group.evaluators))
        options: dict[str, Any] = {
            "num_cpus": self.cores,
            "memory": needed,
            "max_retries": RETRIES,
            "name": f"embexp: {group.specs[0].title}",
        }
        if each.refused:
            options["label_selector"] = {"ray.io/node-id": f"!in({','.join(each.refused)})"}
        # within a list the data are a reference, and are fetched when JAX has its devices
        place = Place(self.cores, needed - remote.BASE, each.number, self.steps)
        given = self.work, [self.data[key]], (*group[2:],), place
        self.waiting[self.task(**options).remote(*given)] = each

    def results(self) -> Made:
        """Hands all groups over; each comes back with its results, as they are finished."""
        for number, group in enumerate(self.groups):
            self.submit(Waiting(group, number))
        while self.waiting:
            done, _ = ray.wait([*self.waiting], timeout=TICK)
            self.look()
            for each in done:
                waiting = self.waiting.pop(each)
                if isinstance(made := self.got(each, waiting.group), NoRoom):
                    self.elsewhere(waiting, made)
                    continue
                self.on_step(waiting.group, waiting.group.schedule.steps)
                yield waiting.group, made

    def got(self, made: Any, group: Group) -> Results | NoRoom:
        """What came of a task; errors of its runs where it was lost for good."""
        try:
            return ray.get(made)
        except RayTaskError as error:
            if isinstance(error.cause, InputError):
                raise InputError(str(error.cause)) from error
            return remote.lost(group, f"its worker failed: {error.cause!r}")
        except RayError as error:
            why = str(error).partition("\n")[0]
            return remote.lost(group, f"its worker was lost {RETRIES + 1} times: {why}")

    def elsewhere(self, waiting: Waiting, refusal: NoRoom) -> None:
        """Hands a group to the nodes that have not refused it.

        Raises:
            InputError: all have.
        """
        group, refused = waiting.group, (*waiting.refused, refusal.key)
        what = f"{refusal.host} has {refusal.free / 2**30:.1f} GiB free"
        left = [host for host in hosts() if host.key not in refused and self.holds(host, group)]
        if not left:
            raise InputError(
                f"{what}, too little for {remote.described(group)}, and no other node is left; "
                "free memory there, or add a node, and repeat the command"
            )
        warnings.warn(
            f"{what}, too little for {remote.described(group)}; it goes to another node",
            stacklevel=2,
        )
        self.submit(waiting._replace(refused=refused))

    def look(self) -> None:
        """Tells the progress; now and then, asks whether the cluster is there, and has room.

        Raises:
            InputError: it does not answer any more, or has no node for a group.
        """
        if ray.wait([self.told], timeout=0)[0]:
            with suppress(RayError):  # its node was lost, and it begins anew
                passed: Any = ray.get(self.told)
                for each in self.waiting.values():
                    self.on_step(each.group, passed.get(each.number, 0))
            self.told = self.steps.all.remote()
        now = time.monotonic()
        if now - self.looked < LOOK:
            return
        self.looked = now
        if answers(self.head, ANSWER):
            self.heard = now
            self.check_room(now)
        elif now - self.heard > SILENCE:
            raise InputError(
                f"the Ray cluster at {self.head} does not answer any more; what was finished is "
                "recorded: start it again, and repeat the command"
            )

    def check_room(self, now: float) -> None:
        """Gives up a group that no node could hold for some time, as nodes were lost."""
        there = hosts()
        groups = [each.group for each in self.waiting.values()]
        homeless = [group for group in groups if not any(self.holds(host, group) for host in there)]
        if not homeless:
            self.held = now
        elif now - self.held > ROOMLESS:
            raise InputError(remote.too_large(homeless[0], there))

    def cancel(self) -> None:
        """Ends what is not finished."""
        if answers(self.head, ANSWER):
            for each in self.waiting:
                ray.cancel(each, force=True)
            ray.kill(self.steps)
