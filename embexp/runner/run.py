"""Runs what a folder of results does not have yet, and records it."""

import secrets
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from embexp import records, storage
from embexp.errors import InputError
from embexp.runner import executors
from embexp.runner.checkpoints import save
from embexp.runner.executors import Executor, Work
from embexp.runner.loop import OnStep
from embexp.runner.paired import phases
from embexp.runner.plan import Plan, make_plan
from embexp.runner.result import RunResult
from embexp.runner.unfinished import Unfinished, clear
from embexp.runner.versions import code, versions
from embexp.spec import Spec
from embexp.tasks import Task, Tasks


def run(
    specs: Spec | Iterable[Spec],
    *,
    results: str | Path,
    save_models: bool = False,
    executor: str | Executor = "local",
    tasks: Tasks | None = None,
    on_plan: Callable[[Plan], None] = lambda plan: None,
    on_step: OnStep = lambda group, step: None,
) -> list[dict[str, Any]]:
    """Trains the runs that a folder of results lacks; returns the rows of all that it has.

    A sweep that was cut off goes on where it stopped, a long training at its last state
    (one a minute at most).

    Args:
        specs: the runs, see `embexp.grid`; or one.
        results: the folder, made if it is not there. Test logits and
            scores of single items are kept beside the rows.
        save_models: whether trained parameters are kept too, for `embexp.trained`; a
            finished run without them is run again.
        executor: where runs are trained: a name in `EXECUTORS`, or what
            `embexp.runner.executor` gives for a name and options. Rows are the same.
        tasks: data that earlier calls made ready, which are not read again; give the same
            dictionary to several calls.
        on_plan: called with what is to be done, before it is done.
        on_step: called with a group and the evaluation step that it has passed.

    Raises:
        InputError: a mistake in the specs, the data or the folder, before any training.
    """
    specs = [specs] if isinstance(specs, Spec) else list(specs)
    if not specs:
        raise InputError("there are no runs to make")
    train = executors.executor(executor) if isinstance(executor, str) else executor
    folder = Path(results)
    with storage.lock(folder):
        own = code() | versions()  # before anything runs: what is loaded now will have run
        plan = make_plan(specs, folder, save_models=save_models, tasks=tasks)
        on_plan(plan)
        work = Work(save_models, Unfinished(folder.absolute(), own))
        for groups in phases(plan.groups, folder):
            with closing(train(groups, work, on_step)) as made:
                for group, ended in made:
                    for result in ended:
                        record(folder, group.task, result)
                    clear(folder, [spec.digest for spec in group.specs])
    return records.read_rows(folder) if plan.groups else [*plan.rows]


def record(folder: Path, task: Task, result: RunResult) -> None:
    """Appends a run's rows and its line, after its logits, its scores and its model."""
    spec, digest, run, files = result.spec, result.digest, secrets.token_hex(8), []
    if result.error is None and result.logits is not None:
        files.append(f"logits/{digest}.npy")
        storage.replace(
            folder / files[-1],
            lambda file: np.save(file, np.float32(result.logits), allow_pickle=False),
        )
    if result.error is None and result.scores:
        files.append(records.write_scores(folder, digest, result.scores))
    if result.error is None and result.followed is not None:
        files.append(records.write_word_paths(folder, digest, result.followed))
    if result.error is None and result.params is not None:
        files.append(save(folder, task, spec, result.params))
    values = [] if result.error else result.values
    rows = [
        records.Row(digest, run, step, split, name, *value) for step, split, name, value in values
    ]
    line = records.Run(
        digest=digest,
        run=run,
        spec=spec.model_dump(mode="json"),
        hashed=sorted(spec.hashed),
        arm=spec.arm,
        control=spec.control,
        data=task.checksums,
        code=code(),
        versions=versions(),
        device=result.device,
        seconds=round(result.seconds, 3),
        time=datetime.now(UTC).isoformat(timespec="seconds"),
        error=result.error,
    )
    records.append(folder, rows, line, files)
