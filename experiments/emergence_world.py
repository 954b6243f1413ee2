"""Which structure does a table learn first where the truth is known: the topics of a
made-up language, or its polarities?

Run it with `embexp run emergence_world`; it needs nothing but the package, and some minutes
on two cores.

In the world's texts topic and polarity are independent, and the label depends on
polarity alone. The pretrained vectors are skip-gram's, trained on the world's unlabelled
texts, in which polarity does not show (`cooccurrence=0`), so they know topics only.
Log-odds of words are counted on the same world's texts of another seed. Every arm is tuned
with twelve trials; controls take the settings and the step of the arm that they control.

Expected: from a random start polarity rises within an epoch, and topics (similarity)
stay near chance. Tuned vectors gain polarity and keep their topics. Frozen vectors have
no polarity, and a model on them gets not much above one half.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "frozen"
FAMILY = ("accuracy", "polarity", "similarity(world)")
MEASURES = (
    "accuracy",
    "similarity(world)",
    "overlap_reference@10",
    "polarity",
    "antonym_auc(world)",
    "lexicon@10(world)",
    "delta_rank",
)
WORLD = "words=1000,topics=10,texts=8000"


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Five arms by seeds."""
    return grid(
        corpus=f"world:{WORLD}",
        polarity_corpus=f"world:{WORLD},seed=1",
        similarity=("world",),
        relations="world",
        lexicon="world",
        tracked_pairs=("t0pos0a:t0neg0a", "t0pos0a:t0pos0b", "t0pos0a:t1pos0a"),
        vectors="trained:skipgram,dim=50,epochs=5",
        regime=["random", "frozen", "tuned", "permuted", "random-labels"],
        encoder="mean",
        seed=range(seeds),
        **SETTINGS,
    )
