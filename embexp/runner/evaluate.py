"""The runs of a group at an evaluation step, given to every evaluator."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from itertools import islice
from typing import Any

import numpy as np
from jaxtyping import Float, Int
from threadpoolctl import ThreadpoolController

from embexp.devices import cores
from embexp.evaluation import Context
from embexp.evaluation.word_paths import follow, word_paths
from embexp.measures import MeasuredTable, Value, table_scores
from embexp.measures.solved import Solved
from embexp.measures.task import share
from embexp.records.losses import LOSSES
from embexp.records.scores import SENTENCES, compact
from embexp.runner.group import Group, RunState
from embexp.runner.result import RunResult
from embexp.runner.training import Training
from embexp.tasks import EncodedSplit
from embexp.training.texts import UNKNOWN


def evaluate_step(training: Training, runs: Sequence[RunState]) -> None:
    """Adds the values of the validation split and of the table, now."""
    task, schedule = training.group.task, training.group.schedule
    split = "validation" if task.holdout else "train"
    logits = training.logits(task.validation)
    table_of = nothing
    if training.step in measured_steps(training.group):
        by_stratum = training.step in schedule.epoch_ends or may_stop(training.group)
        starts = [run.start for run in runs]
        table_of = training.tables(starts, by_stratum=by_stratum)

    def context(place: int, run: RunState) -> Context:
        scored = {split: (task.validation, logits[place], run.labels)}
        table = table_of(place)
        follow(run.result.path, training.step, table, first=run.result.spec.seed == 0)
        return Context(training.step, scored, table)

    _evaluate(training, runs, context)


def nothing(place: int) -> None:
    """No table to measure."""


def measured_steps(group: Group) -> Collection[int]:
    """The steps at which tables are measured: none of trials, fewer where a run may stop."""
    first = group.specs[0]
    schedule = group.schedule
    every = schedule.growing_steps if may_stop(group) else schedule.evaluation_steps
    return () if first.trial else every


def may_stop(group: Group) -> bool:
    """Whether the runs of a group may stop before their last step."""
    return group.specs[0].patience is not None


def evaluate_selected(training: Training, runs: Sequence[RunState], params: dict[str, Any]) -> None:
    """Adds the values of the selected parameters: of texts, the test split and the table."""
    if training.group.specs[0].trial:
        return
    evaluate_texts(training, runs, params)
    evaluate_test(training, runs, params)
    measured = measured_steps(training.group)
    starts, by_stratum = [run.start for run in runs], may_stop(training.group)
    table_of = training.tables(starts, by_stratum=by_stratum, params=params)

    def context(place: int, run: RunState) -> Context:
        table = table_of(place)
        keep_table_scores(run.result, table)
        keep_path(run, table)
        return Context(
            run.result.selected, table=None if run.result.selected in measured else table
        )

    _evaluate(training, runs, context, every=True)


def keep_table_scores(result: RunResult, table: MeasuredTable | None) -> None:
    """Keeps the scores of single pairs of words."""
    for name, scores in table_scores(table) if table is not None else ():
        result.scores[name] = scores.astype(np.float16)


def keep_path(run: RunState, table: MeasuredTable | None) -> None:
    """Keeps the path of the words that are followed, the selected step among its steps."""
    result = run.result
    follow(result.path, result.selected, table, first=True)
    if result.path:
        result.followed = word_paths(run.start.words, result.path, result.selected)


def keep_test_scores(
    result: RunResult,
    logits: Float[np.ndarray, "items *more classes"],
    test: EncodedSplit,
    solved: Solved,
    *,
    per_token: bool,
) -> None:
    """Keeps the scores of single texts, or of tokens with the lengths of their sentences."""
    for name, scores in solved.scores(logits, test.labels):
        result.scores[name] = compact(scores, losses=name in LOSSES)
    if per_token:
        result.scores[SENTENCES] = np.diff(test.ids.offsets).astype(np.uint32)


def evaluate_texts(training: Training, runs: Sequence[RunState], params: dict[str, Any]) -> None:
    """Adds the values of validation texts' representations, at the step selected so far."""
    if training.group.specs[0].trial or not len(training.group.evaluators.texts.texts):
        return
    states = training.representations(training.group.task.validation, params)

    def context(place: int, run: RunState) -> Context:
        return Context(run.result.selected, states=states[place])

    _evaluate(training, runs, context, every=True)


def evaluate_test(training: Training, runs: Sequence[RunState], params: dict[str, Any]) -> None:
    """Adds the values of the test split at the selected step, and what the vectors cover."""
    test = training.group.task.test
    logits = training.logits(test, params)
    of = training.group.evaluators.task

    def context(place: int, run: RunState) -> Context:
        run.result.logits = logits[place]
        keep_test_scores(run.result, logits[place], test, of.solved, per_token=of.per_token)
        return Context(run.result.selected, {"test": (test, logits[place], test.labels)})

    _evaluate(training, runs, context, every=True)
    for run in runs:
        known = known_tokens(test.ids.flat, training.group, run)
        run.result.values.append((run.result.selected, "test", "coverage_test", known))
    for result, covered in ((run.result, run.coverage) for run in runs if run.coverage):
        types = share(covered.types, covered.types_total)
        tokens = share(covered.tokens, covered.tokens_total)
        for name, value in (("coverage_types", types), ("coverage_tokens", tokens)):
            result.values.append((result.selected, "train", name, value))


def known_tokens(ids: Int[np.ndarray, "tokens"], group: Group, run: RunState) -> Value:
    """The share of tokens that a run reads by a vector of their own, not as `<unk>`."""
    most = len(group.task.vocabulary) + (len(group.task.others) if bool(run.others.known) else 0)
    return share(int(((ids != UNKNOWN) & (ids < most)).sum()), len(ids))


def _evaluate(
    training: Training,
    runs: Sequence[RunState],
    context: Callable[[int, RunState], Context],
    *,
    every: bool = False,
) -> None:
    """Adds each run's values, with a thread for each run that still trains.

    BLAS's own threads would only contend with these; the loss of a trial needs none.

    Args:
        every: also those of runs that have stopped.
    """

    def one(place: int) -> None:
        result = runs[place].result
        with result.recording():
            at = context(place, runs[place])
            for _, logits, _ in at.scored.values():
                result.check_finite(at.step, logits)
            for evaluator in training.group.evaluators:
                values = evaluator.evaluate(at)
                if result.spec.trial:  # what comes after the loss is not computed
                    values = islice((each for each in values if each[1] in LOSSES), 1)
                result.values += ((at.step, *each) for each in values)

    alive = [
        place
        for place, run in enumerate(runs)
        if not run.result.ended or (every and run.result.error is None)
    ]
    threads = 1 if training.group.specs[0].trial else cores()
    with blas().limit(limits=1), ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, alive))


@cache
def blas() -> ThreadpoolController:
    """The libraries that would take threads of their own; to find them takes milliseconds."""
    return ThreadpoolController()
