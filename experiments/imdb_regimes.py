"""Does it matter on IMDB where a table starts and whether it is frozen, with a mean of
vectors and a linear head, and what does the table learn?

Run it with `embexp run imdb_regimes`; it needs IMDB with its unlabelled reviews, GloVe 6B
100d and the words of GoogleNews below EMBEXP_DATA, and two to three hours on two cores.

Every arm is tuned with twelve trials, and the search is repeated twice with other draws.
Two frozen arms read vectors that skip-gram made of the same reviews without their labels,
one of them of the 50,000 unlabelled reviews besides: what these have of polarity, labels
are not needed for. Log-odds of words are counted on the test reviews, which neither train
nor select. Meaning is compared with GoogleNews, from which no arm starts.

Expected before it was run: `tuned` and `random` differ by less than a point, `frozen` is
below both; polarity of `random` is no higher than that of skip-gram on the same reviews,
but only trained tables part *good* from *bad*; `random-labels` stays at one half.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen · glove-6b-100d"
SEARCHES = 3
FAMILY = ("accuracy", "polarity", "polar_antonym_auc")
MEASURES = (
    "accuracy",
    "nll",
    "polarity",
    "polar_antonym_auc",
    "simlex999",
    "wordsim353",
    "overlap_reference@10",
    "top1_share",
    "cos(good,bad)",
    "cos(film,movie)",
)
ARMS = {
    "glove-6b-100d": [
        *("random", "frozen", "tuned"),
        *("random-frozen", "permuted", "matched-gaussian", "random-labels"),
    ],
    "trained:skipgram": ["frozen"],
    "trained:skipgram,unlabelled=1": ["frozen"],
}


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Nine arms by seeds."""
    return [
        spec
        for vectors, regimes in ARMS.items()
        for spec in grid(
            corpus="imdb",
            vectors=vectors,
            reference="googlenews-subset",
            relations="wordnet",
            regime=regimes,
            encoder="mean",
            seed=range(seeds),
            **SETTINGS | {"patience": 3, "epochs": 50},
        )
    ]
