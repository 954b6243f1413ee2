"""How much sentiment does a plain average of word vectors hold that starts at random and reads
phrases?

Run it with `embexp run socher_2013`; it needs the phrases of SST-1 and SST-2 below EMBEXP_DATA,
and about ten minutes on two cores.

VecAvg of Socher et al. (2013, table 1): word vectors of 25 to 35 numbers that start at random,
averaged, and a linear classifier of the average, trained on every phrase of the trees. Accuracies
are of the roots of trees, that is, of whole sentences. Here vectors have 30 numbers; batches of
256 texts and rates that twelve trials choose stand for batches of 20 to 30 and AdaGrad. SST-2's
phrases are without the neutral ones, as theirs are.

Expected before it was run: SST-2 comes out as printed, within two points; a linear average holds
little of five degrees, and theirs is the lowest number of their table, so ours may be above it.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.grids import UNMEASURED
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "random"
CURVES = False
MEASURES = ("accuracy", "nll")
SOURCE = "Socher et al. (2013, table 1)"
PUBLISHED = [
    {"corpus": "sst1-phrases", "regime": "random", "accuracy": 0.327},
    {"corpus": "sst2-phrases", "regime": "random", "accuracy": 0.801},
]


def specs(seeds: int = 12) -> Sequence[Spec]:
    """One arm on two data sets, by seeds."""
    return grid(
        corpus=["sst1-phrases", "sst2-phrases"],
        vectors=None,
        dim=30,
        regime="random",
        encoder="mean",
        seed=range(seeds),
        batch_size=256,
        **SETTINGS | {"patience": 3},
        **UNMEASURED,
    )
