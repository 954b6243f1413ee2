"""Specs into rows: what is missing is planned, trained in groups, and recorded; a run
that was cut off goes on where it stopped.
"""

import subprocess
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from embexp import records
from embexp.devices import prepare
from embexp.errors import InputError
from embexp.spec import Spec
from embexp.sweep.group import Outcome, run_group
from embexp.sweep.kept import Trained, model_path, save, trained
from embexp.sweep.plan import Group, estimate_seconds, groups_of
from embexp.sweep.task import Task, task_of

__all__ = ["Trained", "estimate_seconds", "groups_of", "missing", "run", "task_of", "trained"]

NAMED = ("corpus", "vectors", "polarity")
"""Fields that name the same data whatever the others are."""
MADE_FROM = (*NAMED, "lexicon", "similarity", "relations", "text", "label", "header", "head")
"""Fields that say which data a cell is made from."""
LIBRARIES = ("jax", "flax", "optax", "numpy", "scipy", "gensim")


def run(
    specs: Spec | Iterable[Spec],
    *,
    results: str | Path,
    keep_models: bool = False,
    progress: Callable[[Group, int], None] = lambda group, step: None,
) -> list[dict[str, Any]]:
    """Runs the cells that are missing in a folder of results, and gives the rows of all
    its finished cells.

    Args:
        specs: the cells, see `embexp.grid`; or one.
        results: the folder of `rows.jsonl` and `cells.jsonl`; made if it is not there.
            Test logits are kept beside them.
        keep_models: whether the trained parameters are kept too, for `embexp.trained`;
            a finished cell without them is run again.
        progress: called with the group that is running and the step it has come to.

    Raises:
        InputError: a mistake in the specs, the data or the folder, before anything is
            trained.
    """
    specs = [specs] if isinstance(specs, Spec) else list(specs)
    if not specs:
        raise InputError("there are no cells to run")
    folder = Path(results)
    with records.lock(folder):
        code()  # before anything runs: what is loaded now is what will have run, whatever is committed meanwhile
        for group in groups_of(missing(specs, folder, keep_models=keep_models)):
            start = time.perf_counter()
            outcomes = attempt(group, keep_models, lambda step, group=group: progress(group, step))
            record(folder, group.task, outcomes, (time.perf_counter() - start) / len(outcomes))
    return records.read_rows(folder)


def missing(specs: Iterable[Spec], folder: Path, *, keep_models: bool = False) -> list[Spec]:
    """The specs, each once, that have no finished cell, or no model of it where that is to be kept.

    Raises:
        InputError: a finished cell was made from other data than lies there now.
    """
    cells = records.read_cells(folder) if folder.is_dir() else {}
    done = {digest: cell for digest, cell in cells.items() if cell["error"] is None}
    distinct = {spec.digest: spec for spec in specs}
    check_same_data(distinct.values(), done.values(), folder)
    return [
        spec
        for digest, spec in distinct.items()
        if digest not in done or (keep_models and not model_path(folder, spec).is_file())
    ]


def check_same_data(
    specs: Iterable[Spec], cells: Collection[Mapping[str, Any]], folder: Path
) -> None:
    """Refuses specs that name data of which finished cells were made when there was
    something else under that name.
    """
    distinct = (
        {tuple(getattr(spec, name) for name in MADE_FROM): spec for spec in specs} if cells else {}
    )
    for spec in distinct.values():
        own = spec.model_dump(mode="json")
        for name, checksum in task_of(spec).checksums.items():
            fields = (
                {name} if name in NAMED else {name, "corpus"}
            )  # `world` as a lexicon is another one for another corpus
            alike = (
                cell["data"]
                for cell in cells
                if all(cell["spec"].get(field) == own[field] for field in fields)
            )
            if any(data.get(name, checksum) != checksum for data in alike):
                raise InputError(
                    f"{folder} holds cells made from another {name} than {own[name]!r} is now; give another folder"
                )


def attempt(group: Group, keep_models: bool, on_step: Callable[[int], None]) -> list[Outcome]:
    """The outcomes of a group; what breaks the whole group is recorded for each of its
    cells, and the sweep goes on.
    """
    try:
        return run_group(
            group.task, group.specs, size=group.size, keep_models=keep_models, on_step=on_step
        )
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - recorded in every row's cell and shown as a hole in the table
        return [Outcome(spec, error=f"{type(error).__name__}: {error}") for spec in group.specs]


def record(folder: Path, task: Task, outcomes: Sequence[Outcome], seconds: float) -> None:
    """Appends each cell's rows and its closing line; test logits go to
    `logits/DIGEST.npy` first, and kept models.
    """
    made_with = {
        "data": task.checksums,
        "code": code(),
        "versions": {name: version(name) for name in LIBRARIES},
        "device": device(),
    }
    for outcome in outcomes:
        digest = outcome.spec.digest
        if outcome.logits is not None:
            path = folder / "logits" / f"{digest}.npy"
            path.parent.mkdir(exist_ok=True)
            np.save(path, outcome.logits.astype(np.float32), allow_pickle=False)
        if outcome.params is not None and outcome.error is None:
            save(model_path(folder, outcome.spec), outcome.params)
        run = records.digest({"digest": digest, **made_with})
        values = [] if outcome.error else outcome.values
        rows = [
            records.Row(digest, run, step, split, name, *value)
            for step, split, name, value in values
        ]
        spec, ended = (
            outcome.spec.model_dump(mode="json"),
            datetime.now(UTC).isoformat(timespec="seconds"),
        )
        cell = records.Cell(
            digest,
            run,
            spec,
            **made_with,
            seconds=round(seconds, 3),
            time=ended,
            error=outcome.error,
        )
        records.append(folder, rows, cell)


@cache
def code() -> dict[str, str]:
    """The version of this package, and the commit of the checkout that it runs from,
    marked `+` where that has been changed.
    """
    here = Path(__file__).parent.parent

    def git(*words: str) -> str:
        return subprocess.run(
            ["git", "-C", str(here), *words], capture_output=True, text=True, check=True
        ).stdout.strip()

    try:
        git(
            "ls-files", "--error-unmatch", "--", str(here / "__init__.py")
        )  # else it is installed inside another project's checkout
        commit = git("rev-parse", "--short=12", "HEAD") + (
            "+" if git("status", "--porcelain", "--", str(here)) else ""
        )
    except (OSError, subprocess.CalledProcessError):
        commit = "unknown"
    return {"version": version("embexp"), "commit": commit}


def device() -> str:
    """What the cells ran on."""
    devices = prepare()
    return f"{len(devices)} × {devices[0].device_kind}"
