"""Does a deep average of word vectors classify sentiment better than a plain one, and does it
matter where the vectors start?

Run it with `embexp run iyyer_2015`; it needs MR, SST-1 and the phrases of SST-2 below
EMBEXP_DATA, GloVe 6B 100d there too, and about an hour on two cores.

After Iyyer et al. (2015, table 1): a neural bag of words (`mean`) and a deep averaging network
(`dan`), from random vectors and from GloVe, each tuned here with twelve trials. Theirs has 300
numbers a word, from 840 billion words, and reads the phrases of SST-1 too; our MR has one split
for their ten folds. SST-2's VecAvg of Socher et al. (2013, table 1), .801, is a plain average
that starts at random.

Expected before it was run: `tuned` is above `random` under both encoders, and `dan` above
`mean`, by less than the paper has, as the vectors are of fewer words.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "random"
CURVES = False
MEASURES = ("accuracy", "nll")
SOURCE = "Iyyer et al. (2015, table 1)"
NAMES = ("corpus", "encoder", "regime", "accuracy")
PUBLISHED = [
    dict(zip(NAMES, values, strict=True))
    for values in (
        ("mr", "mean", "random", 0.762),
        ("mr", "mean", "tuned", 0.790),
        ("mr", "dan", "random", 0.773),
        ("mr", "dan", "tuned", 0.803),
        ("sst1", "mean", "random", 0.423),
        ("sst1", "mean", "tuned", 0.436),
        ("sst1", "dan", "random", 0.454),
        ("sst1", "dan", "tuned", 0.477),
        ("sst2-phrases", "mean", "random", 0.814),
        ("sst2-phrases", "mean", "tuned", 0.836),
        ("sst2-phrases", "dan", "random", 0.832),
        ("sst2-phrases", "dan", "tuned", 0.863),
    )
]


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Two starts under a plain and a deep average on three data sets, by seeds."""
    return grid(
        corpus=["mr", "sst1", "sst2-phrases"],
        vectors="glove-6b-100d",
        regime=["random", "tuned"],
        encoder=["mean", "dan"],
        similarity=[()],
        tracked_pairs=[()],
        lexicon=None,
        polarity_corpus="validation",
        seed=range(seeds),
        batch_size=256,
        **SETTINGS | {"patience": 3},
    )
