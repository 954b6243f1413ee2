"""The baselines of a comparison, recorded as runs beside those of its arms."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from math import nan
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from embexp import records, storage
from embexp.baselines import BASELINES
from embexp.devices import describe
from embexp.evaluation.table import TableEvaluator
from embexp.measures import SOLVED, Value
from embexp.measures.class_weights import weighted
from embexp.measures.polarity_bounds import counted_polarity, polarity_ceiling
from embexp.measures.sentiment import POLARITY
from embexp.models import HEADS
from embexp.report.arms import BASELINE
from embexp.runner.baseline_texts import read
from embexp.runner.evaluate import keep_test_scores
from embexp.runner.result import RunResult
from embexp.runner.run import record
from embexp.spec import ROLES, Spec
from embexp.tasks import Task, Tasks, folds_of, task_of

ENCODER = "linear"
"""What stands as the encoder of a baseline."""
WORDS = "words"
"""What a baseline of polarity reads, and the split of its value."""


@dataclass(frozen=True)
class BaselineSpec:
    """A baseline on the data of an arm.

    Args:
        name: in `BASELINES` or `POLARITY_BASELINES`.
        arm: a run on the same data.
    """

    name: str
    of: Spec

    @property
    def reads(self) -> str:
        """What it reads of the data: tokens, mean vectors, or words and their log-odds."""
        return WORDS if self.name in POLARITY_BASELINES else BASELINES[self.name].reads

    @property
    def fields(self) -> dict[str, Any]:
        """What it depends on: the data, and vectors and log-odds where it reads them.

        Weights of classes are among them where there are some, as in its loss.
        """
        roles = ("data", "evaluation") if self.reads == WORDS else ("data",)
        data = {name: value for name, value in self.of.hashed.items() if ROLES.get(name) in roles}
        data["vectors"] = None if self.reads == "tokens" else self.of.vectors
        if self.reads != WORDS and self.of.class_weight != "none":
            data["class_weight"] = self.of.class_weight
        own = {"regime": BASELINE + self.name, "encoder": ENCODER, "seed": self.of.draw}
        return {**data, **own}

    hashed = fields
    control = False

    @property
    def digest(self) -> str:
        """The name of this run in the results."""
        return records.digest(self.fields)

    @property
    def arm(self) -> str:
        """What tables call it."""
        vectors = self.fields["vectors"]
        return BASELINE + self.name + (f" · {Path(vectors).name}" if vectors else "")

    def model_dump(self, mode: str = "json") -> dict[str, Any]:  # noqa: ARG002 - as of a `Spec`
        """The fields as JSON values."""
        return self.fields


def baselines_of(specs: Iterable[Spec]) -> list[BaselineSpec]:
    """The baselines of all data sets of some runs, each once; those of texts with a label each.

    They choose their settings as the arms do, on validation texts or by cross-validation, and
    have none where arms choose nothing.
    """
    every = (
        BaselineSpec(name, spec) for spec in specs for name in (*BASELINES, *POLARITY_BASELINES)
    )
    found: dict[str, BaselineSpec] = {}
    for baseline in every:
        if is_there(baseline):
            found.setdefault(baseline.digest, baseline)
    return list(found.values())


def is_there(baseline: BaselineSpec) -> bool:
    """Whether a baseline has what it reads, and texts to choose its settings on."""
    spec, chooses = baseline.of, baseline.of.holdout == "validation"
    head = HEADS[spec.head]
    if head.per_token or head.uses_extra:
        return False
    if baseline.reads == WORDS:
        return chooses and head.labelling == "classes"
    if BASELINES[baseline.name].labelling != head.labelling:
        return False
    chooses |= spec.last_step is not None  # by cross-validation
    return chooses and (spec.vectors is not None or baseline.reads == "tokens")


def run_baselines(
    specs: Iterable[Spec],
    *,
    results: str | Path,
    tasks: Tasks | None = None,
    only: Collection[str] | None = None,
) -> None:
    """Fits the baselines of some runs' data that a folder of results lacks.

    Args:
        tasks: see `run`.
        only: the digests of those that are wanted; all if not given.
    """
    folder, tasks = Path(results), {} if tasks is None else tasks
    with storage.lock(folder):
        done = {digest for digest, run in records.read_runs(folder).items() if not run["error"]}
        for baseline in baselines_of(specs):
            wanted = only is None or baseline.digest in only
            if wanted and baseline.digest not in done:
                result = fitted(baseline, task := task_of(baseline.of, tasks))
                if result.values or result.error:
                    record(folder, task, result)


def fitted(baseline: BaselineSpec, task: Task) -> RunResult:
    """The result of one baseline; without values where the task has nothing for it."""
    begin, result = perf_counter(), RunResult(baseline)
    with result.recording():
        if baseline.reads != WORDS:
            classify(baseline, task, result)
        elif (value := POLARITY_BASELINES[baseline.name].value(task, baseline.of)) is not None:
            result.values.append((0, WORDS, POLARITY.name, value))
    result.device, result.seconds = describe(), perf_counter() - begin
    return result


def classify(baseline: BaselineSpec, task: Task, result: RunResult) -> None:
    """Fits a baseline to the training texts, and adds its values and scores.

    Where nothing is held out its validation loss is that of the folds that the arms have, too.
    The weights of classes are the arms'.
    """
    kind, classes, spec = BASELINES[baseline.name], task.classes, baseline.of
    texts = read(task, spec, means=kind.reads == "means")
    solved = SOLVED[kind.labelling]
    if (weights := task.class_weights(spec)) is not None:
        solved = weighted(solved, weights)
    train, scored = texts(task.train), {"test": texts(task.test)}
    if task.holdout:
        scored = {"validation": texts(task.validation), **scored}
        found = kind.fit(train, scored["validation"], len(classes), spec.class_weight)
    else:
        folds = folds_of(train.labels, spec.draw)
        found = kind.cross_validated(train, folds, len(classes), spec.class_weight)
        value = Value(found.loss, nan, nan, len(train), len(train), None)
        result.values.append((0, "validation", solved.loss, value))
    logits = {name: found.score(given).astype(np.float32) for name, given in scored.items()}
    for name, given in scored.items():
        measures = solved.measures(logits[name], given.labels, classes)
        result.values += [(0, name, measure, value) for measure, value in measures]
    result.logits = logits["test"]
    keep_test_scores(result, logits["test"], task.test, solved, per_token=False)


def counts(task: Task, spec: Spec) -> Value | None:
    """The polarity that counts of the training labels give, where there are two classes."""
    if task.documents is None or len(task.classes) != 2:
        return None
    return counted_polarity(TableEvaluator(task, spec).words, *task.train.ids, task.train.labels)


def ceiling(task: Task, spec: Spec) -> Value | None:
    """The greatest polarity that the held-out documents allow, where there are some."""
    if task.documents is None:
        return None
    ids, labels = task.documents
    return polarity_ceiling(TableEvaluator(task, spec).words, *ids, labels)


class PolarityBaseline(NamedTuple):
    """What it is, in one line, and its polarity; None where there is none."""

    summary: str
    value: Callable[[Task, Spec], Value | None]


POLARITY_BASELINES = {
    "training-counts": PolarityBaseline("log-odds of words in the training texts alone", counts),
    "polarity-ceiling": PolarityBaseline("the most that the held-out texts allow", ceiling),
}
"""What stands beside every polarity: nothing learnt, and all that could be."""
