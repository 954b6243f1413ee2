"""How much do frozen GloVe vectors gain on frozen random ones, and does the gain shrink as
labelled texts grow?

Run it with `embexp run arora_2020`; it needs MR, SST-2 and Subj below EMBEXP_DATA, GloVe 6B
100d there too, and about an hour on two cores.

After Arora, May, Zhang & Ré (2020, Contextual Embeddings: When Are They Worth It?), who compare
random, GloVe and BERT vectors, all frozen, under one classifier and plot how the gap to random
vectors closes with more texts. BERT is not compared here. Their random vectors come from a
circulant matrix; ours are drawn word by word, as long as GloVe's. We found no numbers of theirs
for these sizes, so none stand beside ours. Both starts are tuned with twelve trials at both
sizes, under an LSTM and a CNN; validation and test texts are the same at both sizes.

Expected before it was run: GloVe is ahead everywhere, the gain falls from 250 to 4,000
texts on each set and under each encoder, and with 4,000 it is below a tenth.
"""

from collections.abc import Sequence
from dataclasses import replace

from embexp import REGIMES, Spec, grid
from embexp.grids import UNMEASURED
from embexp.search import SETTINGS, TRIALS as TRIALS

RANDOM = "frozen-random"
REGIMES[RANDOM] = replace(
    REGIMES["random-frozen"],
    summary="random vectors as long as the pretrained ones, frozen and tuned for themselves",
    control=False,
    controls=None,
)
BASELINE = RANDOM
CURVES = False
MEASURES = ("accuracy", "nll")
FAMILY = ("accuracy",)


def specs(seeds: int = 4) -> Sequence[Spec]:
    """Two starts under two encoders, on two sizes of three data sets, by seeds."""
    return grid(
        corpus=["mr", "sst2", "subj"],
        train_texts=[250, 4_000],
        vectors="glove-6b-100d",
        regime=[RANDOM, "frozen"],
        encoder=["lstm", "cnn"],
        hidden_size=50,
        seed=range(seeds),
        **SETTINGS | {"patience": 3, "epochs": 50},
        **UNMEASURED,
    )
