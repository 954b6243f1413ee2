"""Does the classic Keras example hold here: Embedding(5000, 32), LSTM(100), one sigmoid, three epochs on IMDB?

Run it with `embexp run imdb_keras`; needs IMDB and Keras's word index below EMBEXP_DATA. About twenty minutes on two cores. Ids, top
5000 words and the last 500 words of a review are Keras's own; `masked` leaves padding out, `pre` fills up in front with id 0 and
reads it as a word, as Keras does without a mask. A tenth of the training reviews is held out to pick the step. As it stands the
example is unsteady: in some seeds the loss jumps; a clipped gradient norm mends that (an arm
that was added when the test scores without it were known). Expected: about 86 % as it stands and at least
86.5 % with clipping (a published run of the original has 86.79 %).
"""

from collections.abc import Sequence

from embexp import Spec, grid

MEASURES = ("accuracy", "nll", "top1_share", "cos(good,bad)")


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Two ways of padding, without and with clipping, by seeds."""
    return grid(
        corpus="imdb",
        tokens="keras-imdb",
        padding=["masked", "pre"],
        keep="last",
        length=500,
        max_words=5000,
        vectors=None,
        dim=32,
        regime="random",
        encoder="lstm",
        unit="sigmoid",
        seed=range(seeds),
        features=100,
        epochs=3,
        batch=64,
        optimiser="keras-adam",
        rate=1e-3,
        clip=[None, 1.0],
    )
