"""Logistic regression on sparse features, each class against the rest."""

import warnings
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy.sparse import csr_array
from scipy.special import logsumexp
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from embexp.baselines.family import LogProbabilities

MOST_ITERATIONS = 10_000
TOLERANCE = 1e-2
"""LIBLINEAR stops where no text's dual gradient, a difference of logits, exceeds it."""

TextWeights = Float[np.ndarray, "texts"] | None


class Linear(NamedTuple):
    """A linear model: logits are features @ weights + bias, with a column for each problem."""

    weights: Float[np.ndarray, "features problems"]
    bias: Float[np.ndarray, "problems"]
    converged: bool

    def outputs(self, features: Any) -> Float[np.ndarray, "texts problems"]:
        """Those of some texts, whose features may be sparse."""
        return features @ self.weights + self.bias


def problems(labels: Int[np.ndarray, "texts"]) -> list[int]:
    """The classes that have a logit of their own: of two classes, the second."""
    classes = int(labels.max()) + 1
    return [1] if classes == 2 else list(range(classes))


def one_vs_rest(
    features: Callable[[int], csr_array],
    labels: Int[np.ndarray, "texts"],
    penalty: float,
    text_weights: TextWeights = None,
) -> Linear:
    """Logistic regression of each class against the rest, by LIBLINEAR's dual solver.

    The loss of a problem is ½‖weights‖² + ½ bias² + C Σ −log p(label), as in LIBLINEAR,
    where the bias is the weight of a constant feature (Fan et al. 2008).

    Args:
        features: those of each problem, by its class.
        penalty: C, the inverse of the penalty's strength.
        text_weights: what the −log p(label) of each text is multiplied by, in all problems.
    """
    fitted = [
        binary(features(each), labels == each, penalty, text_weights) for each in problems(labels)
    ]
    return Linear(
        np.column_stack([each.weights for each in fitted]),
        np.concatenate([each.bias for each in fitted]),
        all(each.converged for each in fitted),
    )


def binary(
    features: csr_array, positive: np.ndarray, penalty: float, text_weights: TextWeights = None
) -> Linear:
    """One problem of `one_vs_rest`."""
    model = LogisticRegression(
        C=penalty,
        solver="liblinear",
        dual=True,
        tol=TOLERANCE,
        max_iter=MOST_ITERATIONS,
        random_state=0,  # the order in which texts are visited
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # recorded in `converged`
        model.fit(features, positive, text_weights)
    converged = bool(np.max(model.n_iter_) < MOST_ITERATIONS)
    return Linear(np.array(model.coef_.T), np.array(model.intercept_), converged)


def rest_probabilities(logits: Float[np.ndarray, "texts problems"]) -> LogProbabilities:
    """Log-probabilities of classes from logits of `one_vs_rest`.

    The logistic function of each logit, divided by their sum (Zadrozny & Elkan 2002);
    the one logit of two classes is that of the second.
    """
    own = -np.logaddexp(0, -logits)
    if logits.shape[1] == 1:
        return np.column_stack([-np.logaddexp(0, logits), own])
    return own - logsumexp(own, axis=1, keepdims=True)
