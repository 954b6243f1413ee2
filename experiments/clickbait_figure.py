"""Are two sentences on melting mountain ice alike in a table that was trained on
clickbait, or only in a pretrained one?

Run it with `embexp run clickbait_figure`, then `python scripts/clickbait.py` for the
figure and the table of similarities; it needs the headlines of Chakraborty et al. (2016)
and GloVe 6B 100d below EMBEXP_DATA.

The model follows López-Sánchez et al. (2018, Applied Intelligence, doi
10.1007/s10489-017-1109-7): 25 words, a table, 100 ReLU maps of single words, dropout .3.
Here the maps are pooled over the whole text, numbers stay words, and the vectors are
GloVe's. The vocabulary is open, as *Himalaya* occurs in no headline. Expected: an
accuracy of at least 97 % wherever the table trains.
"""

from collections.abc import Sequence

from embexp import Spec, grid

BASELINE = "random"
MEASURES = ("accuracy", "nll", "simlex999", "cos(alps,himalaya)", "overlap@10")
SAVE_MODELS = True


def specs(seeds: int = 5) -> Sequence[Spec]:
    """Five arms by seeds."""
    return grid(
        corpus="clickbait",
        polarity_corpus="validation",
        min_count=2,
        vocabulary="open",
        max_length=25,
        vectors="glove-6b-100d",
        regime=["random", "frozen", "tuned", "projected", "random-labels"],
        encoder="cnn",
        windows=(1,),
        hidden_size=100,
        dropout=0.3,
        seed=range(seeds),
        tracked_pairs=("alps:himalaya",),
        epochs=3,
        batch_size=64,
        learning_rate=1e-3,
    )
