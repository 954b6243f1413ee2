"""Words that `regularisation_path.py` compares, their log-odds, and what regression gives them."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int
from regularisation_path_checks import MATCHED
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from embexp.data import Ids
from embexp.grids import UNMEASURED
from embexp.measures.sentiment import log_odds
from embexp.measures.statistics import spearman
from embexp.measures.summary import LEAST_WORDS, STRATA
from embexp.tasks import Task

C = tuple(10 ** (half / 2) for half in range(-2, 13))
TOLERANCE = 1e-4
LEAST_READ = 5
"""Words are compared that training has so often."""
LEAST_HELD = 5
"""Log-odds are those of words in so many held-out texts."""


Weights = Float[np.ndarray, "vocab"]


class Words(NamedTuple):
    """What words are looked at: those that are compared, and held-out log-odds by stratum."""

    compared: Bool[np.ndarray, "vocab"]
    odds: Weights
    strata: Mapping[str, Bool[np.ndarray, "vocab"]]

    def polarity(self, logits: Weights) -> dict[str, float | None]:
        """Spearman's ρ of words' logits and log-odds, where a stratum has words enough."""
        return {
            name: rounded(spearman(logits[rows], self.odds[rows]))
            if rows.sum() >= LEAST_WORDS
            else None
            for name, rows in self.strata.items()
        }


def rounded(value: float) -> float:
    """Six digits, more than a table shows."""
    return round(value, 6)


def left_out(task: Task, polarity_corpus: str) -> tuple[Ids, Int[np.ndarray, "texts"]]:
    """Labelled texts that no run trains on, nor chooses anything by."""
    if polarity_corpus != UNMEASURED["polarity_corpus"]:
        assert task.documents is not None  # noqa: S101 - all have two classes
        return task.documents
    first, second = task.validation, task.test
    flat = np.concatenate([first.ids.flat, second.ids.flat])
    ends = np.concatenate([first.ids.offsets, first.ids.offsets[-1] + second.ids.offsets[1:]])
    return Ids(flat, ends), np.concatenate([first.labels, second.labels])


def words_of(task: Task, polarity_corpus: str) -> Words:
    """The words of a task's vocabulary as they are looked at."""
    ids, labels = left_out(task, polarity_corpus)
    counts = task.vocabulary.counts
    odds, documents = log_odds(ids.flat, ids.offsets, labels, len(counts))
    words = np.arange(len(counts)) >= task.vocabulary.specials
    compared, known = words & (counts >= LEAST_READ), words & (documents >= LEAST_HELD)
    strata = {MATCHED: known & compared} | {
        name: known & (counts >= low) & (counts <= high)
        for name, (low, high) in STRATA.items()
        if low > 0
    }
    return Words(compared, odds, strata)


def shares(ids: Ids, vocab: int) -> csr_array:
    """Word counts over the length of the text: texts × words; an empty text has zeros."""
    values = np.repeat(1 / np.maximum(ids.lengths, 1), ids.lengths)
    places = ids.flat.astype(np.int32), ids.offsets.astype(np.int32)
    found = csr_array((values, *places), shape=(len(ids.lengths), vocab))
    found.sum_duplicates()
    return found


def regressions(features: csr_array, labels: Int[np.ndarray, "texts"]) -> list[Weights]:
    """The weights of logistic regression at each C.

    LIBLINEAR minimises ½‖w‖² + ½b² + C Σ −log p(label), here by Newton steps in the primal.
    """
    return [
        LogisticRegression(C=c, solver="liblinear", tol=TOLERANCE).fit(features, labels).coef_[0]
        for c in C
    ]
