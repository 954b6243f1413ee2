"""Does a model with more parameters than it can use stay at one half where labels mean nothing?

Run it with `embexp run random_label_control`; it needs nothing but the package.

The classic example (Embedding(10, 256), LSTM(128), dropout .5, one sigmoid, RMSprop,
batches of 16, 10 epochs) is trained on texts of a synthetic world twice: with labels
that follow the words' polarity, and with half of the labels flipped, which leaves
nothing to learn (`noise=0.5`). Expected: far above one half with the former and one half
with the latter. The control then stays there because there is nothing to learn, not
because the model cannot.
"""

from collections.abc import Sequence

from embexp import Spec, grid

WORLD = (
    "world:words=20,topics=2,synonyms=1,unseen=0,polar=1,function=0,negation=0,texts=5000,length=20"
)
MEASURES = ("accuracy", "nll")


def specs(seeds: int = 5) -> Sequence[Spec]:
    """True and random labels, by seeds."""
    return grid(
        corpus=[f"{WORLD},noise=0", f"{WORLD},noise=0.5"],
        polarity_corpus="validation",
        vocabulary="training",
        min_count=2,
        max_words=8,
        vectors=None,
        dim=256,
        lexicon=None,
        regime="random",
        encoder="lstm",
        output_activation="sigmoid",
        seed=range(seeds),
        hidden_size=128,
        dropout=0.5,
        epochs=10,
        batch_size=16,
        optimiser="keras-rmsprop",
        learning_rate=1e-3,
    )
