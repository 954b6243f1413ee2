"""Baselines of tasks whose labels are numbers."""

from functools import cache

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import Ridge

from embexp.baselines.family import Family, Fit, Settings
from embexp.baselines.mean_vectors import scaling
from embexp.baselines.texts import LabelledTexts, Texts
from embexp.baselines.tf_idf import ORDERS, TfIdf

GRID = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0)
"""C: the inverse of the ridge penalty."""
Predictions = Float[np.ndarray, "texts 1"]


def squared_error(scores: Predictions, labels: Float[np.ndarray, "texts"]) -> float:
    """The mean squared error; 0 for no texts."""
    return float(((scores[:, 0] - labels) ** 2).sum()) / max(len(labels), 1)


def mean_number(train: LabelledTexts, held: LabelledTexts) -> Family:
    """The mean of the training numbers, for every text."""
    middle = float(train.labels.mean())

    def score(_: Settings, texts: Texts) -> Predictions:
        return np.full((len(texts), 1), middle)

    def fit(_: Settings, __: float) -> Fit:
        return Fit([{}], [squared_error(score({}, held), held.labels)], score)

    return Family(fit)


def ridge_tf_idf(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Ridge regression on TF-IDF, with words or words and bigrams, and C."""
    weights = TfIdf(train)
    features = cache(lambda order: (weights.of(train, order), weights.of(held, order)))

    def fit(settings: Settings, penalty: float) -> Fit:
        order = int(settings["ngrams"])
        own, others = features(order)
        model = Ridge(alpha=1 / penalty).fit(own, train.labels)

        def score(_: Settings, texts: Texts) -> Predictions:
            return model.predict(weights.of(texts, order))[:, None]

        return Fit([{}], [squared_error(model.predict(others)[:, None], held.labels)], score)

    return Family(fit, [{"ngrams": order} for order in ORDERS], GRID)


def ridge_mean_vectors(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Ridge regression on mean vectors: the optimum of a linear head over a frozen mean.

    Features have the mean 0 and the variance 1 in training.
    """
    centre, scale = scaling(train.known_means())

    def features(texts: Texts) -> Float[np.ndarray, "texts dim"]:
        return (texts.known_means() - centre) / scale

    own, others = features(train), features(held)

    def fit(_: Settings, penalty: float) -> Fit:
        model = Ridge(alpha=1 / penalty).fit(own, train.labels)

        def score(_: Settings, texts: Texts) -> Predictions:
            return model.predict(features(texts))[:, None]

        predicted = model.predict(others)[:, None] if len(others) else np.empty((0, 1))
        return Fit([{}], [squared_error(predicted, held.labels)], score)

    return Family(fit, grid=GRID)
