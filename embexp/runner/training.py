"""The training of a group: its runs at any step, and what they give there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from embexp.devices import prepare, put_together
from embexp.evaluation.table import measured_tables
from embexp.measures import MeasuredTable
from embexp.runner.group import Group, RunState, init
from embexp.runner.means import Means
from embexp.runner.result import RunResult
from embexp.tasks import EncodedSplit
from embexp.training import centre, program
from embexp.training.runs import in_turn, on_mesh, run_mesh
from embexp.training.steps import Inputs, State
from embexp.training.texts import Order, Texts


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
            runs: those of the group's specs by default; the last fills places that are left,
                where nothing is trained.
        """
        self.group, self.step = group, 0
        self.mesh = run_mesh(prepare(), group.size, group.shards)
        with put_together(group.shards):
            runs = runs or [init(group, RunResult(spec)) for spec in group.specs]
            self.count, self.size = len(runs), group.size + -group.size % self.mesh.shape["runs"]
            every = [*runs, *[runs[-1]] * (self.size - self.count)]
            self.inputs = self.placed(_stack([run.inputs for run in every]))
            params = self.placed(_stack([run.params for run in every]))
            self.others = on_mesh(self.mesh, _stack([run.others for run in every]))
        self.state = program.begun(group.static, self.mesh, params, self.inputs.numbers)
        self.texts = group.task.train.on_device()
        self.buckets = jnp.asarray(group.schedule.buckets)
        self.scored: dict[int, tuple[Texts, Order]] = {}
        self.means = None
        if group.static.pooled:
            given = self.texts, self.state.params, self.others
            self.means = Means(group.task, group.static, self.mesh, *given)
        if group.static.head_inputs == "centred":
            self.inputs = self.inputs._replace(centre=self._centre())

    def placed(self, tree: Any) -> Any:
        """Arrays with a leading axis `runs` on the devices."""
        return on_mesh(self.mesh, tree, self.group.static.vocab)

    @property
    def params(self) -> dict[str, Any]:
        """The parameters of all runs, with a leading axis; the heads are for plain features."""
        if self.inputs.centre is None:
            return self.state.params
        given = self.state.params, self.inputs.centre
        return centre.plain(self.group.static, self.mesh, *given)

    def _centre(self) -> centre.Centres:
        """What is taken off the heads' inputs: the mean of the training texts, before step 0."""
        task, static = self.group.task, self.group.static
        if self.means is not None:
            return self.means.centre(self.state.params)
        order = task.train.order(replace(static, scored_widths=static.widths))
        return centre.of_texts(static, self.mesh, self.texts, order, self.state.params)

    def advance(self, step: int, stopped: Sequence[int] = ()) -> None:
        """Trains all runs up to a step, but for those at some places that have stopped."""
        places = np.arange(self.size)
        active = (places < self.count) & ~np.isin(places, stopped)
        inside = self.group.schedule.epoch_ends if self.means else ()
        for end in (*(end for end in inside if end < step), step):
            if end > self.step:
                self._train(end, active)
                self.step = end

    def _train(self, end: int, active: Bool[np.ndarray, "runs"]) -> None:
        """Trains the active runs from this step to another.

        On an accelerator, which cannot pass over a run of a batch, those that are left when
        others have stopped become a batch of their own, half as large or less.
        """

        def trained(state: State, inputs: Inputs, active: Bool[np.ndarray, "runs"]) -> State:
            return program.advance(
                self.group.static,
                self.mesh,
                self.texts,
                self.buckets,
                (jnp.int32(self.step), jnp.int32(end)),
                state,
                inputs,
                on_mesh(self.mesh, active),
            )

        left = (
            np.arange(self.size) if in_turn(self.mesh) else compact(active, self.mesh.shape["runs"])
        )
        if len(left) == self.size:
            self.state = trained(self.state, self._inputs(), active)
            return
        own = self.placed(jax.tree.map(lambda leaf: leaf[left], (self.state, self._inputs())))
        new = trained(*own, np.ones(len(left), bool))
        put = jax.tree.map(lambda old, leaf: old.at[left].set(leaf), self.state, new)
        self.state = self.placed(put)

    def unfreeze(self, steps: Sequence[int | None]) -> None:
        """Lets tables train from a step on; None changes nothing of a run's."""
        if any(step is not None for step in steps):
            numbers = self.inputs.numbers
            at = np.array(numbers.unfreeze_at)
            for place, step in enumerate(steps):
                at[place] = at[place] if step is None else step
            numbers = numbers._replace(unfreeze_at=on_mesh(self.mesh, at))
            self.inputs = self.inputs._replace(numbers=numbers)

    def _inputs(self) -> Inputs:
        """What the next step reads."""
        if self.means is None:
            return self.inputs
        schedule, rows = self.group.schedule, self.state.params["embedding"]["rows"]
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
        return self.group.task.scale.undone(np.asarray(logits)[:, : len(split)])

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


def compact(active: Bool[np.ndarray, "runs"], devices: int) -> Int[np.ndarray, "left"]:
    """The places of the active runs, repeated until they are half of all, a quarter, and so on.

    So there are few sizes to compile, each a multiple of the devices.
    """
    places, size = np.flatnonzero(active), len(active)
    while (half := -(-size // (2 * devices)) * devices) < size and half >= len(places):
        size = half
    return np.resize(places, size)


def _stack(trees: Sequence[Any]) -> Any:
    return jax.tree.map(lambda *leaves: jnp.stack(leaves), *trees)
