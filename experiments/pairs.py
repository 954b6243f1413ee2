"""Which embedding tells how alike two sentences are, and does it help to tune it?

Run it with `embexp run pairs`; it needs SICK below EMBEXP_DATA and GloVe 6B 100d, and about
a quarter of an hour on two cores.

A head reads u, v, |u − v| and u·v of the mean vectors u and v of two captions, and learns
their relatedness from 1 to 5 on 4,500 pairs; 4,927 others test it. They are one set, so a
correlation pooled over sets and one averaged over them are the same. Every arm is tuned with
twelve trials. Conneau et al. (2017, table 4) print .800 for a head over frozen means of
GloVe in 300 dimensions from 840 billion words.

Expected before it was run: `frozen` lies between .70 and .80, as its vectors are shorter and
of fewer words; `tuned` is above it, and `random` below both.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
CURVES = False
FAMILY = ("pearson",)
MEASURES = ("pearson", "spearman", "squared_error", "simlex999", "overlap@10", "top1_share")


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Three arms and two controls by seeds."""
    return grid(
        corpus="sick-relatedness",
        head="regression",
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned", "permuted", "random-labels"],
        encoder="mean",
        seed=range(seeds),
        **SETTINGS,
    )
