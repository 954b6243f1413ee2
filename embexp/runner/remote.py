"""Groups for workers elsewhere: cut to a worker's cores and memory, and trained there."""

import socket
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from embexp import plugins
from embexp.devices import prepare
from embexp.errors import InputError
from embexp.malloc import keep_memory
from embexp.runner.estimates import run_bytes
from embexp.runner.executors import Results, Work
from embexp.runner.group import Group
from embexp.runner.plan import LARGEST
from embexp.runner.result import RunResult
from embexp.runner.unfinished import NOWHERE
from embexp.runner.versions import code, versions

BASE = 1 << 30
"""Bytes of a worker beside its runs: the libraries, their compilations, and the data."""

PARTS = 4
"""Groups for each worker, where there are runs enough: the last ones end together, and a
worker that is lost has lost little."""


class Host(NamedTuple):
    """What a machine gives to its workers; `key` is what tells it from others of its name."""

    name: str
    key: str
    cores: int
    memory: int

    def holds(self, cores: int, needed: int) -> bool:
        """Whether a worker of so many cores and bytes may come to run here."""
        return self.cores >= cores and self.memory >= needed


class Sizes(NamedTuple):
    """The cores of each worker, and the groups that they train."""

    cores: int
    groups: list[Group]


def needed(group: Group) -> int:
    """About how many bytes a worker takes that trains a group."""
    return BASE + group.size * run_bytes(group)


def fitted(groups: Sequence[Group], hosts: Sequence[Host]) -> Sizes:
    """Groups cut anew, so that the workers of some machines share them evenly.

    A worker has the cores of the smallest machine, and no more than a group can use. Its runs
    take no more than its share of the memory of the median machine that holds one run at all.

    Raises:
        InputError: no machine holds one run.
    """
    hosts = [host for host in hosts if host.cores]
    if not hosts:
        raise InputError("the cluster has no node with a core for tasks; start one")
    cores = min(LARGEST, *(host.cores for host in hosts))
    slots = sum(host.cores // cores for host in hosts)
    runs = sum(len(group.specs) for group in groups)
    share = -(-runs // (PARTS * slots))
    share += -share % cores
    found = []
    for group in groups:
        one = run_bytes(group)
        if not (able := [host for host in hosts if host.memory >= BASE + one]):
            raise InputError(too_large(group._replace(size=1), hosts))
        shares = sorted(host.memory * cores // host.cores for host in able)
        most = max(1, (shares[len(shares) // 2] - BASE) // one)
        found += cut(group, min(share, group.size, most))
    return Sizes(cores, found)


def cut(group: Group, size: int) -> Iterable[Group]:
    """Parts of a group with so many runs at most, all of one size, so that they share a program."""
    parts = -(-len(group.specs) // size)
    size = -(-len(group.specs) // parts)
    for at in range(0, len(group.specs), size):
        yield group._replace(specs=group.specs[at : at + size], size=size)


def described(group: Group) -> str:
    """A group in a sentence, with what it needs."""
    count = f"{group.size} runs" if group.size > 1 else "one run"
    return f"{count} of {group.specs[0].title}, about {needed(group) / 2**30:.1f} GiB"


def too_large(group: Group, hosts: Iterable[Host]) -> str:
    """The sentence for a group that no machine holds."""
    most = max((host.memory for host in hosts), default=0)
    return (
        f"no node has the memory for {described(group)}: the largest gives "
        f"{most / 2**30:.1f} GiB to its tasks; add a larger node, or lower hidden_size, "
        "max_words, max_length or batch_size"
    )


@contextmanager
def forking() -> Iterator[None]:
    """Without warnings of processes that a library starts by fork and exec at once.

    No thread of JAX can hold these up.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "os.fork\\(\\) was called", RuntimeWarning)
        yield


def train(
    work: Work, group: Group, cores: int, on_step: Callable[[int], None], *, shared: bool
) -> Results:
    """Trains a group in a worker that was lent so many cores; results say on which machine.

    Args:
        on_step: told of the evaluation steps that are passed.
        shared: whether states of trainings are kept, in a folder of results that the worker
            shares with the sweep.

    Raises:
        InputError: the machine has other versions or plug-ins than the sweep was started with.
    """
    host = socket.gethostname()
    check_versions(work.kept.code, host)
    check_plugins(group, host)
    keep_memory()
    prepare(cores)
    work = work if shared else work._replace(kept=NOWHERE)
    results = work(group, on_step=lambda _, step: on_step(step))
    for result in results:
        result.device = f"{result.device} on {host}"
    return results


def check_versions(wanted: Mapping[str, str], host: str) -> None:
    """Refuses a machine whose versions are not those that the rows will name.

    Raises:
        InputError: names the first that differs.
    """
    own = code() | versions()
    for name, value in wanted.items():
        if own.get(name) != value:
            what = {"version": "embexp", "sources": "the sources of embexp"}.get(name, name)
            raise InputError(
                f"{host} has {what} {own.get(name)}, but the sweep was started with {value}; "
                "install the same on every node"
            )


def check_plugins(group: Group, host: str) -> None:
    """Loads the plug-ins that the machine's environment names, which a group's runs need.

    Raises:
        InputError: one is not there, or has other code.
    """
    plugins.load_named()
    for spec in group.specs:
        if lacking := {*spec.plugins} - {*plugins.of_run(spec.model_dump())}:
            raise InputError(
                f"{host} has no plug-in {min(lacking)}; name it there in EMBEXP_PLUGINS, and "
                "install the same on every node"
            )


def lost(group: Group, why: object) -> Results:
    """Results of a group whose worker was lost for good: an error for each run."""
    results = [RunResult(spec) for spec in group.specs]
    for result in results:
        result.fail(RuntimeError(" ".join(str(why).split())[:500]))
    return results
