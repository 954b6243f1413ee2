"""Groups as an array of Slurm jobs, each of which works in a folder that it shares."""

import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import submitit  # pyright: ignore[reportMissingImports]
from submitit.core.utils import (  # pyright: ignore[reportMissingImports]
    FailedJobError,
    FailedSubmissionError,
    UncompletedJobError,
)
from submitit.helpers import DelayedSubmission  # pyright: ignore[reportMissingImports]

from embexp import scratch
from embexp.errors import InputError
from embexp.runner import remote
from embexp.runner.estimates import run_bytes
from embexp.runner.executors import Made, Results, Work
from embexp.runner.group import Group
from embexp.runner.loop import OnStep
from embexp.runner.plan import LARGEST
from embexp.storage import refusing

FOLDER = ".jobs"
"""Where jobs write in a folder of results: what they are given, give back, and print."""
TICK = 2.0
"""Seconds between two looks at the jobs."""
MEMORY = 16 << 30
"""Bytes that a job asks for at most, but for one run that takes more."""


class Jobs(NamedTuple):
    """What each job asks for; without a partition it is the cluster's default."""

    partition: str | None
    cores: int
    minutes: int
    cluster: str


class Training:
    """Trains a group in a job; a job that Slurm stops and queues anew goes on from its state."""

    def __call__(self, work: Work, group: Group, cores: int, steps: Path) -> Results:
        """The results of the group; its steps go to a file."""

        def tell(step: int) -> None:
            with suppress(OSError):  # it is shown, and no more
                steps.write_text(str(step), encoding="ascii")

        return remote.train(work, group, cores, tell, shared=True)

    def checkpoint(self, *given: Any) -> DelayedSubmission:
        """What submitit queues when a job is preempted or its time is over."""
        return DelayedSubmission(self, *given)


def train(groups: Iterable[Group], work: Work, on_step: OnStep, jobs: Jobs) -> Made:
    """Trains groups as jobs of one array, cut to the cores that a job asks for.

    The folder of results must be one that the nodes share. Jobs write to folders below its
    `.jobs`, from which this process reads and records what they give.

    Raises:
        InputError: this machine submits no jobs, or Slurm refuses them.
    """
    if jobs.cores < 1 or jobs.minutes < 1:
        raise InputError(
            f"a job of {jobs.cores} cores and {jobs.minutes} minutes trains nothing; give 1 or more"
        )
    if not (parts := [part for group in groups for part in cut(group, jobs.cores)]):
        return
    results = work.kept.results or Path.cwd()
    folder = results / FOLDER
    with refusing(results):
        folder.mkdir(exist_ok=True)
    with cancelling() as waiting:
        waiting.update(zip(submit(parts, work, folder, jobs), parts, strict=True))
        yield from collected(waiting, folder, on_step)
    shutil.rmtree(folder, ignore_errors=True)


def cut(group: Group, cores: int) -> Iterable[Group]:
    """Parts of a group that keep all cores of a job busy, within the memory of one."""
    size = cores * max(1, LARGEST // cores)
    most = max(1, (MEMORY - remote.BASE) // run_bytes(group))
    return remote.cut(group, min(size, most))


def submit(parts: list[Group], work: Work, folder: Path, jobs: Jobs) -> list[Any]:
    """Submits the groups as one array.

    Raises:
        InputError: this machine submits no jobs, or Slurm refuses them.
    """
    most = max(map(remote.needed, parts))
    try:
        executor = submitit.AutoExecutor(folder / "%j", cluster=jobs.cluster)
        executor.update_parameters(
            name="embexp",
            timeout_min=jobs.minutes,
            cpus_per_task=jobs.cores,
            mem_gb=-(-most // 2**30),
            slurm_partition=jobs.partition,
        )
        told = [steps(part, folder) for part in parts]
        with remote.forking():
            each = [work] * len(parts), parts, [jobs.cores] * len(parts), told
            return executor.map_array(Training(), *each)
    except (RuntimeError, ValueError, FailedSubmissionError, FailedJobError) as error:
        raise InputError(
            f"the jobs cannot be submitted: {' '.join(str(error).split())}; run the command where "
            "sbatch is, and see --partition"
        ) from error


def steps(group: Group, folder: Path) -> Path:
    """The file that tells the steps of a group."""
    return folder / f"{group.specs[0].digest}.step"


def collected(waiting: dict[Any, Group], folder: Path, on_step: OnStep) -> Made:
    """Each group with its results, as its job ends; it then waits no more."""
    while waiting:
        for job, group in [*waiting.items()]:
            if job.done():
                del waiting[job]
                on_step(group, group.schedule.steps)
                yield group, got(job, group)
                continue
            with suppress(OSError, ValueError):  # it is not there yet, or is being written
                on_step(group, int(steps(group, folder).read_text(encoding="ascii")))
        if waiting:
            time.sleep(TICK)


def got(job: Any, group: Group) -> Results:
    """What a job gives; an error of each run where it gives nothing."""
    try:
        with remote.forking():
            return job.results()[0]
    except (UncompletedJobError, FailedJobError) as error:
        if "InputError: " in str(error):
            sentence = str(error).rpartition("InputError: ")[2].strip()
            raise InputError(sentence) from error
        return remote.lost(group, f"its job {job.job_id} failed: {str(error).strip()[-300:]}")


@contextmanager
def cancelling() -> Iterator[dict[Any, Group]]:
    """Cancels the jobs that still wait where a sweep ends early, also by a signal."""
    waiting: dict[Any, Group] = {}

    def cancel() -> None:
        for job in waiting:
            with suppress(OSError):  # there is no scancel any more
                job.cancel(check=False)

    with scratch.called(cancel):
        try:
            yield waiting
        finally:
            cancel()
