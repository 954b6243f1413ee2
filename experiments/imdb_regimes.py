"""Does it matter on IMDB where a table starts and whether it is frozen, with a mean of
vectors and a linear head?

Run it with `embexp run imdb_regimes`; it needs GloVe 6B 100d below EMBEXP_DATA and IMDB
there or from the hub, and about 4 minutes on two cores for 5 seeds. Log-odds of words
are counted on the validation reviews, which are never trained on but select the step.

Expected test accuracy: `random` and `tuned` at least 87 %, `frozen` clearly below,
`random-labels` at one half.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "frozen"


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Six arms by seeds."""
    return grid(
        corpus="imdb",
        polarity_corpus="validation",
        vocabulary="training",
        vectors="glove-6b-100d",
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
        min_count=5,
        epochs=5,
        batch_size=64,
        learning_rate=1e-2,
        table_rate=3e-3,
    )
