"""Embedding regimes by name, what they declare of their own, and the tables they start from."""

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from jaxtyping import Bool
from pydantic import Field

from embexp.errors import InputError
from embexp.models import (
    Interpolated,
    Joint,
    LowRank,
    Multichannel,
    OneHot,
    Projected,
    SomeRows,
)
from embexp.models.joint import skip_gram_loss
from embexp.parameters import Parameter, Range
from embexp.regime import Given, Regime, Step, Table, pretrained
from embexp.vectors.align import Coverage, align, matched_gaussian, norm_matched, permuted
from embexp.words import Vectors, Vocabulary

PIECE = 1 << 16
"""Rows that are drawn at once."""
SHARE = Parameter(
    Annotated[float, Field(ge=0, le=1)],
    0.5,
    "share of the run after which the table is trained, 0 to 1",
    traced=True,
    search=Range(0.0, 1.0, log=False),
)

ANCHOR_WEIGHT = Parameter(
    Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)],
    0.01,
    "λ of the penalty λ‖E − E₀‖² over the rows that a step moves",
    traced=True,
    search=Range(1e-5, 1.0),
)
JOINT_WEIGHT = Parameter(
    Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)],
    0.1,
    "α of the loss of skip-gram on the same texts, added to the task's",
    traced=True,
    search=Range(1e-3, 10.0),
)
TRAIN_WORDS = Parameter(
    tuple[str, ...], (), "the words whose rows are trained; all others are frozen", traced=True
)
RANK = Parameter(
    Annotated[int, Field(ge=1, le=1024)], 8, "rank of the change of the table, 1 to 1024"
)
INTERPOLATION = Parameter(
    Annotated[float, Field(ge=0, le=1)],
    0.5,
    "share of the table's change that counts when texts are scored, 0 to 1",
    traced=True,
    search=Range(0.0, 1.0, log=False),
)


def anchor(step: Step) -> Any:
    """The squared distance of rows from their start, times λ."""
    return step.parameters["anchor_weight"] * ((step.rows - step.start) ** 2).sum()


def unlabelled(step: Step) -> Any:
    """The loss of skip-gram on a batch's texts, times α."""
    loss = skip_gram_loss(step.rows, step.batch.ids, step.batch.mask, step.key)
    return step.parameters["joint_weight"] * loss


def named(given: Given) -> Bool[np.ndarray, "vocab"]:
    """The rows of the words in `train_words`."""
    wanted = set(given.parameters["train_words"])
    found = np.array([word in wanted for word in given.vocabulary.words])
    if not found.any():
        raise InputError(
            "none of the words that train_words names is among those of the training texts; "
            'give some, such as train_words=["good","bad"]'
        )
    return found


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
    "delayed-stall": Regime(
        "pretrained vectors, frozen until validation stalls, then trained",
        pretrained,
        unfreeze=lambda parameters: 1.0,
        waits=True,
    ),
    "anchored": Regime(
        "pretrained vectors, trained but held near their start (Labutov & Lipson 2013)",
        pretrained,
        parameters={"anchor_weight": ANCHOR_WEIGHT},
        penalty=anchor,
    ),
    "joint": Regime(
        "pretrained vectors, trained on the task and by skip-gram on its texts (Maas et al. 2011)",
        pretrained,
        embedding=Joint,
        parameters={"joint_weight": JOINT_WEIGHT},
        penalty=unlabelled,
    ),
    "uncovered-rows": Regime(
        "pretrained vectors, frozen; only words without one are trained",
        pretrained,
        embedding=SomeRows,
        fill={"trained": lambda given: ~given.covered},
    ),
    "new-rows": Regime(
        "pretrained vectors, frozen; only the words that train_words names are trained",
        pretrained,
        embedding=SomeRows,
        parameters={"train_words": TRAIN_WORDS},
        fill={"trained": named},
    ),
    "low-rank": Regime(
        "pretrained vectors, frozen, plus a trained change of low rank (Hu et al. 2022)",
        pretrained,
        embedding=LowRank,
        parameters={"rank": RANK},
    ),
    "interpolated": Regime(
        "pretrained vectors, trained; a point between start and end is what counts",
        pretrained,
        embedding=Interpolated,
        parameters={"interpolation": INTERPOLATION},
        fill={"share": lambda given: given.parameters["interpolation"]},
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
        return small_table(own_rng, len(vocabulary), dim), coverage
    if table is None or coverage is None:
        raise InputError("this regime starts from pretrained vectors; give vectors=NAME or a file")
    return regime.start(own_rng, table, coverage.covered), coverage


def small_table(rng: np.random.Generator, rows: int, dim: int) -> Table:
    """A table of numbers within ±.05, drawn in pieces, as float64 takes twice its memory."""
    table = np.empty((rows, dim), np.float32)
    for first in range(0, rows, PIECE):
        piece = table[first : first + PIECE]
        piece[:] = rng.uniform(-0.05, 0.05, piece.shape)
    return table
