"""What does each regime do to accuracy, meaning and polarity, when all are tuned alike?

Run it with `embexp run all_regimes`; it needs SST-2 and IMDB below EMBEXP_DATA and the GloVe
6B 50d that a package carries, and about an hour and a half on two cores.

Every regime by twelve seeds on 6,920 sentences of SST-2, and six of them on 25,000 reviews of
IMDB, with a mean of vectors and a linear head. Every arm that is no control is tuned with
twelve trials; controls take the settings and the step of the arm that they control. `new-rows`
trains the vectors of sixteen words of judgement and of no other.

Expected: what trains few numbers (`uncovered-rows`, `new-rows`, `projected`) stays near
frozen in meaning and gains little accuracy; `anchored`, `low-rank`, `joint` and
`interpolated` classify as tuned does and keep more of GloVe's similarities than it;
`delayed` differs from tuned in neither.
"""

from collections.abc import Sequence

from embexp import REGIMES, Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "tuned"
CURVES = False
FAMILY = ("accuracy", "polarity", "simlex999")
MEASURES = (
    "accuracy",
    "nll",
    "polarity",
    "polar_antonym_auc",
    "simlex999",
    "wordsim353",
    "drift",
    "overlap_reference@10",
    "cos(good,bad)",
    "cos(film,movie)",
)
JUDGEMENTS = (
    *("good", "great", "best", "funny", "moving", "beautiful", "perfect", "brilliant"),
    *("bad", "worst", "boring", "dull", "stupid", "mess", "terrible", "awful"),
)

COMMON = {"vectors": "glove-6b-50d", "relations": "wordnet", "encoder": "mean"}
LONGER = ("random", "frozen", "uncovered-rows", "low-rank", "anchored", "tuned")
"""Those that read IMDB, too."""


def specs(seeds: int = 12) -> Sequence[Spec]:
    """Every regime on SST-2 and six on IMDB, by seeds."""
    common = {**COMMON, "seed": range(seeds), **SETTINGS}
    sentences = grid(corpus="sst2", regime=list(REGIMES), train_words=[JUDGEMENTS], **common)
    sooner = {"patience": 3, "epochs": 50}
    return [*sentences, *grid(corpus="imdb", regime=list(LONGER), **common | sooner)]
