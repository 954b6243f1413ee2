"""A logistic probe: what a linear model reads from rows that it was not fitted to."""

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Mask, Places, Rows
from embexp.measures.dependence import grouped_error
from embexp.measures.geometry import check_finite
from embexp.measures.read_out import fold_of
from embexp.measures.statistics import Value, estimate, undefined

PENALTY = 1.0
"""On half the squared weights of standardised features; scikit-learn's C = 1."""
SQRT2 = 2**0.5
LEAST = 20
"""Fewer items than this of a class, or in all, give no value."""


def group_folds(groups: Places) -> Places:
    """The fold of each word; a group stays in one fold, and their order is fixed but arbitrary."""
    return fold_of(int(groups.max(initial=-1)) + 1)[groups]


def class_probe(
    rows: Rows,
    classes: Places,
    groups: Places | None = None,
) -> Value:
    """Balanced accuracy of a logistic probe on items it was not fitted to; chance 1/classes.

    It is the mean over classes of the share found.

    Args:
        classes: from 0; a class that does not occur is none.
        groups: items that stay in one fold and are dependent, numbered from 0; each on
            its own by default.

    The interval is normal, widened by √2 as items inform each other's prediction.
    Undefined for one class, or where a class has fewer than `LEAST` items. Where
    nothing can be read, the value lies some .01 below chance on average (what a fold
    has too much of, the others have too little of), well within the interval.
    """
    classes = np.unique(classes, return_inverse=True)[1]
    sizes = np.bincount(classes)
    count = len(sizes)
    if count < 2 or sizes.min() < LEAST:
        return undefined(len(classes), 1 / count if count else None)
    group = np.arange(len(classes)) if groups is None else groups
    right = _predicted(rows, classes, group_folds(group)) == classes
    shares = np.bincount(classes, weights=right) / sizes
    value = float(shares.mean())
    error = SQRT2 * grouped_error(group, (right - shares[classes]) / (count * sizes[classes]))
    return estimate(value, error, len(classes), 1 / count)


def _predicted(rows: Rows, classes: Places, fold: Places) -> Places:
    """The class of each item by a probe fitted on the other folds."""
    check_finite(rows)
    count, predicted = int(classes.max()) + 1, np.empty(len(classes), np.int64)
    for one in np.unique(fold):
        train, test = fold != one, fold == one
        features = standardised(rows, train)
        weights, bias = logistic(features[train], classes[train], count)
        predicted[test] = (features[test] @ weights + bias).argmax(axis=1)
    return predicted


def standardised(rows: Rows, train: Mask) -> Float[np.ndarray, "rows dim"]:
    """Features with mean 0 and variance 1 on some rows; one that does not vary there is 0."""
    mean, spread = (of(rows[train], axis=0, dtype=np.float64) for of in (np.mean, np.std))
    varies = spread > 1e-12 * np.abs(mean).clip(1e-12)
    return (rows - mean) / np.where(varies, spread, np.inf)


def logistic(
    features: Rows, classes: Places, count: int, penalty: float = PENALTY
) -> tuple[Float[np.ndarray, "dim classes"], Float[np.ndarray, "classes"]]:
    """Weights and biases of multinomial logistic regression, by L-BFGS.

    The loss is Σ −log p(class) + penalty/2·‖weights‖², biases free. Two classes have
    one logit, that of the second class (the first has weights 0), as in scikit-learn.
    """
    from scipy.optimize import minimize

    dim, logits = features.shape[1], count - (count == 2)
    hot = np.eye(count)[classes]

    def whole(flat):
        given = flat.reshape(dim + 1, logits)
        return np.column_stack([np.zeros(dim + 1), given]) if count == 2 else given

    def loss(flat):
        theta = whole(flat)
        score = features @ theta[:-1] + theta[-1]
        score -= score.max(axis=1, keepdims=True)
        exps = np.exp(score)
        mass = exps.sum(axis=1)
        value = float((np.log(mass) - (score * hot).sum(axis=1)).sum()) + penalty / 2 * float(
            (theta[:-1] ** 2).sum()
        )
        error = exps / mass[:, None] - hot
        slope = np.vstack([features.T @ error + penalty * theta[:-1], error.sum(axis=0)])
        return value, slope[:, count - logits :].ravel()

    found = minimize(
        loss,
        np.zeros((dim + 1) * logits),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 500, "gtol": 1e-4},
    )
    theta = whole(found.x)
    return theta[:-1], theta[-1]
