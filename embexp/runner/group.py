"""Runs that train side by side as one compiled program, before their first step."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp

from embexp.data.labels import Labels
from embexp.devices import prepare
from embexp.evaluation import Evaluators, evaluators_of
from embexp.measures import MeasuredTable
from embexp.regimes import REGIMES
from embexp.runner.result import RunResult
from embexp.runner.start import draws, filled, others_of, start_of, with_room
from embexp.spec import Spec
from embexp.tasks import Task
from embexp.training import hyper_parameters, program
from embexp.training.optimiser import HyperParameters
from embexp.training.program import Others
from embexp.training.schedule import Schedule
from embexp.training.static import StaticConfig
from embexp.training.steps import Inputs
from embexp.vectors.align import Coverage


class Pair(NamedTuple):
    """The selected step and the last one of the run that a control is paired with."""

    selected: int
    last: int


class Group(NamedTuple):
    """Specs that train side by side.

    `size` runs are computed, the last one repeated, so that groups of one program share a
    compilation. The rows of tables are spread over `shards` devices. `pairs` has the steps of
    controls that take another run's, by digest.
    """

    task: Task
    evaluators: Evaluators
    specs: tuple[Spec, ...]
    static: StaticConfig
    schedule: Schedule
    size: int
    program: int = 0
    shards: int = 1
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
    """One run before its first step; labels are those of the validation texts.

    `params` is None once the run lies on a device with others.
    """

    result: RunResult
    params: dict[str, Any] | None
    inputs: Inputs
    start: MeasuredTable
    labels: Labels
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
    start = with_room(table, static.vocab)
    params = program.started(static, for_params, start)
    params["embedding"] |= filled(task, spec, coverage, params["embedding"])
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
    rates = {name: jnp.float32(rate) for name, rate in spec.of_encoder("traced").items()}
    numbers = numbers._replace(encoder_parameters=rates)
    numbers = numbers.scheduled(spec.schedule, group.schedule.steps)
    if spec.table_rate_unit == "entry":
        entry = jnp.sqrt(jnp.mean(jnp.asarray(table) ** 2))
        numbers = numbers._replace(table_rate=numbers.table_rate * entry)
    inputs = Inputs(
        numbers,
        for_dropout,
        jnp.asarray(task.scale.standardised(labels[0])),
        jnp.asarray(group.schedule.text_indices(of_order)),
        None if static.penalty is None else start,
        class_weights=jax.tree.map(jnp.asarray, task.class_weights(spec)),
    )
    measured = MeasuredTable(group.evaluators.table.words, table)
    return RunState(result, params, inputs, measured, labels[1], coverage, others_of(task, spec))
