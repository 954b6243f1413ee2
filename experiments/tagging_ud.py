"""Which start serves a tagger of parts of speech best, and should it be frozen?

Run it with `embexp run tagging_ud`; it needs the English Web Treebank and GloVe 6B 100d
below EMBEXP_DATA, and a few minutes on two cores. Expected: a BiLSTM with tuned GloVe
tags at least 90 % of the test tokens correctly; with a random start or frozen vectors it
tags fewer.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "frozen"
MEASURES = ("accuracy", "nll", "simlex999", "wordsim353", "overlap@10")


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Four arms by seeds."""
    return grid(
        corpus="ud-ewt",
        polarity_corpus="validation",
        vocabulary="training",
        min_count=2,
        head="tags",
        vectors="glove-6b-100d",
        regime=["random", "random-frozen", "frozen", "tuned"],
        encoder="bilstm",
        seed=range(seeds),
        hidden_size=64,
        epochs=6,
        batch_size=32,
        learning_rate=3e-3,
        table_rate=2e-3,
    )
