"""Logistic regression on the mean vectors of texts."""

import warnings

import numpy as np
from jaxtyping import Float
from scipy.special import log_softmax
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from embexp.baselines.family import Family, Fit, LogProbabilities, Settings, log_loss
from embexp.baselines.logistic import MOST_ITERATIONS, Linear
from embexp.baselines.texts import LabelledTexts, Texts

GRID = (1e-4, 1e-3, 1e-2, 1e-1, 1.0, 10.0, 100.0, 1000.0)
"""C, which multiplies the loss of the texts."""
TOLERANCE = 1e-6
"""L-BFGS stops where no slope of the mean loss exceeds it."""


def mean_vectors(train: LabelledTexts, held: LabelledTexts) -> Family:
    """Multinomial logistic regression on mean vectors.

    It is the optimum that a linear head over a frozen mean of vectors can reach. The
    loss is ½‖weights‖² + C Σ −log p(label), with a free bias. Features have the mean 0
    and the variance 1 in training; one that does not vary there counts for nothing.
    """
    centre, scale = scaling(train.known_means())
    features, others = ((texts.known_means() - centre) / scale for texts in (train, held))
    model = LogisticRegression(tol=TOLERANCE, max_iter=MOST_ITERATIONS, warm_start=True)

    def fit(_: Settings, penalty: float) -> Fit:
        model.set_params(C=penalty)  # the fit starts where that of the C before ended
        linear = fitted(model, features, train.labels)

        def score(_: Settings, texts: Texts) -> LogProbabilities:
            return probabilities((texts.known_means() - centre) / scale, linear)

        loss = log_loss(probabilities(others, linear), held.labels)
        return Fit([{}], [loss], score, linear.converged)

    return Family(fit, grid=GRID)


def regression(
    features: Float[np.ndarray, "texts dim"], labels: np.ndarray, penalty: float
) -> Linear:
    """Logistic regression with a free bias, by L-BFGS."""
    return fitted(
        LogisticRegression(tol=TOLERANCE, max_iter=MOST_ITERATIONS, C=penalty), features, labels
    )


def fitted(
    model: LogisticRegression, features: Float[np.ndarray, "texts dim"], labels: np.ndarray
) -> Linear:
    """A model's weights after it was fitted; with a warm start it begins where it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # recorded in `converged`
        model.fit(features, labels)
    converged = bool(model.n_iter_.max() < MOST_ITERATIONS)
    return Linear(np.array(model.coef_.T), np.array(model.intercept_), converged)


def scaling(
    means: Float[np.ndarray, "texts dim"],
) -> tuple[Float[np.ndarray, "dim"], Float[np.ndarray, "dim"]]:
    """The mean and the deviation of each feature; infinity for one that does not vary."""
    centre, spread = means.mean(axis=0, dtype=np.float64), means.std(axis=0, dtype=np.float64)
    return centre, np.where(spread > 1e-12 * np.abs(centre).clip(1e-12), spread, np.inf)


def probabilities(features: Float[np.ndarray, "texts dim"], linear: Linear) -> LogProbabilities:
    """Log-probabilities of classes; the one logit of two classes is that of the second."""
    logits = features @ linear.weights + linear.bias
    if logits.shape[1] == 1:
        logits = np.hstack([np.zeros_like(logits), logits])
    return log_softmax(logits, axis=1)
