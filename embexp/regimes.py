"""Embedding regimes as data: where a table starts, what trains, and on which labels."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from jaxtyping import Bool, Float
from pydantic import Field

from embexp.errors import InputError
from embexp.models import Embedding, Multichannel, OneHot, Projected
from embexp.parameters import Parameter, Range
from embexp.vectors.align import Coverage, align, matched_gaussian, norm_matched, permuted
from embexp.words import Vectors, Vocabulary

Table = Float[np.ndarray, "vocab dim"]
Start = Callable[[np.random.Generator, Table, Bool[np.ndarray, "vocab"]], Table]
"""A start table from a generator, the pretrained rows, and which rows are covered."""


def pretrained(_: np.random.Generator, table: Table, covered: Bool[np.ndarray, "vocab"]) -> Table:  # noqa: ARG001 - a start
    """The pretrained rows as they are."""
    return table


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
        penalty: added to the loss, given rows of the table, their start and the traced
            parameters. It is a sum over rows: row-sparse steps give it those that they read.
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
    penalty: Callable[[Any, Any, Mapping[str, Any]], Any] | None = None

    @property
    def keeps_rows(self) -> bool:
        """Whether there is a table no row of which ever moves."""
        return self.table_rate == 0 and bool(self.embedding.tables)


SHARE = Parameter(
    Annotated[float, Field(ge=0, le=1)],
    0.5,
    "share of the run after which the table is trained, 0 to 1",
    traced=True,
    search=Range(0.0, 1.0, log=False),
)

REGIMES: dict[str, Regime] = {
    "random": Regime("small random vectors, trained on the task"),
    "random-frozen": Regime(
        "control: random vectors as long as the pretrained ones, frozen",
        norm_matched,
        table_rate=0.0,
        control=True,
        controls="frozen",
    ),
    "one-hot": Regime("one-hot codes, no table", table_rate=0.0, embedding=OneHot),
    "frozen": Regime("pretrained vectors, frozen", pretrained, table_rate=0.0),
    "tuned": Regime("pretrained vectors, trained further on the task", pretrained),
    "multichannel": Regime(
        "pretrained vectors twice, one copy frozen and one trained (Kim 2014)",
        pretrained,
        embedding=Multichannel,
    ),
    "projected": Regime(
        "pretrained vectors, frozen, times one trained matrix: words without training move too",
        pretrained,
        table_rate=0.0,
        embedding=Projected,
    ),
    "delayed": Regime(
        "pretrained vectors, frozen at first, then trained",
        pretrained,
        parameters={"unfreeze_share": SHARE},
        unfreeze=lambda parameters: parameters["unfreeze_share"],
    ),
    "permuted": Regime(
        "control: pretrained vectors given to the wrong words, trained",
        permuted,
        control=True,
        controls="tuned",
    ),
    "matched-norms": Regime(
        "control: random vectors as long as the pretrained ones, trained",
        norm_matched,
        control=True,
        controls="tuned",
    ),
    "matched-gaussian": Regime(
        "control: draws with the pretrained vectors' mean and covariance, trained",
        matched_gaussian,
        control=True,
        controls="tuned",
    ),
    "random-labels": Regime(
        "control: small random vectors, trained on shuffled labels",
        shuffled_labels=True,
        control=True,
        controls="random",
    ),
    "pretrained-random-labels": Regime(
        "control: pretrained vectors, trained on shuffled labels",
        pretrained,
        shuffled_labels=True,
        control=True,
        controls="tuned",
    ),
}


def arm(regime: str, vectors: str | None) -> str:
    """What tables call a regime, with the vectors whose rows its table starts from.

    >>> arm("tuned", "glove-6b-100d"), arm("random", "glove-6b-100d")
    ('tuned · glove-6b-100d', 'random')
    """
    if vectors is None or REGIMES[regime].start in (None, norm_matched):
        return regime
    return f"{regime} · {Path(vectors).name or vectors}"


def start_table(
    regime: Regime,
    vocabulary: Vocabulary,
    vectors: Vectors | None,
    *,
    dim: int,
    oov: str,
    rng: np.random.Generator,
) -> tuple[Table, Coverage | None]:
    """The table before training, and how much of the vocabulary the vectors cover, if any.

    Args:
        dim: the width of the table; a pretrained start must have it.
        oov: the rule for words without a pretrained vector, see `embexp.vectors.align`.
        rng: the run's own generator; regimes of one seed share the draws they can.
    """
    align_rng, own_rng = rng.spawn(2)
    table, coverage = None, None
    if vectors is not None:
        table, coverage = align(vocabulary, vectors, oov=oov, rng=align_rng)
    if regime.start is None:
        small = own_rng.uniform(-0.05, 0.05, (len(vocabulary), dim))
        return small.astype(np.float32), coverage
    if table is None or coverage is None:
        raise InputError("this regime starts from pretrained vectors; give vectors=NAME or a file")
    return regime.start(own_rng, table, coverage.covered), coverage
