"""Runs that train side by side as one compiled program, from their start to any step."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from embexp.devices import prepare
from embexp.evaluation import Evaluators, evaluators_of
from embexp.evaluation.table import measured_tables
from embexp.measures import MeasuredTable
from embexp.regimes import REGIMES
from embexp.runner.means import Means
from embexp.runner.result import RunResult
from embexp.runner.start import draws, filled, others_of, start_of, with_room
from embexp.spec import Spec
from embexp.tasks import EncodedSplit, Task
from embexp.training import hyper_parameters, program
from embexp.training.optimiser import HyperParameters
from embexp.training.program import Others
from embexp.training.schedule import Schedule
from embexp.training.static import StaticConfig
from embexp.training.steps import Inputs, State, begin
from embexp.training.texts import Order, Texts
from embexp.vectors.align import Coverage


class Pair(NamedTuple):
    """The selected step and the last one of the run that a control is paired with."""

    selected: int
    last: int


class Group(NamedTuple):
    """Specs that train side by side.

    `size` runs are computed, the last one repeated, so that groups of one program share a
    compilation. `pairs` has the steps of controls that take another run's, by digest.
    """

    task: Task
    evaluators: Evaluators
    specs: tuple[Spec, ...]
    static: StaticConfig
    schedule: Schedule
    size: int
    program: int = 0
    pairs: Mapping[str, Pair] = {}


def make_group(
    specs: Sequence[Spec], task: Task, evaluators: Evaluators | None = None, program: int = 0
) -> Group:
    """A group of specs that share a task and a program.

    >>> specs = grid(corpus="sst2", regime="tuned", encoder="cnn", seed=range(12))  # doctest: +SKIP
    >>> group = make_group(specs, prepare_task(specs[0]))  # doctest: +SKIP
    """
    prepare()  # before anything is computed: afterwards the number of devices is fixed
    first = specs[0]
    schedule = task.schedule(first)
    static = task.static(first, schedule)
    measured = evaluators or evaluators_of(task, first)
    return Group(task, measured, tuple(specs), static, schedule, len(specs), program)


class RunState(NamedTuple):
    """One run before its first step; labels are those of the validation texts."""

    result: RunResult
    state: State
    inputs: Inputs
    start: MeasuredTable
    labels: Int[np.ndarray, "labels"]
    coverage: Coverage | None
    others: Others


def init(group: Group, result: RunResult) -> RunState:
    """A run before its first step, with the result that it will fill.

    Every draw comes from the seed by its purpose, so that the regimes of one seed share all
    that they can.
    """
    spec, task, static = result.spec, group.task, group.static
    regime = REGIMES[spec.regime]
    if spec.partner and spec.digest not in group.pairs:
        raise RuntimeError(f"{spec.partner.title}, whose step it takes, has not finished")
    _, of_order, of_labels, _ = draws(spec)
    table, coverage = start_of(task, spec)
    for_params, for_dropout = jax.random.split(jax.random.key(spec.seed))
    params = program.initial(static, for_params)
    start = with_room(table, static.vocab)
    embedding = static.embedding.with_start(params.get("embedding", {}), start)
    params |= {"embedding": embedding | filled(task, spec, coverage, embedding)}
    labels = [task.train.labels, task.validation.labels]
    if regime.shuffled_labels:
        labels = [of_labels.permutation(given) for given in labels]
    if not task.holdout:
        labels[1] = labels[0][-len(labels[1]) :]
    shared = Spec.model_fields.keys() & HyperParameters._fields
    numbers = hyper_parameters(
        spec.regime,
        group.schedule.steps,
        **{name: getattr(spec, name) for name in shared},
        parameters=spec.regime_parameters,
    )
    if spec.table_rate_unit == "entry":
        entry = jnp.sqrt(jnp.mean(jnp.asarray(table) ** 2))
        numbers = numbers._replace(table_rate=numbers.table_rate * entry)
    inputs = Inputs(
        numbers,
        for_dropout,
        jnp.asarray(labels[0]),
        jnp.asarray(group.schedule.text_indices(of_order)),
        None if static.penalty is None else start,
    )
    state = begin(static, params, numbers)
    measured = MeasuredTable(group.evaluators.table.words, table)
    return RunState(result, state, inputs, measured, labels[1], coverage, others_of(task, spec))


class Training:
    """The runs of a group at some step of their training.

    >>> training = Training(group)  # doctest: +SKIP
    >>> training.advance(100)  # doctest: +SKIP
    >>> training.logits(group.task.validation).shape  # doctest: +SKIP
    (12, 960, 2)
    """

    def __init__(self, group: Group, runs: Sequence[RunState] = ()) -> None:
        """Puts the runs onto the devices.

        Args:
            runs: those of the group's specs by default; the last is repeated to fill up.
        """
        runs = runs or [init(group, RunResult(spec)) for spec in group.specs]
        self.group, self.step = group, 0
        self.mesh = program.run_mesh(prepare(), group.size)
        self.size = group.size + -group.size % self.mesh.size
        every = [*runs, *[runs[-1]] * (self.size - len(runs))]
        self.state = program.on_mesh(self.mesh, _stack([run.state for run in every]))
        self.inputs = program.on_mesh(self.mesh, _stack([run.inputs for run in every]))
        self.others = program.on_mesh(self.mesh, _stack([run.others for run in every]))
        self.texts = group.task.train.on_device()
        self.buckets = jnp.asarray(group.schedule.buckets)
        self.scored: dict[int, tuple[Texts, Order]] = {}
        self.means = None
        if group.static.pooled:
            given = self.texts, self.state.params, self.others
            self.means = Means(group.task, group.static, self.mesh, *given)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of all runs, with a leading axis."""
        return self.state.params

    def advance(self, step: int, stopped: Sequence[int] = ()) -> None:
        """Trains all runs up to a step, but for those at some places that have stopped."""
        active = program.on_mesh(self.mesh, ~np.isin(np.arange(self.size), stopped))
        inside = self.group.schedule.epoch_ends if self.means else ()
        for end in (*(end for end in inside if end < step), step):
            if end > self.step:
                self.state = program.advance(
                    self.group.static,
                    self.mesh,
                    self.texts,
                    self.buckets,
                    (jnp.int32(self.step), jnp.int32(end)),
                    self.state,
                    self._inputs(),
                    active,
                )
                self.step = end

    def unfreeze(self, steps: Sequence[int | None]) -> None:
        """Lets tables train from a step on; None changes nothing of a run's."""
        if any(step is not None for step in steps):
            numbers = self.inputs.numbers
            at = np.array(numbers.unfreeze_at)
            for place, step in enumerate(steps):
                at[place] = at[place] if step is None else step
            numbers = numbers._replace(unfreeze_at=program.on_mesh(self.mesh, at))
            self.inputs = self.inputs._replace(numbers=numbers)

    def _inputs(self) -> Inputs:
        """What the next step reads."""
        if self.means is None:
            return self.inputs
        schedule, rows = self.group.schedule, self.params["embedding"]["rows"]
        epoch = self.step * schedule.epochs // schedule.steps
        return self.inputs._replace(means=self.means.of_epoch(epoch, rows, self.inputs.key))

    def tables(
        self,
        starts: Sequence[MeasuredTable],
        *,
        by_stratum: bool = False,
        params: dict[str, Any] | None = None,
    ) -> Callable[[int], MeasuredTable | None]:
        """Each run's table as measures see it, by its place; None where there is none.

        Args:
            by_stratum: also by how often training has a word.
            params: parameters other than those now.
        """
        embedding = (self.params if params is None else params).get("embedding", {})
        return measured_tables(self.group.static.embedding, embedding, starts, strata=by_stratum)

    def logits(
        self, split: EncodedSplit, params: dict[str, Any] | None = None
    ) -> Float[np.ndarray, "runs items *more classes"]:
        """Every run's logits of a split, now or with other parameters."""
        if self.means is not None and split is self.group.task.validation:
            logits = self.means.logits(self.params if params is None else params)
        else:
            logits = self._over(program.score, split, params)
        return np.asarray(logits)[:, : len(split)]

    def representations(
        self, split: EncodedSplit, params: dict[str, Any] | None = None
    ) -> Float[np.ndarray, "runs texts features"]:
        """What stands for each text of a split before every run's head."""
        return np.asarray(self._over(program.represent, split, params))

    def _over(
        self, function: Callable[..., Any], split: EncodedSplit, params: dict[str, Any] | None
    ) -> Array:
        static = self.group.static
        if id(split) not in self.scored:
            self.scored[id(split)] = split.on_device(), split.order(static)
        given = self.params if params is None else params
        return function(static, self.mesh, *self.scored[id(split)], given, self.others)


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)
