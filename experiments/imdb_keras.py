"""Does the classic Keras example hold here: Embedding(5000, 32), LSTM(100), one
sigmoid, three epochs on IMDB?

Run it with `embexp run imdb_keras`; it needs IMDB and Keras's word index below
EMBEXP_DATA, and about half an hour on two cores.

Ids, the 5,000 most frequent words and the last 500 words of a review are Keras's own.
`masked` leaves padding out; `pre` pads in front with id 0 and reads it as a word, as
Keras does without a mask. With holdout `none` all 25,000 reviews are trained on and the
last step is scored, as in the original; with `validation` a tenth is held out to select
the step. 86.79 % is often quoted for the original; we have no source for it.

As it stands the example is unsteady: in some seeds the loss jumps
(`benchmarks/keras_imdb.py` shows whether it does in Keras's own runs). Clipping the
gradient's norm should cure that, and where a step is selected, a jump at the end costs
nothing.

What was known when: with seeds 0 to 4 and a tenth held out, test scores had been 86.2
and 86.5 % without clipping and 87.0 and 87.3 % with it. So the seeds here begin at 5.
The arm that clips and holds out was added when the masked arms without a holdout had
been scored (79.5 and 86.5 %). Expected of it: at least 86.5 %.
"""

from collections.abc import Sequence
from typing import Any

from embexp import Spec, grid

BY, BASELINE = "clip", "none"
MEASURES = ("accuracy", "nll", "top1_share", "cos(good,bad)")
FIRST = 5
"""The first seed."""


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Two ways of padding by seeds, trained in three ways.

    On all reviews without clipping, on all with clipping, and with clipping and a tenth
    held out.
    """
    ways = [("none", None), ("none", 1.0), ("validation", 1.0)]
    return [
        spec
        for holdout, clip in ways
        for spec in example(holdout=holdout, clip=clip, seed=range(FIRST, FIRST + seeds))
    ]


def example(**given: Any) -> Sequence[Spec]:
    """The example in both ways of padding, with some settings."""
    return grid(
        corpus="imdb",
        polarity_corpus="validation",
        vocabulary="training",
        min_count=2,
        tokenizer="keras-imdb",
        padding=["masked", "pre"],
        truncation="pre",
        max_length=500,
        max_words=5000,
        vectors=None,
        dim=32,
        regime="random",
        encoder="lstm",
        output_activation="sigmoid",
        hidden_size=100,
        epochs=3,
        batch_size=64,
        optimiser="keras-adam",
        learning_rate=1e-3,
        **given,
    )
