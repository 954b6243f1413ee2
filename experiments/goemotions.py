"""Which embedding should one start from to tell 27 emotions, any number of them a text?

Run it with `embexp run goemotions`; it needs GoEmotions below EMBEXP_DATA and GloVe 6B 50d,
and about an hour and a half on two cores.

A sigmoid for each class over the mean of vectors, 43,410 comments to train on. Every arm is
tuned with twelve trials by its validation loss. Demszky et al. (2020, table 4) print a macro
F1 of .46 for BERT at thresholds of their own; here a class is predicted at one half.

Expected before it was run: `tuned` and `random` have the same macro F1 within .01, as so many
comments teach a table what it needs, and `frozen` has less than half of it.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
CURVES = False
FAMILY = ("macro_f1",)
MEASURES = (
    *("macro_f1", "micro_f1", "accuracy", "nll", "average_precision", "auroc"),
    *("lexicon@10", "simlex999", "overlap@10", "cos(good,bad)"),
)


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Three arms and a control by seeds."""
    return grid(
        corpus="goemotions",
        head="multi-label",
        vectors="glove-6b-50d",
        regime=["random", "frozen", "tuned", "permuted"],
        encoder="mean",
        seed=range(seeds),
        **SETTINGS | {"patience": 3, "epochs": 30},
    )
