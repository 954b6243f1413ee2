"""Logistic regression on TF-IDF weights."""

from functools import partial
from typing import Any

from embexp.baselines.family import Family, log_loss
from embexp.baselines.features import Model, on_tf_idf
from embexp.baselines.logistic import one_vs_rest, rest_probabilities
from embexp.baselines.texts import LabelledTexts

GRID = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1000.0)
"""C, which multiplies the loss of the texts."""


def tf_idf(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Logistic regression on TF-IDF, with words or words and bigrams, and C.

    Each class is fitted against the rest (`one_vs_rest`).
    """

    def learn(features: Any, labels: Any, penalty: float) -> tuple[Model, bool]:
        linear = one_vs_rest(lambda _: features, labels, penalty, train.weights)
        return lambda others: rest_probabilities(linear.outputs(others)), linear.converged

    return on_tf_idf(train, held, learn, partial(log_loss, weights=held.weights), GRID)
