"""Which start serves a tagger of emerging entities best, where most test names were
never seen in training?

Run it with `embexp run tagging_wnut`; it needs WNUT 2017 and GloVe 6B 100d below
EMBEXP_DATA, and about half an hour on two cores.

Three arms are tuned with the same effort; the control takes the settings of the frozen one.
Words that training does not show have their pretrained vector when they are tagged.

Expected: span F1 is far higher for the pretrained starts, and of these the frozen one is
ahead, as a name that training never shows lies where its vector was.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.grids import UNMEASURED
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
CURVES = False
MEASURES = ("span_f1", "accuracy", "nll")
FAMILY = ("span_f1",)


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Four arms by seeds."""
    return grid(
        corpus="wnut17",
        head="tags",
        vectors="glove-6b-100d",
        regime=["random", "random-frozen", "frozen", "tuned"],
        encoder="bilstm",
        hidden_size=64,
        seed=range(seeds),
        **SETTINGS | {"patience": 2, "epochs": 30},
        **UNMEASURED,
    )
