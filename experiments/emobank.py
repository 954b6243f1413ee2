"""Does a table that learns how pleasant sentences are learn it of words, too?

Run it with `embexp run emobank`; it needs EmoBank below EMBEXP_DATA and GloVe 6B 100d, and
about a quarter of an hour on two cores.

A linear head over the mean of vectors learns the valence, from 1 to 5, of 8,062 sentences.
Every arm is tuned with twelve trials.

Expected before it was run: `frozen` has r .53, as a ridge regression on means of GloVe was
said to have; `tuned` is above it by .02 at least and `random` below it; the lexicon's
agreement among neighbours grows where the table trains.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
CURVES = False
FAMILY = ("pearson", "lexicon@10")
MEASURES = (
    *("pearson", "spearman", "squared_error"),
    *("lexicon@10", "simlex999", "overlap@10", "cos(good,bad)"),
)


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Three arms and two controls by seeds."""
    return grid(
        corpus="emobank-valence",
        head="regression",
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned", "permuted", "random-labels"],
        encoder="mean",
        seed=range(seeds),
        **SETTINGS,
    )
