"""A small sweep of a synthetic world, trained or with a stubbed trainer, and what it leaves."""

import json
from collections.abc import Callable, Generator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

EXPERIMENT = '''"""Does it survive?"""
from embexp import grid


def specs(seeds=3):
    return grid(
        corpus="world:words=60,topics=2,texts=80,length=6",
        regime=["random", "random-labels"],
        encoder="mean",
        vectors=None,
        dim=6,
        seed=range(seeds),
        epochs=2,
        batch_size=8,
        buckets=2,
        lexicon=None,
        tracked_pairs=(),
    )
'''
STEPS, TEXTS = (0, 8, 16), 8
"""Of evaluation, and how many texts are tested: a tenth of the 80."""


def written(folder: Path) -> Path:
    """The file of the experiment, in a folder."""
    path = folder / "small.py"
    path.write_text(EXPERIMENT, encoding="utf-8")
    return path


def command(*words: str) -> Callable[[], None]:
    """A command of embexp as an action."""

    def act() -> None:
        from embexp import cli

        try:
            cli.main(words)
        except SystemExit as done:
            if done.code:
                raise

    return act


def stub() -> None:
    """Replaces the trainer by one that makes up values at once; tasks are prepared once."""
    from embexp.runner import EXECUTORS, plan
    from embexp.tasks import task_key, task_of

    tasks: dict[Any, Any] = {}

    def remembered(spec: Any, others: Any) -> Any:
        others[task_key(spec)] = task_of(spec, tasks)
        return tasks[task_key(spec)]

    plan.task_of = remembered
    EXECUTORS["local"] = _made_up
    plan.LARGEST = 2


def _made_up(groups: Any, work: Any, on_step: Any) -> Generator[Any, None, None]:  # noqa: ARG001 - an executor's
    for group in groups:
        yield group, [_result(spec) for spec in group.specs]


@cache
def _result(spec: Any) -> Any:
    from embexp.measures import Value
    from embexp.runner import RunResult

    draw = np.random.default_rng(int(spec.digest, 16))
    result = RunResult(spec)
    for step in STEPS:
        for split, name in (("validation", "nll"), ("validation", "accuracy"), ("words", "norm")):
            value = Value(float(draw.random()), 0.1, 0.9, TEXTS, TEXTS, 0.5, "all")
            result.values.append((step, split, name, value))
    result.values.append((8, "test", "accuracy", Value(0.75, 0.5, 0.9, TEXTS, TEXTS, 0.5, "all")))
    result.selected, result.device = 8, "cpu"
    result.logits = draw.normal(size=(TEXTS, 2)).astype(np.float32)
    result.scores = {
        "accuracy": draw.random(TEXTS) < 0.7,
        "simlex999": np.float16(draw.normal(size=9)),
    }
    result.params = {"head": {"kernel": draw.normal(size=(6, 2)).astype(np.float32)}}
    return result


def left(folder: Path) -> dict[str, Any]:
    """What a folder of results shows: rows by run without ids of attempts, and files' bytes."""
    from embexp import records

    if not folder.is_dir():
        return {}
    rows, runs, _ = records.read(folder)
    found: dict[str, Any] = {digest: [] for digest, run in runs.items() if run["error"] is None}
    for row in rows:
        found[row["digest"]].append(
            json.dumps({key: value for key, value in row.items() if key != "run"}, sort_keys=True)
        )
    for digest, lines in found.items():
        files = [folder / name for name in sorted(runs[digest]["files"])]
        found[digest] = sorted(lines), [file.read_bytes() for file in files]
    return found
