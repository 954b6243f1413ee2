"""Few labels: does a start from pretrained vectors help, and is it by the words that training
does not show?

Run it with `embexp run alps_himalaya`; it needs the headlines of Chakraborty et al.
(2016) and GloVe 6B 100d below EMBEXP_DATA, and about an hour on two cores.

Clickbait is told from news with 50, 200 or 800 labelled headlines, twenty draws of them
each. Nothing but these headlines chooses anything: settings and number of steps come from
a cross-validation of five folds inside the draw, with twelve trials of every arm, and the
model is then trained on all of the draw. *Alps* occurs in four of the 32,000 headlines and
*Himalaya* in none: with few labels most words of a test headline are new. A pretrained arm
reads them by their vectors; with the vocabulary of training alone it reads `<unk>`.
"""

from collections.abc import Sequence

from embexp import Spec, grid
from embexp.search import SETTINGS, TRIALS as TRIALS

BASELINE = "random"
MEASURES = ("accuracy", "nll", "coverage_test")
CURVES = False
TEXTS = (50, 200, 800)
"""Labelled headlines."""
ARMS = {"extended": ["random", "frozen", "tuned", "projected"], "training": ["frozen"]}
"""Regimes, by the vocabulary that they read."""


def specs(seeds: int = 20) -> Sequence[Spec]:
    """Five arms by numbers of headlines by draws; each draw has a seed of its own."""
    return [
        spec
        for texts in TEXTS
        for draw in range(seeds)
        for vocabulary, regimes in ARMS.items()
        for spec in grid(
            corpus="clickbait",
            vocabulary=vocabulary,
            train_texts=texts,
            draw=draw,
            holdout="none",
            vectors="glove-6b-100d",
            regime=regimes,
            encoder="mean",
            seed=draw,
            lexicon=None,
            similarity=(),
            tracked_pairs=(),
            **SETTINGS | {"patience": None, "buckets": 1, "batch_size": 32, "head_inputs": "raw"},
        )
    ]
