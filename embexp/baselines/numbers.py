"""Baselines of tasks whose labels are numbers."""

from typing import Any

import numpy as np
from jaxtyping import Float
from sklearn.linear_model import Ridge

from embexp.baselines.family import Family, Fit, Settings
from embexp.baselines.features import Model, on_means, on_tf_idf
from embexp.baselines.logistic import Linear
from embexp.baselines.texts import LabelledTexts, Texts

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


def ridge(features: Any, labels: Any, penalty: float) -> tuple[Model, bool]:
    """Ridge regression: ‖weights‖² + C Σ (label − prediction)², with a free bias."""
    model = Ridge(alpha=1 / penalty).fit(features, labels)
    linear = Linear(model.coef_[:, None], np.array([model.intercept_]), converged=True)
    return linear.outputs, linear.converged


def ridge_tf_idf(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Ridge regression on TF-IDF, with words or words and bigrams, and C."""
    return on_tf_idf(train, held, ridge, squared_error, GRID)


def ridge_mean_vectors(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Ridge regression on mean vectors: the optimum of a linear head over a frozen mean."""
    return on_means(train, held, ridge, squared_error, GRID)
