"""The training loop: train to the next evaluation step, evaluate, keep the best, stop.

The test split is scored after the last step, with the parameters that validation selected;
training never sees it.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from embexp.devices import describe, put_together
from embexp.errors import InputError
from embexp.records.losses import LOSSES
from embexp.regimes import REGIMES
from embexp.runner import programs, unfinished
from embexp.runner.evaluate import evaluate_selected, evaluate_step, evaluate_texts
from embexp.runner.group import Group, RunState, init
from embexp.runner.result import RunResult
from embexp.runner.training import Training
from embexp.runner.unfinished import NOWHERE, Unfinished
from embexp.training import program
from embexp.training.runs import on_mesh
from embexp.vectors.checkpoint import Checkpoint

OnStep = Callable[[Group, int], None]
"""Told of a group and each evaluation step that it has passed."""


def run_group(
    group: Group,
    save_models: bool = False,
    on_step: OnStep = lambda group, step: None,
    kept: Unfinished = NOWHERE,
) -> list[RunResult]:
    """Trains and evaluates the runs of a group, from where a stopped training was kept.

    A run that cannot start, or that diverges, ends with its error, and the others go on;
    what breaks the whole group is recorded for each of its runs.
    """
    begin = time.perf_counter()
    programs.make_room()
    results = [RunResult(spec) for spec in group.specs]
    try:
        if runs := [run for result in results for run in started(group, result)]:
            training = Training(group, runs)
            runs = [run._replace(params=None) for run in runs]  # a large table is many GiB
            best = train(training, runs, on_step, kept.of(training, runs))
            for place, run in enumerate(runs if save_models else ()):
                run.result.params = jax.tree.map(lambda leaf, at=place: np.asarray(leaf[at]), best)
    except InputError:
        raise
    except Exception as error:  # noqa: BLE001 - recorded, and shown as a hole in the table
        for result in results:
            result.fail(error)
    for result in results:
        result.device, result.seconds = describe(), (time.perf_counter() - begin) / len(results)
    return results


def started(group: Group, result: RunResult) -> Iterator[RunState]:
    """A run before its first step, or nothing where that fails."""
    with result.recording(), put_together(group.shards):
        yield init(group, result)


def train(
    training: Training, runs: Sequence[RunState], on_step: OnStep, checkpoint: Checkpoint
) -> dict[str, Any]:
    """Trains all runs to their last step; returns the parameters that were selected."""
    group = training.group
    steps = evaluated_steps(group)
    if (best := unfinished.resume(checkpoint, training, runs)) is not None:
        steps = [step for step in steps if step > training.step]
        training.unfreeze([run.result.unfrozen for run in runs])
    else:
        best = jax.tree.map(jnp.copy, training.params)
        evaluate_texts(training, runs, best)
    for step in steps:
        ended = [place for place, run in enumerate(runs) if run.result.ended]
        if len(ended) == len(runs):
            break
        training.advance(step, ended)
        evaluate_step(training, runs)
        better = np.zeros(training.size, bool)
        better[: len(runs)] = [update_best(group, run.result, step) for run in runs]
        best = program.keep_best(on_mesh(training.mesh, better), best, training.params)
        for run in runs:
            stop(group, run.result, step)
        training.unfreeze([run.result.unfrozen for run in runs])
        unfinished.keep(checkpoint, training, runs, best)
        on_step(group, step)
    if training.step < group.schedule.steps:
        on_step(group, group.schedule.steps)  # the others are not needed
    evaluate_selected(training, runs, best)
    return best


def evaluated_steps(group: Group) -> list[int]:
    """The steps at which a group is evaluated; those at which a run stops are among them."""
    schedule = group.schedule
    lasts = {min(spec.last_step or 0, schedule.steps) for spec in group.specs}
    return sorted({*schedule.evaluation_steps, *lasts})


def update_best(group: Group, result: RunResult, step: int) -> bool:
    """Selects this step where its validation loss is the least so far.

    One step is trained at least. Where nothing is held out the loss is one of training,
    and the later step is selected. A paired control takes its partner's step.
    """
    if result.ended or step == 0:
        return False
    if (pair := group.pairs.get(result.digest)) and step != pair.selected:
        return False
    split, loss = next(
        (split, value.value)
        for at, split, measure, value in reversed(result.values)
        if at == step and measure in LOSSES
    )
    if split == "validation" and loss >= result.selected_loss and not pair:
        return False
    result.selected, result.selected_loss = step, loss
    return True


def stop(group: Group, result: RunResult, step: int) -> None:
    """Ends a run at its last step, or where its patience is over.

    That is so many epochs after the step that is selected. A paired control ends with its
    partner. A table that waits for this begins to train instead, once.
    """
    schedule, patience = group.schedule, result.spec.patience
    each = schedule.steps // schedule.epochs
    if pair := group.pairs.get(result.digest):
        result.stopped = step >= pair.last
    elif result.spec.last_step is not None:
        result.stopped = step >= result.spec.last_step
    elif patience is not None and step in schedule.epoch_ends:
        over = step - max(result.selected, result.unfrozen or 0) >= patience * each
        if over and REGIMES[result.spec.regime].waits and result.unfrozen is None:
            result.unfrozen = step
        else:
            result.stopped |= over
