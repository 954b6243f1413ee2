"""What the embedding has learned: the measures of its table at every evaluation step."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import jax
import numpy as np
from jaxtyping import Array

from embexp.evaluation.context import Context
from embexp.measures import (
    MeasuredTable,
    Value,
    evaluated_words,
    known_log_odds,
    strata_measures,
    table_measures,
)
from embexp.measures.summary_jax import measured_table, on_device, summarise
from embexp.models import Embedding
from embexp.spec import Spec
from embexp.tasks import Task
from embexp.training.runs import are_spread, in_turn, on_mesh, over_runs


class TableEvaluator:
    """Meaning, sentiment and geometry of a table, on words that all arms share."""

    def __init__(self, task: Task, spec: Spec) -> None:
        vocabulary, log_odds = task.vocabulary, None
        if task.documents is not None:
            ids, labels = task.documents
            log_odds = known_log_odds(*ids, labels, len(vocabulary))
        words, vectors = vocabulary.words, task.vectors
        self.words = evaluated_words(
            words,
            vocabulary.counts,
            None if vectors is None else np.array([word in vectors for word in words]),
            specials=vocabulary.specials,
            resources=task.resources,
            tracked_pairs=spec.tracked_pairs,
            log_odds=log_odds,
            reference=task.reference,
        )

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of the table, also by stratum where these are wanted."""
        if (table := context.table) is not None:
            values = [*table_measures(table), *strata_measures(table)]
            yield from (("words", name, value) for name, value in values)


def measured_tables(
    kind: type[Embedding],
    params: Mapping[str, Array],
    starts: Sequence[MeasuredTable],
    *,
    strata: bool = False,
) -> Callable[[int], MeasuredTable | None]:
    """Each run's table by its place in a group; None where it has none.

    On the host a table that has not moved takes its start's parts; on an accelerator the
    costly parts are computed there, for all runs at once. One that is spread over several, as
    it is too large for one, comes to the host.

    Args:
        params: of the embedding, with a leading axis of runs.
        strata: whether they are also measured by stratum.
    """
    if not params:
        return lambda place: None
    sharding: Any = params["rows"].sharding
    if in_turn(sharding.mesh) or are_spread(sharding.mesh):
        own = {name: on_host(array) for name, array in params.items()}

        def on_cpu(place: int) -> MeasuredTable:
            table = kind.effective_table({name: runs[place] for name, runs in own.items()})
            start = starts[place]
            return MeasuredTable(start.words, table[: len(start.table)], start, strata=strata)

        return on_cpu
    tables = kind.effective_table(dict(params))[:, : len(starts[0].table)]
    numbers = summaries(starts, tables, strata=strata)

    def from_device(place: int) -> MeasuredTable:
        found = jax.tree.map(lambda array: array[place], numbers)
        start = starts[place]
        return measured_table(start.words, tables[place], start, found, strata=strata)

    return from_device


def summaries(starts: Sequence[MeasuredTable], tables: Array, *, strata: bool) -> Mapping[str, Any]:
    """The costly parts of all runs' tables, computed where the tables are."""
    sharding: Any = tables.sharding
    every = [*starts, *[starts[-1]] * (len(tables) - len(starts))]
    begun = on_mesh(sharding.mesh, np.stack([start.table for start in every]))
    with jax.enable_x64(True):
        sizes, places = on_device(starts[0].words, strata=strata)
        found = _summarise(sizes, sharding.mesh, places, tables, begun)
    return jax.tree.map(np.asarray, found)


@partial(jax.jit, static_argnums=(0, 1))
def _summarise(
    sizes: Any, mesh: jax.sharding.Mesh, places: Any, tables: Array, starts: Array
) -> dict[str, Any]:
    return over_runs(mesh, partial(summarise, sizes, places))(tables, starts)


def on_host(array: Array) -> list[np.ndarray]:
    """Each run's part of an array, without a copy where it lies in the host's memory."""
    sharding: Any = array.sharding
    if are_spread(sharding.mesh):
        return [*np.asarray(array)]
    shards = sorted(array.addressable_shards, key=lambda shard: shard.index[0].start or 0)
    return [np.asarray(part) for shard in shards for part in np.asarray(shard.data)]
