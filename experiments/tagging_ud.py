"""Which start serves a tagger of parts of speech best, and should it be frozen?

Run it with `embexp run tagging_ud`; it needs the English Web Treebank and GloVe 6B 100d
below EMBEXP_DATA, and about an hour and a half of one core.

Three arms are tuned with the same effort; the control takes the settings of the frozen one.
Words that training does not show have their pretrained vector when they are tagged.

Expected: tuned GloVe tags at least 90 % of the test tokens correctly, more than a random start
and more than frozen vectors do.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.grids import UNMEASURED
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
CURVES = False
MEASURES = ("accuracy", "nll")
FAMILY = ("accuracy",)


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Four arms by seeds."""
    return grid(
        corpus="ud-ewt",
        head="tags",
        vectors="glove-6b-100d",
        regime=["random", "random-frozen", "frozen", "tuned"],
        encoder="bilstm",
        hidden_size=64,
        seed=range(seeds),
        **SETTINGS | {"patience": 2, "epochs": 30},
        **UNMEASURED,
    )
