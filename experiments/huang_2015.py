"""Does a tagger of chunks need pretrained vectors?

After Huang, Xu & Yu (2015, Bidirectional LSTM-CRF Models for Sequence Tagging, table 2):
CoNLL-2000, span F1 of a BiLSTM whose vectors start at random .9364 and with Senna's .9392,
a difference of .0028; with word features only Senna's start has .9380 (table 3). Run it with
`python scripts/chunking.py`, which also parts the words that training saw from the others;
it needs CoNLL-2000 and GloVe 6B 100d below EMBEXP_DATA, and some twenty minutes of one core.

Where it differs: theirs also see spelling and neighbouring words by way of 300 hidden units
and a layer of features, and which sentences validate is not said; here are words in lower case
alone, GloVe in place of Senna's 50 numbers, 100 hidden units either way, and a tenth of the
training sentences validates. All arms share one set of rates, so that this is no ranking.
Expected: a random start is further behind than theirs, by its words that training never saw.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "random"
MEASURES = ("span_f1", "accuracy", "nll", "coverage_test", "overlap@10")


def specs(seeds: int = 3) -> Sequence[Spec]:
    """Four arms by seeds."""
    return grid(
        corpus="conll2000",
        polarity_corpus="validation",
        head="tags",
        vectors="glove-6b-100d",
        regime=["random", "random-frozen", "frozen", "tuned"],
        encoder="bilstm",
        seed=range(seeds),
        min_count=2,
        hidden_size=100,
        epochs=8,
        batch_size=32,
        learning_rate=3e-3,
        table_rate=2e-3,
    )
