"""What lies between a frozen and a tuned table: how much of the gain is left, and how much of
the meaning, on each path from one to the other?

Run it with `embexp run paths`; it needs MR and Subj below EMBEXP_DATA, GloVe 6B 100d there
too, and about an hour on two cores.

Five ways keep GloVe near its start while it is trained: a penalty λ‖E − E₀‖² (`anchored`,
Labutov & Lipson 2013, equation 1), a point E₀ + αΔE between start and end (`interpolated`), a
change of low rank (`low-rank`), a late start (`delayed`) and a skip-gram loss of weight α on the
same texts (`joint`, after Maas et al. 2011, section 3.3). Each runs over its range, all else of
each arm is tuned with twelve trials. Of the two papers only differences compare, as vectors,
texts and classifiers are others: Maas et al. (table 2, a linear SVM on IMDB) print .8730 for
contexts alone and .8744 with sentiment; for Labutov & Lipson we found no numbers.

Predicted (study D of docs/predictions.md): interpolation is within half a point of the anchor,
and rank 1 keeps at least 90 % of the gain of two classes.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "tuned"
CURVES = False
FAMILY = ("accuracy",)
FIXED = ("anchor_weight", "interpolation", "unfreeze_share", "joint_weight")
MEASURES = ("accuracy", "nll", "polarity", "simlex999", "drift")
PATHS = (
    {"regime": ["frozen", "tuned"]},
    {"regime": "anchored", "anchor_weight": [0.0001, 0.001, 0.01, 0.1, 1.0]},
    {"regime": "interpolated", "interpolation": [0.25, 0.5, 0.75]},
    {"regime": "low-rank", "rank": [1, 4, 16]},
    {"regime": "delayed", "unfreeze_share": [0.02, 0.05]},
    {"regime": "joint", "joint_weight": [0.01, 0.1, 1.0]},
)


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Both ends and points of five paths, by seeds, on two data sets."""
    return [
        spec
        for path in PATHS
        for spec in grid(
            corpus=["mr", "subj"],
            vectors="glove-6b-100d",
            encoder="mean",
            seed=range(seeds),
            **path,
            **SETTINGS,
        )
    ]
