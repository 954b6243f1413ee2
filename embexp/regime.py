"""What a regime is: where a table starts, what trains, and on which labels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Bool, Float

from embexp.models import Embedding
from embexp.models.batch import Batch
from embexp.parameters import Parameter
from embexp.words import Vocabulary

Table = Float[np.ndarray, "vocab dim"]
Start = Callable[[np.random.Generator, Table, Bool[np.ndarray, "vocab"]], Table]
"""A start table from a generator, the pretrained rows, and which rows are covered."""


def pretrained(_: np.random.Generator, table: Table, covered: Bool[np.ndarray, "vocab"]) -> Table:  # noqa: ARG001 - a start
    """The pretrained rows as they are."""
    return table


class Given(NamedTuple):
    """What a run has when it begins: its words, which of them have a vector, and parameters."""

    vocabulary: Vocabulary
    covered: Bool[np.ndarray, "vocab"]
    parameters: Mapping[str, Any]


class Step(NamedTuple):
    """What a penalty may depend on in a step of training.

    rows: the table's; with row-sparse steps, those that the batch reads.
    start: the same rows before training, as the table has them.
    batch: its ids are numbers of these rows.
    parameters: the traced ones of the regime.
    key: draws what the penalty needs.
    """

    rows: Any
    start: Any
    batch: Batch
    parameters: Mapping[str, Any]
    key: Any


@dataclass(frozen=True)
class Regime:
    """One way to start and train a table; runs of one seed differ in nothing else.

    Args:
        start: makes the table from pretrained vectors; None draws U(−.05, .05), as Keras's
            `Embedding` does, and needs no vectors.
        table_rate: the table's learning rate as a multiple of the spec's; 0 is frozen.
        embedding: what stands for a word in the model.
        shuffled_labels: whether training and validation labels are shuffled.
        control: whether the right answer of this arm is known beforehand.
        controls: the regime that it is compared with, whose hyper-parameters and selected
            step it takes.
        parameters: what a spec may set besides, by name.
        unfreeze: the share of the run after which the table trains, given the parameters.
        waits: whether the table trains from where validation has stopped improving for as long
            as a spec's patience; the run ends when that is over again.
        fill: values of the embedding's own parameters, by name, that a run begins with.
        penalty: added to the loss of a step. It is a sum over rows, or over the batch:
            row-sparse steps have the rows that they read.
    """

    summary: str
    start: Start | None = None
    table_rate: float = 1.0
    embedding: type[Embedding] = Embedding
    shuffled_labels: bool = False
    control: bool = False
    controls: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    unfreeze: Callable[[Mapping[str, Any]], float] = lambda parameters: 0.0
    waits: bool = False
    fill: Mapping[str, Callable[["Given"], Any]] = field(default_factory=dict)
    penalty: Callable[[Step], Any] | None = None

    @property
    def keeps_rows(self) -> bool:
        """Whether there is a table no row of which ever moves."""
        return self.table_rate == 0 and bool(self.embedding.tables)
