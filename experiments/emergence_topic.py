"""Does a table that is trained to tell topics, not sentiment, come to hold word meaning?

Run it with `embexp run emergence_topic`; it needs 20 newsgroups, GloVe and WordNet's
pairs below EMBEXP_DATA, and about 3 minutes on two cores for 5 seeds. Posts are cut to
200 words.

Expected: from a random start relatedness (WordSim-353 relatedness, CKA with GloVe) rises
well above the control with random labels, because twenty topics tell words of different
subjects apart. Similarity (SimLex-999) does not, and antonyms stay closer than synonyms,
as they share their topic. Sentiment (lexicon consistency) stays near chance.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "random-labels"
MEASURES = (
    *("accuracy", "wordsim353-rel", "wordsim353-sim", "simlex999", "overlap_reference@10", "cka"),
    *("antonym_auc", "lexicon@10", "drift", "delta_rank"),
    *("text_rsa_meaning|label", "text_rsa_label|meaning"),
)


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Five arms by seeds."""
    return grid(
        corpus="20news",
        polarity_corpus="validation",
        vocabulary="training",
        vectors="glove-6b-100d",
        similarity=("simlex999", "wordsim353", "wordsim353-sim", "wordsim353-rel"),
        relations="wordnet",
        tracked_pairs=("good:bad", "car:bike", "car:god"),
        regime=["random", "frozen", "tuned", "permuted", "random-labels"],
        encoder="mean",
        seed=range(seeds),
        max_length=200,
        min_count=5,
        epochs=8,
        batch_size=64,
        learning_rate=1e-2,
        table_rate=3e-3,
    )
