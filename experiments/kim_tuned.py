"""Which start is best under Kim's convolutional network once every arm is tuned alike?

Run it with `embexp run kim_tuned`; it needs MR and GloVe 6B 100d below EMBEXP_DATA, and about
an hour of one core.

Kim (2014, table 2) trains all arms with one set of settings, as does `scripts/kim_2014.py`. Here
his network (windows of 3, 4 and 5 words, 100 maps each) has its rates, its weight decay and its
dropout chosen by twelve trials in every arm, on one split of MR; Adam moves the rows that a step
reads in place of Adadelta. His accuracies, of ten folds and with word2vec, stand beside ours.

Expected before it was run: tuned alike, random and frozen come closer to one another than his
.049, and tuned is ahead of both.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.grids import UNMEASURED
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "random"
CURVES = False
MEASURES = ("accuracy", "nll")
SOURCE = "Kim (2014, table 2)"
PUBLISHED = [
    {"regime": "random", "accuracy": 0.761},
    {"regime": "frozen", "accuracy": 0.810},
    {"regime": "tuned", "accuracy": 0.815},
]


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Three arms by seeds."""
    return grid(
        corpus="mr",
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned"],
        encoder="cnn",
        windows=(3, 4, 5),
        hidden_size=100,
        seed=range(seeds),
        **SETTINGS | {"patience": 3, "epochs": 50},
        **UNMEASURED,
    )
