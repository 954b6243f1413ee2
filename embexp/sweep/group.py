"""Specs that share a program into their outcomes: trained side by side, looked at on
the way, scored on the test split at the end.

`train` never sees the test split; `score_test` comes after the last step, with the
parameters that validation picked.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int
from threadpoolctl import threadpool_limits

from embexp.devices import cores, prepare
from embexp.measures import Value
from embexp.measures import task as solved
from embexp.measures.sentences import sentence_values
from embexp.regimes import REGIMES, start_table
from embexp.spec import Spec
from embexp.sweep import on_device
from embexp.sweep.panel import Look, Start
from embexp.sweep.scores import scores
from embexp.sweep.task import Part, Task
from embexp.training import program
from embexp.training.optimiser import Dials, State, begin
from embexp.training.program import Cell, Recipe
from embexp.vectors.align import Coverage

ON_HOST = ("cpu",)
"""Platforms whose tables NumPy looks at; those of others stay on their device."""


@dataclass
class Outcome:
    """What became of one cell: its measured values, the test logits at the picked step,
    or why it failed.
    """

    spec: Spec
    values: list[tuple[int, str, str, Value]] = field(default_factory=list)
    """Step, split, measure, value."""
    picked: int = 0
    picked_nll: float = np.inf
    logits: Float[np.ndarray, "items *more classes"] | None = None
    params: dict[str, Any] | None = None
    """Those at the picked step, where they are to be kept."""
    error: str | None = None

    def add(self, step: int, split: str, measure: str, value: Value) -> None:
        """Notes one value."""
        self.values.append((step, split, measure, value))


class Member(NamedTuple):
    """One cell before its first step; the labels are those of the validation texts,
    shuffled where the regime says so.
    """

    outcome: Outcome
    start: Start
    state: State
    cell: Cell
    labels: Int[np.ndarray, "texts"]
    coverage: Coverage | None


def run_group(
    task: Task,
    specs: Sequence[Spec],
    *,
    size: int,
    keep_models: bool = False,
    on_step: Callable[[int], None] = lambda step: None,
) -> list[Outcome]:
    """The outcome of each spec; `size` cells are computed (the last one repeated), so
    groups of one size share a compilation.

    A cell that cannot start or that diverges ends with its error, and the others go on.
    """
    outcomes = [Outcome(spec) for spec in specs]
    recipe = task.recipe(specs[0])
    members = [member for outcome in outcomes if (member := enter(task, recipe, outcome))]
    if members:
        mesh = program.cell_mesh(prepare(), size)
        best = train(task, recipe, mesh, members, size + -size % mesh.size, on_step)
        read_texts(task, recipe, mesh, members, best, start=False)
        score_test(task, recipe, mesh, members, best)
        if keep_models:
            for place, member in enumerate(members):
                member.outcome.params = jax.tree.map(
                    lambda leaf, place=place: np.asarray(leaf[place]), best
                )
    return outcomes


def enter(task: Task, recipe: Recipe, outcome: Outcome) -> Member | None:
    """A cell's start, or nothing where that fails.

    Every draw comes from the spec's seed by purpose, so the regimes of one seed share
    all that they can.
    """
    spec, regime = outcome.spec, REGIMES[outcome.spec.regime]
    _, of_order, of_labels = draws(spec)
    try:
        table, coverage = start_of(task, spec)
        for_params, for_dropout = jax.random.split(jax.random.key(spec.seed))
        params = program.initial(recipe, for_params)
        for name in params.keys() & {"table", "channel"}:
            params[name]["rows"] = jnp.asarray(table)
        labels = [task.train.labels, task.validation.labels]
        if regime.labels == "shuffled":
            labels = [of_labels.permutation(given) for given in labels]
        if not task.held_out:
            labels[1] = labels[0][-len(labels[1]) :]
        cell = Cell(
            dials(spec, task.schedule.steps),
            for_dropout,
            jnp.asarray(labels[0]),
            jnp.asarray(task.schedule.rows(of_order)),
        )
        return Member(
            outcome,
            task.panel.start(table),
            begin(spec.optimiser, params),
            cell,
            labels[1],
            coverage,
        )
    except Exception as error:  # noqa: BLE001 - recorded, so that the other cells go on
        outcome.error = f"{type(error).__name__}: {error}"
        return None


def draws(spec: Spec) -> Sequence[np.random.Generator]:
    """A seed's generators: of the table, of the order of texts, of shuffled labels."""
    return np.random.default_rng(spec.seed).spawn(3)


def start_of(task: Task, spec: Spec) -> tuple[Float[np.ndarray, "vocab dim"], Coverage | None]:
    """A cell's table before training, and what the pretrained vectors cover."""
    rng, *_ = draws(spec)
    return start_table(
        REGIMES[spec.regime],
        task.vocabulary,
        task.vectors,
        dim=task.dim,
        unseen=spec.unseen,
        rng=rng,
    )


def dials(spec: Spec, steps: int) -> Dials:
    """The numbers of a cell."""
    regime = REGIMES[spec.regime]
    table_rate = regime.trained * (spec.rate if spec.table_rate is None else spec.table_rate)
    clip = np.inf if spec.clip is None else spec.clip
    numbers = (
        spec.rate,
        table_rate,
        round(regime.unfreeze * steps),
        spec.weight_decay,
        clip,
        spec.dropout,
    )
    return Dials(*(jnp.float32(number) for number in numbers))


def train(
    task: Task,
    recipe: Recipe,
    mesh: jax.sharding.Mesh,
    members: Sequence[Member],
    size: int,
    on_step: Callable[[int], None],
) -> dict[str, Any]:
    """All cells to their last step, each measured at every seam; gives the parameters
    that are scored: validation's pick, or the last.
    """
    texts, buckets = task.train.on_device(), jnp.asarray(task.schedule.buckets)
    repeated = [*members, *[members[-1]] * (size - len(members))]
    state, cells = (
        program.on_mesh(mesh, stack([member[place] for member in repeated])) for place in (2, 3)
    )
    best = jax.tree.map(jnp.copy, state.params)
    read_texts(task, recipe, mesh, members, best, start=True)
    for start, stop in pairwise([0, *task.seams]):
        if stop > start:
            state = program.advance(
                recipe, mesh, texts, buckets, (jnp.int32(start), jnp.int32(stop)), state, cells
            )
        logits = logits_on(task.validation, recipe, mesh, state.params)
        better = np.zeros(size, bool)
        for place, member in enumerate(members):
            better[place] = judge(task, member, stop, logits[place])
        best = program.keep_better(program.on_mesh(mesh, better), best, state.params)
        measure(task, members, stop, state)
        on_step(stop)
    return best


def judge(
    task: Task, member: Member, step: int, logits: Float[np.ndarray, "items *more classes"]
) -> bool:
    """Notes a cell's score, and tells whether this step is its best so far: least
    validation NLL, after one step at least.

    Where nothing is held out the score is one of training, and the later step is the
    better one.
    """
    outcome = member.outcome
    if outcome.error:
        return False
    if not finite(outcome, step, logits):
        return False
    split = "validation" if task.held_out else "train"
    nll = task_values(task, outcome, (step, split, task.validation), logits, member.labels)
    if step == 0 or (task.held_out and nll >= outcome.picked_nll):
        return False
    outcome.picked, outcome.picked_nll = step, nll
    return True


def finite(outcome: Outcome, step: int, logits: Float[np.ndarray, "items *more classes"]) -> bool:
    """Whether a cell has not diverged; else that is its error."""
    if np.isfinite(logits).all():
        return True
    outcome.error = f"FloatingPointError: the logits hold NaN or infinity at step {step}; a lower rate, or clip, may help"
    return False


def task_values(
    task: Task,
    outcome: Outcome,
    place: tuple[int, str, Part],
    logits: Float[np.ndarray, "items *more classes"],
    labels: Int[np.ndarray, "items"],
) -> float:
    """Notes how well a part of a split is solved at a step; gives the NLL."""
    step, split, part = place
    values = dict(scores(task, part, logits, labels))
    for name, value in values.items():
        outcome.add(step, split, name, value)
    return values["nll"].value


def measure(task: Task, members: Sequence[Member], step: int, state: State) -> None:
    """Notes every measure of each cell's table, where there is one; at the end of each
    epoch also by stratum.
    """
    if "table" not in state.params:
        return
    look_at, updates = looking(task, members, state, step == task.seams[-1]), on_host(state.updates)

    def one(place: int, outcome: Outcome) -> None:
        look = look_at(place)
        values = list(task.panel.values(look, members[place].start))
        if step in task.schedule.epoch_ends:
            values += task.panel.strata(look, updates[place])
        for name, value in values:
            outcome.add(step, "words", name, value)

    each_cell(members, one)


def looking(
    task: Task, members: Sequence[Member], state: State, strata: bool
) -> Callable[[int], Look]:
    """How to look at a cell's table, also by stratum: on the host, where a table that
    did not move was seen before; else on its device.
    """
    rows = state.params["table"]["rows"]
    mesh = rows.sharding.mesh
    if mesh.devices.flat[0].platform in ON_HOST:
        tables, updates = seen(state.params), on_host(state.updates)

        def look_at(place: int) -> Look:
            start = members[place].start
            if not strata and np.array_equal(tables[place], start.table):
                return start.look
            return task.panel.look(tables[place], start.table, updates[place] if strata else None)

        return look_at
    if "map" in state.params:
        rows = rows @ state.params["map"]
    starts = np.stack(
        [member.start.table for member in (*members, *[members[-1]] * (len(rows) - len(members)))]
    )
    found = on_device.looks(
        task.panel, rows, program.on_mesh(mesh, starts), state.updates if strata else None
    )
    return lambda place: on_device.look(task.panel, found, place, task.dim)


def seen(params: dict[str, Any]) -> list[np.ndarray]:
    """Each cell's table as its encoder sees it: mapped, where there is a map."""
    tables = on_host(params["table"]["rows"])
    return (
        [table @ by for table, by in zip(tables, on_host(params["map"]), strict=True)]
        if "map" in params
        else tables
    )


def read_texts(
    task: Task,
    recipe: Recipe,
    mesh: jax.sharding.Mesh,
    members: Sequence[Member],
    params: dict[str, Any],
    *,
    start: bool,
) -> None:
    """Notes what each cell's representations of validation texts hold: at the start, or
    at the step that validation picked.
    """
    if not len(task.texts):
        return
    part = task.validation
    states = np.asarray(
        program.features(part.scoring(recipe), mesh, part.on_device(), part.order(recipe), params)
    )

    def one(place: int, outcome: Outcome) -> None:
        for name, value in sentence_values(states[place, task.texts], task.references).items():
            outcome.add(0 if start else outcome.picked, "validation", name, value)

    each_cell(members, one)


def each_cell(members: Sequence[Member], one: Callable[[int, Outcome], None]) -> None:
    """A thread for each cell that has not failed (BLAS's own would only contend with
    them); what fails is that cell's error.
    """

    def tried(place: int) -> None:
        outcome = members[place].outcome
        if outcome.error is None:
            try:
                one(place, outcome)
            except Exception as error:  # noqa: BLE001 - recorded, so that the other cells go on
                outcome.error = f"{type(error).__name__}: {error}"

    with threadpool_limits(1), ThreadPoolExecutor(cores()) as pool:
        list(pool.map(tried, range(len(members))))


def score_test(
    task: Task,
    recipe: Recipe,
    mesh: jax.sharding.Mesh,
    members: Sequence[Member],
    best: dict[str, Any],
) -> None:
    """Notes each cell's accuracy and NLL on the test split at the step that validation
    picked, and what its vectors cover.
    """
    logits = logits_on(task.test, recipe, mesh, best)
    for place, (outcome, *_, coverage) in enumerate(members):
        if outcome.error or not finite(outcome, outcome.picked, logits[place]):
            continue
        task_values(
            task, outcome, (outcome.picked, "test", task.test), logits[place], task.test.labels
        )
        outcome.logits = logits[place]
        if coverage is not None:
            outcome.add(
                outcome.picked,
                "train",
                "coverage_types",
                solved.share(coverage.types, coverage.types_total),
            )
            outcome.add(
                outcome.picked,
                "train",
                "coverage_tokens",
                solved.share(coverage.tokens, coverage.tokens_total),
            )


def logits_on(
    part: Part, recipe: Recipe, mesh: jax.sharding.Mesh, params: dict[str, Any]
) -> Float[np.ndarray, "cells items *more classes"]:
    """Every cell's logits of a split's texts."""
    logits = program.score(part.scoring(recipe), mesh, part.on_device(), part.order(recipe), params)
    return np.asarray(logits)[:, : len(part)]


def stack(trees: Sequence[Any]) -> Any:
    """Trees of one structure into a tree with a leading axis `cells`."""
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)


def on_host(array: Array) -> list[np.ndarray]:
    """Each cell's part of an array, without a copy where it lies in the host's memory."""
    shards = sorted(array.addressable_shards, key=lambda shard: shard.index[0].start or 0)
    return [part for shard in shards for part in np.asarray(shard.data)]
