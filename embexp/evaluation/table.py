"""What the embedding has learned: the measures of its table at every evaluation step."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from embexp.evaluation.context import Context
from embexp.measures import MeasuredTable, Value
from embexp.measures.evaluated import evaluated_words
from embexp.measures.sentiment import known_log_odds
from embexp.measures.tables import strata_measures, table_measures
from embexp.models import Embedding
from embexp.spec import Spec
from embexp.tasks import Task
from embexp.training.program import State

ON_HOST = ("cpu",)
"""Platforms whose tables NumPy measures; those of others stay on their device."""


class TableEvaluator:
    """Meaning, sentiment and geometry of a table, on words that all arms share."""

    def __init__(self, task: Task, spec: Spec) -> None:
        vocabulary, documents = task.vocabulary, task.documents
        log_odds = None
        if documents is not None:
            (ids, labels) = documents
            log_odds = known_log_odds(*ids, labels, len(vocabulary))
        self.words = evaluated_words(
            vocabulary.words,
            vocabulary.counts,
            specials=vocabulary.specials,
            resources=task.resources,
            tracked_pairs=spec.tracked_pairs,
            log_odds=log_odds,
            reference=task.vectors,
        )

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of the table, also by stratum where that is asked for."""
        if context.table is not None:
            values = [*table_measures(context.table)]
            if context.by_stratum:
                values += strata_measures(context.table)
            yield from (("words", name, value) for name, value in values)

    def start(self, table: Float[np.ndarray, "vocab dim"]) -> MeasuredTable:
        """A run's table before training, with which later ones are compared."""
        return MeasuredTable(self.words, table)

    def tables(
        self, kind: type[Embedding], state: State, starts: Sequence[MeasuredTable], strata: bool
    ) -> Callable[[int], MeasuredTable | None]:
        """Each run's table by its place in the group.

        On the host a table that has not moved takes its start's parts; on an accelerator
        the costly parts are computed there, for all runs at once.

        Args:
            strata: whether updates are needed, for measures by stratum.
        """
        params = state.params.get("embedding", {})
        if kind.effective_table({name: np.zeros((1, 1)) for name in params} or {}) is None:
            return lambda run: None
        ...


def on_host(array: Array) -> list[np.ndarray]:
    """Each run's part of an array, without a copy where it lies in the host's memory."""
    shards = sorted(array.addressable_shards, key=lambda shard: shard.index[0].start or 0)
    return [part for shard in shards for part in np.asarray(shard.data)]
