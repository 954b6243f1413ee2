"""Embedding regimes as data: where a table starts, whether it trains, and on which labels."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.vectors.align import Coverage, align, norm_matched, permuted
from embexp.words import Vectors, Vocabulary


@dataclass(frozen=True)
class Regime:
    """One arm of a comparison; arms of the same seed differ in these fields and in nothing else.

    start: `random` is U(−.05, .05) (Keras's Embedding); `norm-matched` is random with
        the pretrained rows' norms; `pretrained` and `permuted` (the same vectors on the
        wrong words) need vectors.
    trained: the table's rate as a multiple of the spec's table rate; 0 is frozen.
    unfreeze: the share of the run after which the table begins to train.
    coding: what stands for a word: a row of the `table`; its `one-hot` code, which is
        no table at all; as in Kim's multichannel CNN, the sum of what filters see in a
        trained row and in a kept one (`two-channel`); or a row times one trained matrix
        (`mapped`).
    labels: `true`, or `shuffled` over the training and validation texts: a control
    whose right answer is chance.
    """

    summary: str
    start: Literal["random", "norm-matched", "pretrained", "permuted"]
    trained: float = 1.0
    unfreeze: float = 0.0
    coding: Literal["table", "one-hot", "two-channel", "mapped"] = "table"
    labels: Literal["true", "shuffled"] = "true"

    @property
    def needs_vectors(self) -> bool:
        """Whether the start is made from pretrained vectors."""
        return self.start != "random"


def family(name: str) -> dict[str, Regime]:
    """The arms that start from the vectors of one family; the name says where the
    vectors come from, the arms are the same.
    """
    return {
        f"{name}-frozen": Regime(f"{name} vectors, kept as they are", "pretrained", trained=0.0),
        f"{name}-tuned": Regime(f"{name} vectors, trained further on the task", "pretrained"),
        f"{name}-multichannel": Regime(
            f"{name} vectors twice, one copy kept and one trained (Kim 2014)",
            "pretrained",
            coding="two-channel",
        ),
        f"{name}-projected": Regime(
            f"{name} vectors, kept, behind one linear map that is trained: unseen words move too",
            "pretrained",
            trained=0.0,
            coding="mapped",
        ),
        f"{name}-delayed": Regime(
            f"{name} vectors, kept for the first half of the run, then trained",
            "pretrained",
            unfreeze=0.5,
        ),
    }


REGIMES: dict[str, Regime] = {
    "random": Regime("small random vectors, trained on the task", "random"),
    "random-frozen": Regime(
        "random vectors as long as the pretrained ones, kept as they are",
        "norm-matched",
        trained=0.0,
    ),
    "one-hot": Regime(
        "a one-hot code for each word, and no table", "random", trained=0.0, coding="one-hot"
    ),
    **family("glove"),
    **family("word2vec"),
    **family("fasttext"),
    "permuted": Regime(
        "control: pretrained vectors given to the wrong words, trained on the task", "permuted"
    ),
    "random-labels": Regime(
        "control: small random vectors, trained on shuffled labels", "random", labels="shuffled"
    ),
    "pretrained-random-labels": Regime(
        "control: pretrained vectors, trained on shuffled labels", "pretrained", labels="shuffled"
    ),
}


def start_table(
    regime: Regime,
    vocabulary: Vocabulary,
    vectors: Vectors | None,
    *,
    dim: int,
    unseen: str,
    rng: np.random.Generator,
) -> tuple[Float[np.ndarray, "vocab dim"], Coverage | None]:
    """The table before training, and how far the vectors cover the vocabulary (`None`
    without vectors).

    Args:
        dim: the width of the table; a pretrained start must have it.
        unseen: the rule for words without a pretrained vector, see
            `embexp.vectors.align`.
        rng: the run's own generator; regimes of one seed draw the same numbers for what
            they share.
    """
    if vectors is None and regime.needs_vectors:
        raise InputError(
            "this regime starts from pretrained vectors, but no vectors are named; give vectors=NAME or a file"
        )
    align_rng, own_rng = rng.spawn(2)
    covered = (
        align(vocabulary, vectors, unseen=unseen, rng=align_rng) if vectors is not None else None
    )
    if regime.start == "random" or covered is None:
        table = own_rng.uniform(-0.05, 0.05, (len(vocabulary), dim)).astype(np.float32)
        return table, covered[1] if covered else None
    table, coverage = covered
    if regime.start == "norm-matched":
        table = norm_matched(own_rng, table, coverage.covered)
    elif regime.start == "permuted":
        table = permuted(own_rng, table, coverage.covered)
    return table, coverage
