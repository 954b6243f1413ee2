"""What evaluators are given: one run at one evaluation step."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

import numpy as np
from jaxtyping import Float, Int

from embexp.measures import MeasuredTable, Value
from embexp.tasks import EncodedSplit

Scored = tuple[EncodedSplit, Float[np.ndarray, "items *more classes"], Int[np.ndarray, "items"]]


class Context(NamedTuple):
    """One run at one evaluation step; an evaluator takes what it needs, if it is there.

    Args:
        scored: splits with logits and labels (of texts, or of tokens where those are
            tagged), by the name that their values are reported under.
        table: the embedding, if it has one.
        states: the representations of the validation texts.
    """

    step: int
    scored: Mapping[str, Scored] = {}
    table: MeasuredTable | None = None
    states: Float[np.ndarray, "texts features"] | None = None


class Evaluator(Protocol):
    """Measures one side of a run: how well the task is solved, its table, its texts."""

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """Splits, measures and their values; none where the context has nothing for it."""
        ...
