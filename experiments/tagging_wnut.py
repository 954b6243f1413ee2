"""Which start serves a tagger of emerging entities best, where most test names were
never seen in training?

Run it with `embexp run tagging_wnut`; it needs WNUT 2017 and GloVe 6B 100d below
EMBEXP_DATA, and some seven minutes on two cores.

Expected: with the vocabulary of the training split span F1 stays low for all arms, as
most names are `<unk>`. With an open vocabulary a name that training never shows has its
pretrained vector, and span F1 is far higher for the pretrained starts, and for them
only.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "frozen"
MEASURES = ("span_f1", "accuracy", "nll", "simlex999", "overlap@10")


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Four arms by two vocabularies by seeds."""
    return grid(
        corpus="wnut17",
        polarity_corpus="validation",
        head="tags",
        vocabulary=["training", "open"],
        vectors="glove-6b-100d",
        regime=["random", "random-frozen", "frozen", "tuned"],
        encoder="bilstm",
        seed=range(seeds),
        min_count=1,
        hidden_size=64,
        epochs=8,
        batch_size=16,
        learning_rate=3e-3,
        table_rate=2e-3,
    )
