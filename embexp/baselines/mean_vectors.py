"""Logistic regression on the mean vectors of texts."""

import warnings
from functools import partial
from typing import Any

import numpy as np
from jaxtyping import Float
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from embexp.baselines.family import Family, LogProbabilities, log_loss
from embexp.baselines.features import Model, on_means
from embexp.baselines.logistic import MOST_ITERATIONS, Linear, TextWeights
from embexp.baselines.texts import LabelledTexts

GRID = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0)
"""C, which multiplies the loss of the texts."""
TOLERANCE = 1e-6
"""L-BFGS stops where no slope of the mean loss exceeds it."""


def mean_vectors(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Multinomial logistic regression on mean vectors.

    It is the optimum that a linear head over a frozen mean of vectors can reach. The
    loss is ½‖weights‖² + C Σ −log p(label), with a free bias; where texts have weights,
    these multiply the terms of the sum, as they do the head's loss.
    """
    model = LogisticRegression(tol=TOLERANCE, max_iter=MOST_ITERATIONS, warm_start=True)

    def learn(features: Any, labels: Any, penalty: float) -> tuple[Model, bool]:
        model.set_params(C=penalty)  # the fit starts where that of the C before ended
        linear = fitted(model, features, labels, train.weights)
        return lambda others: probabilities(others, linear), linear.converged

    return on_means(train, held, learn, partial(log_loss, weights=held.weights), GRID)


def regression(
    features: Float[np.ndarray, "texts dim"], labels: np.ndarray, penalty: float
) -> Linear:
    """Logistic regression with a free bias, by L-BFGS."""
    return fitted(
        LogisticRegression(tol=TOLERANCE, max_iter=MOST_ITERATIONS, C=penalty), features, labels
    )


def fitted(
    model: LogisticRegression,
    features: Float[np.ndarray, "texts dim"],
    labels: np.ndarray,
    text_weights: TextWeights = None,
) -> Linear:
    """A model's weights after it was fitted; with a warm start it begins where it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # recorded in `converged`
        model.fit(features, labels, text_weights)
    converged = bool(model.n_iter_.max() < MOST_ITERATIONS)
    return Linear(np.array(model.coef_.T), np.array(model.intercept_), converged)


def probabilities(features: Float[np.ndarray, "texts dim"], linear: Linear) -> LogProbabilities:
    """Log-probabilities of classes; the one logit of two classes is that of the second."""
    logits = linear.outputs(features)
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    return log_softmax(logits, axis=1)
