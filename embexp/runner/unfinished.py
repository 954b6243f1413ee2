"""The state of a group in training, from which the same sweep continues when it is repeated.

It lies in a hidden folder of the results until the group is recorded. It is bound to the
specs, the data, the code and the devices; one that does not match, or is damaged, does
not count, and the training starts anew. A continued training gives, bit for bit, the
numbers of one that was never stopped.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from embexp.devices import describe, put_together
from embexp.errors import InputError
from embexp.measures import Value
from embexp.runner.group import RunState
from embexp.runner.result import RunResult
from embexp.runner.training import Training
from embexp.vectors.checkpoint import Checkpoint, training_of

HIDDEN = ".unfinished"


class Unfinished(NamedTuple):
    """Where the states of groups are kept; without a folder of results they are not.

    Args:
        code: versions and checksums of all that computes.
    """

    results: Path | None = None
    code: Mapping[str, str] = {}

    def of(self, training: Training, runs: Sequence[RunState]) -> Checkpoint:
        """The checkpoint of a group of which these runs could start."""
        group, results = training.group, self.results
        if results is None or not results.is_dir():  # it may be on another machine
            return Checkpoint(None, {})
        specs = [spec.digest for spec in group.specs]
        identity = {
            "specs": specs,
            "size": group.size,
            "pairs": {digest: list(pair) for digest, pair in group.pairs.items()},
            "runs": [run.result.digest for run in runs],
            "devices": f"{training.mesh.size} of {describe()}",
            "data": group.task.checksums,
            "code": dict(self.code),
        }
        return Checkpoint(_place(results, specs[0]), identity)


NOWHERE = Unfinished()


class Begun(NamedTuple):
    """A group whose state is kept: the digests of its specs, and its size."""

    specs: tuple[str, ...]
    size: int


def begun(results: Path) -> list[Begun]:
    """The groups of a folder of results that were stopped in training."""
    kept = [training_of(folder) for folder in sorted(Path(results, HIDDEN).glob("*"))]
    return [Begun(tuple(each["specs"]), each["size"]) for each in kept if "specs" in each]


def clear(results: Path, specs: Iterable[str]) -> None:
    """Removes the state of a group, as it is recorded now."""
    for digest in specs:
        Checkpoint(_place(results, digest), {}).clear()
    with suppress(OSError):
        Path(results, HIDDEN).rmdir()


def _place(results: Path, digest: str) -> Path:
    """Where the state of the group is kept whose first spec has this digest."""
    return Path(results, HIDDEN, digest)


def keep(
    checkpoint: Checkpoint, training: Training, runs: Sequence[RunState], best: dict[str, Any]
) -> None:
    """Saves all that the rest of a training depends on, if it is time to."""
    if not checkpoint.due:
        return
    leaves = jax.tree.leaves((training.state, best))
    results = json.dumps([_plain(run.result) for run in runs], default=lambda each: each.item())
    arrays = {str(place): leaf for place, leaf in enumerate(leaves)}
    for place, run in enumerate(runs):
        arrays |= {f"path {place} {step}": rows for step, rows in run.result.path.items()}
    arrays["results"] = np.frombuffer(results.encode(), np.uint8)
    with suppress(InputError):  # results may find room where a state does not
        checkpoint.save(training.step, arrays)


def resume(
    checkpoint: Checkpoint, training: Training, runs: Sequence[RunState]
) -> dict[str, Any] | None:
    """Puts a training and its results where the state was saved.

    Returns the best parameters so far, or None where the training starts anew.
    """
    try:
        step, saved = checkpoint.load()
    except InputError:
        return None
    if not saved:
        return None
    results = json.loads(saved.pop("results").tobytes())
    for name in [name for name in saved if name.startswith("path ")]:
        _, place, at = name.split()
        runs[int(place)].result.path[int(at)] = saved.pop(name)
    tree = jax.tree.structure((training.state, training.params))
    for leaf in jax.tree.leaves(training.state):
        leaf.delete()  # a large table would be held three times
    places = map(str, range(tree.num_leaves))
    with put_together(training.group.shards):
        leaves = [training.placed(jnp.array(saved.pop(place))) for place in places]
    training.state, best = tree.unflatten(leaves)
    training.step = step
    for run, plain in zip(runs, results, strict=True):
        _restore(run.result, plain)
    return best


def _plain(result: RunResult) -> dict[str, Any]:
    """What a run has come to so far, in JSON's types."""
    names = ("values", "selected", "selected_loss", "stopped", "unfrozen", "error")
    return {name: getattr(result, name) for name in names}


def _restore(result: RunResult, plain: Mapping[str, Any]) -> None:
    """Gives a run what it had come to."""
    result.values = [(*place, Value(*value)) for *place, value in plain["values"]]
    result.selected, result.selected_loss = plain["selected"], plain["selected_loss"]
    result.stopped, result.error = plain["stopped"], plain["error"]
    result.unfrozen = plain["unfrozen"]
