"""The baselines of a comparison, recorded as runs beside those of its arms."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from jaxtyping import Float

from embexp import records, storage
from embexp.baselines import BASELINES, LabelledTexts
from embexp.devices import describe
from embexp.measures.sentences import mean_vectors
from embexp.measures.task import task_measures
from embexp.models import HEADS
from embexp.report.arms import BASELINE
from embexp.runner.evaluate import keep_test_scores
from embexp.runner.group import others_of, start_of
from embexp.runner.result import RunResult
from embexp.runner.run import record
from embexp.spec import ROLES, Spec
from embexp.tasks import EncodedSplit, Task, prepare_task, task_key

ENCODER = "linear"
"""What stands as the encoder of a baseline."""
FROZEN = "frozen"
"""The regime whose optimum the baseline on mean vectors is, with the encoder `mean`."""


@dataclass(frozen=True)
class BaselineSpec:
    """A baseline on the data of an arm.

    Args:
        name: in `BASELINES`.
        arm: a run on the same data.
    """

    name: str
    of: Spec

    @property
    def fields(self) -> dict[str, Any]:
        """What it depends on: the data, and vectors where it reads them."""
        data = {name: value for name, value in self.of.hashed.items() if ROLES.get(name) == "data"}
        data["vectors"] = self.of.vectors if BASELINES[self.name].reads == "means" else None
        return {**data, "regime": BASELINE + self.name, "encoder": ENCODER, "seed": 0}

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
    """The baselines of all data sets of some runs, each once; those of texts with a class each."""
    found = {}
    for spec in specs:
        for name, each in BASELINES.items():
            baseline = BaselineSpec(name, spec)
            reads = spec.vectors is not None or each.reads == "tokens"
            if HEADS[spec.head].logits_shape(1, 9, 2) == (1, 2) and reads:
                found.setdefault(baseline.digest, baseline)
    return list(found.values())


def run_baselines(
    specs: Iterable[Spec],
    *,
    results: str | Path,
    on_baseline: Callable[[BaselineSpec], None] = lambda baseline: None,
) -> None:
    """Fits the baselines of some runs' data that a folder of results lacks.

    Args:
        on_baseline: called with each before it is fitted.
    """
    folder = Path(results)
    with storage.lock(folder):
        done = {digest for digest, run in records.read_runs(folder).items() if not run["error"]}
        tasks: dict[Hashable, Task] = {}
        for baseline in baselines_of(specs):
            if baseline.digest not in done:
                on_baseline(baseline)
                if (key := task_key(baseline.of)) not in tasks:
                    tasks[key] = prepare_task(baseline.of)
                record(folder, tasks[key], fitted(baseline, tasks[key]))


def fitted(baseline: BaselineSpec, task: Task) -> RunResult:
    """The result of one baseline."""
    begin, result = perf_counter(), RunResult(baseline)
    with result.recording():
        texts = read(task, baseline)
        scored = {"validation": texts(task.validation), "test": texts(task.test)}
        train, classes = texts(task.train), task.classes
        found = BASELINES[baseline.name].fit(train, scored["validation"], len(classes))
        logits = {name: found.score(given).astype(np.float32) for name, given in scored.items()}
        for name, given in scored.items():
            measures = task_measures(logits[name], given.labels, classes)
            result.values += [(0, name, measure, value) for measure, value in measures]
        result.logits = logits["test"]
        keep_test_scores(result, logits["test"], task.test, per_token=False)
    result.device, result.seconds = describe(), perf_counter() - begin
    return result


def read(task: Task, baseline: BaselineSpec) -> Callable[[EncodedSplit], LabelledTexts]:
    """Gives a split's texts as a baseline reads them: the words that the arms read."""
    words = np.array([*task.vocabulary.words, *task.others], object)
    table = frozen_table(task, baseline.of) if BASELINES[baseline.name].reads == "means" else None

    def texts(split: EncodedSplit) -> LabelledTexts:
        ids = split.ids
        tokens = [part.tolist() for part in np.split(words[ids.flat], ids.offsets[1:-1])]
        means = None if table is None else mean_vectors(*ids, table)
        return LabelledTexts(tokens, means, split.labels)

    return texts


def frozen_table(task: Task, spec: Spec) -> Float[np.ndarray, "ids dim"]:
    """The vector of each id in the frozen arm of seed 0, those of other words among them."""
    frozen = spec.model_copy(update={"regime": FROZEN, "seed": 0})
    table, _ = start_of(task, frozen)
    return np.concatenate([table, np.asarray(others_of(task, frozen).rows)])
