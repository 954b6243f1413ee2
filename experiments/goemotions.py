"""Which emotions does a text have, and does a pretrained table help to tell?

Run it with `embexp run goemotions`; it needs GoEmotions below EMBEXP_DATA and GloVe 6B 100d,
and about half an hour on two cores.

Comments of Reddit, each with one or more of 27 emotions or none of them (Demszky et al. 2020),
under a mean of vectors and a sigmoid for each class. 10,000 of the 43,410 training texts are
used, so that every arm can be tuned with twelve trials; all 5,427 test texts are scored. The
headline is macro F1: a third of the texts is neutral.

Expected before it was run: `tuned` is above `random` and `frozen` in macro F1, and no arm over
means reaches the linear model on TF-IDF.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
CURVES = False
FAMILY = ("macro_f1",)
MEASURES = ("macro_f1", "micro_f1", "nll", "lexicon@10", "simlex999", "overlap@10")


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Three arms and two controls by seeds."""
    return grid(
        corpus="goemotions",
        head="multi-label",
        train_texts=10_000,
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned", "permuted", "random-labels"],
        encoder="mean",
        seed=range(seeds),
        **SETTINGS,
    )
