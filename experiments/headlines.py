"""Does a clickbait model with numbers beside the headline, and an auxiliary output on
the text alone, depend on its embedding?

Run it with `embexp run headlines`; it needs the headlines of Chakraborty et al. (2016)
and GloVe 6B 100d below EMBEXP_DATA.

The model is Keras's example with two inputs and two outputs. An LSTM(32), or a CNN with
32 maps for each window width, reads the words. Five surface features (length, digits,
punctuation, capitals, word length) join its features before three layers of 64, and the
auxiliary loss has a weight of .2. Expected: an accuracy of at least 97 % wherever the
table trains.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "frozen"
MEASURES = ("accuracy", "auxiliary_accuracy", "nll", "polarity", "simlex999", "overlap@10")


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Four arms by two encoders by seeds."""
    return grid(
        corpus="clickbait",
        polarity_corpus="validation",
        vocabulary="training",
        min_count=2,
        head="two-outputs",
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned", "random-labels"],
        encoder=["lstm", "cnn"],
        seed=range(seeds),
        hidden_size=32,
        max_words=10_000,
        output_activation="sigmoid",
        epochs=3,
        batch_size=32,
        learning_rate=1e-3,
        optimiser="keras-rmsprop",
    )
