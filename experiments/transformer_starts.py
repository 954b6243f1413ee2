"""Is GloVe as it is a worse start for a transformer than random vectors, and does it help to
scale it down first?

Run it with `embexp run transformer_starts`; it needs SST-2 below EMBEXP_DATA, GloVe 6B 100d
there too, and about half an hour on two cores.

Kim, Balasubramanian & Kang (2024) find that transformers do worse from GloVe than from random
vectors, as its entries spread more widely, and better than that once they are scaled to the
spread of a random table (`glorot`). Here a transformer of one layer, with normalisation before
each sub-layer, reads 6,920 sentences of SST-2 from random vectors, from GloVe as it is, from
GloVe with each coordinate of mean 0 and variance 1, and from GloVe scaled down. Every arm is
tuned with twelve trials, the rate of the table relative to the size of its entries, and has
twelve seeds. We know no numbers of theirs for SST-2, so none stand beside ours.

Expected before it was run: once rates are tuned GloVe as it is is above random, and no scale
changes what twelve seeds show.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.grids import UNMEASURED
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "random"
CURVES = False
FAMILY = ("accuracy",)
MEASURES = ("accuracy", "nll")
GLOVE = "glove-6b-100d"


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Four starts by seeds."""
    common = {
        "corpus": "sst2",
        "encoder": "transformer",
        "layers": 1,
        "hidden_size": 64,
        "feed_forward_size": 128,
        "batch_size": 128,
        "seed": range(seeds),
        **SETTINGS,
        **UNMEASURED,
    }
    starts = [GLOVE, f"standardised:{GLOVE}", f"glorot:{GLOVE}"]
    tuned = grid(vectors=starts, regime="tuned", **common)
    return [*grid(vectors=GLOVE, regime="random", **common), *tuned]
