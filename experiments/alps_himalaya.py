"""Few labels: does a start from pretrained vectors help, and does the model then know
words that it was never trained on?

Run it with `embexp run alps_himalaya`; it needs the headlines of Chakraborty et al.
(2016) and GloVe 6B 100d below EMBEXP_DATA, and some six minutes on two cores.

Clickbait is told from news with 50 labelled headlines up to all of them. The vocabulary
is open, so words that training never shows have rows, which a pretrained start fills.
*Alps* occurs in four headlines and *Himalaya* in none. Their cosine, and the human
similarity of pairs that do not both occur in training (`embexp table alps_himalaya
--stratum 0 --checkpoint last`), show what each regime knows of unseen words; only
`projected` moves those. The step is selected on all validation headlines, in all arms
and for all numbers of training texts.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "random"
MEASURES = ("accuracy", "nll", "wordsim353", "simlex999", "cos(alps,himalaya)", "cos(alps,soups)")
CURVES = False
EPOCHS = {50: 60, 200: 40, 800: 20, 3200: 10, 12_800: 5, None: 3}
"""Labelled texts, and epochs over them: fewer texts are seen more often."""


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Four arms by six numbers of texts by seeds."""
    return [
        spec
        for texts, epochs in EPOCHS.items()
        for spec in grid(
            corpus="clickbait",
            polarity_corpus="validation",
            vocabulary="open",
            min_count=1,
            train_texts=texts,
            epochs=epochs,
            vectors="glove-6b-100d",
            regime=["random", "frozen", "tuned", "projected"],
            encoder="mean",
            seed=range(seeds),
            tracked_pairs=("alps:himalaya", "alps:soups"),
            batch_size=64,
            learning_rate=1e-2,
            table_rate=3e-3,
        )
    ]
