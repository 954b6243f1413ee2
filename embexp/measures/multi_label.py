"""Measures of how well sets of classes are predicted."""

from collections.abc import Iterator, Sequence

import numpy as np
from jaxtyping import Float, Shaped

from embexp.measures.entry import SHARE, Measure
from embexp.measures.f1 import f1, macro_value
from embexp.measures.pseudo_values import pseudo_values
from embexp.measures.ranking import ranking_measures
from embexp.measures.statistics import Value, estimate, mean_interval, undefined, wilson

Logits = Float[np.ndarray, "texts classes"]
Sets = Shaped[np.ndarray, "texts classes"]
"""True, or 1, for each class that a text has."""


def losses(logits: Logits, labels: Sets) -> Float[np.ndarray, "texts"]:
    """−log p of each text's set in nats, classes independent."""
    wide = logits.astype(np.float64)
    return (np.logaddexp(0, wide) - wide * labels).sum(axis=1)


def multi_label_measures(
    logits: Logits,
    labels: Sets,
    classes: Sequence[str] = (),  # noqa: ARG001 - their names change nothing
    offsets: None = None,  # noqa: ARG001 - no tokens are labelled
) -> Iterator[tuple[str, Value]]:
    """Macro and micro F1, the share of sets that are right, NLL, AUROC and average precision.

    A class is predicted where its probability is one half at least.
    """
    n, own = len(labels), labels > 0
    guess = logits >= 0
    yield "macro_f1", macro_value(own, guess, None)
    yield "micro_f1", micro_f1(own, guess)
    right = float((guess == own).all(axis=1).mean()) if n else np.nan
    yield "accuracy", Value(right, *wilson(right, n), n, n, None)
    yield "nll", Value(*mean_interval(losses(logits, labels)), n, n, None)
    yield from ranking_measures(logits, own)


def micro_f1(own: Sets, guess: Sets) -> Value:
    """F1 = 2·hits/(predicted + true) of all classes together, in [0, 1]; over texts."""
    n = len(own)
    mass = own.sum(axis=1) + guess.sum(axis=1)
    if not mass.sum():
        return undefined(n)
    both = 2.0 * (own & guess).sum(axis=1)
    value = both.sum() / mass.sum()
    influence = (both - value * mass) / mass.sum()
    return estimate(float(value), float(np.linalg.norm(influence)), n)


def multi_label_scores(logits: Logits, labels: Sets) -> Iterator[tuple[str, np.ndarray]]:
    """The scores of single texts whose means are measures of the task, where these are defined."""
    own, guess = labels > 0, logits >= 0
    value, influence = f1(own, guess)
    if np.isfinite(value):
        yield "macro_f1", pseudo_values(value, influence)
    yield "accuracy", (guess == own).all(axis=1)
    yield "nll", losses(logits, labels)


MULTI_LABEL = (
    Measure(
        "micro_f1", "micro F1", SHARE, "task", True, None, "2·hits/(predicted + true), all classes"
    ),
)
"""`multi_label_measures` computes it."""
