"""Measures of how well numbers are predicted."""

from collections.abc import Iterator, Sequence
from math import nan

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Items
from embexp.measures.dependence import rank_influence
from embexp.measures.entry import RHO, Measure
from embexp.measures.pseudo_values import pseudo_values
from embexp.measures.statistics import Value, correlation_interval, mean_interval, undefined

Outputs = Float[np.ndarray, "texts 1"]
Numbers = Float[np.ndarray, "texts"]


def pearson_influence(x: Items, y: Items) -> tuple[float, Items]:
    """Pearson's r and each item's influence on it; NaN where a side does not vary.

    The influence of one item is (a·b − r·(a² + b²)/2)/n, where a and b are the item's
    standard scores (Devlin, Gnanadesikan & Kettenring 1975, Biometrika 62).
    """
    if len(x) < 2 or not (np.ptp(x) > 0 and np.ptp(y) > 0):
        return nan, np.full(len(x), nan)
    a, b = ((side - side.mean()) / side.std() for side in (x.astype(float), y.astype(float)))
    r = float(np.clip((a * b).mean(), -1, 1))
    return r, (a * b - r * (a**2 + b**2) / 2) / len(x)


def correlation(found: tuple[float, Items]) -> Value:
    """A correlation with the interval that its influences give, on Fisher's scale; chance 0."""
    value, influence = found
    n = len(influence)
    if not np.isfinite(value):
        return undefined(n, 0.0)
    error = float(np.linalg.norm(influence)) / (1 - value**2) if abs(value) < 1 else 0.0
    return Value(value, *correlation_interval(value, error), n, n, 0.0)


def errors(outputs: Outputs, labels: Numbers) -> Items:
    """How far each prediction is from its number."""
    return outputs[:, 0].astype(float) - labels


def regression_measures(
    outputs: Outputs,
    labels: Numbers,
    classes: Sequence[str] = (),  # noqa: ARG001 - there are none
    offsets: None = None,  # noqa: ARG001 - no tokens are labelled
) -> Iterator[tuple[str, Value]]:
    """Pearson's r, Spearman's ρ, and mean squared and absolute errors, with their names.

    Errors are in the unit of the labels; chance is what the best constant guess has.
    """
    off, n = errors(outputs, labels), len(labels)
    guess, numbers = outputs[:, 0].astype(float), labels.astype(float)
    yield "pearson", correlation(pearson_influence(guess, numbers))
    yield "spearman", correlation(rank_influence(guess, numbers))
    spread = float(np.var(numbers)) if n else nan
    yield "squared_error", Value(*mean_interval(off**2), n, n, spread)
    middle = float(np.abs(numbers - np.median(numbers)).mean()) if n else nan
    yield "absolute_error", Value(*mean_interval(np.abs(off)), n, n, middle)


def regression_scores(outputs: Outputs, labels: Numbers) -> Iterator[tuple[str, np.ndarray]]:
    """The scores of single texts whose means are measures of the task, where these are defined."""
    r, influence = pearson_influence(outputs[:, 0].astype(float), labels.astype(float))
    if np.isfinite(r):
        yield "pearson", pseudo_values(r, influence)
    yield "squared_error", errors(outputs, labels) ** 2


REGRESSION = tuple(
    Measure(name, title, unit, "task", higher, chance, reference)
    for name, title, unit, higher, chance, reference in (
        ("pearson", "Pearson's r", "correlation, −1 to 1", True, 0.0, "Pearson 1895"),
        ("spearman", "Spearman's ρ", RHO, True, 0.0, "Spearman 1904"),
        (
            "squared_error",
            "squared error",
            "squared units of the labels, from 0",
            False,
            None,
            "mean of (label − prediction)²",
        ),
        (
            "absolute_error",
            "absolute error",
            "units of the labels, from 0",
            False,
            None,
            "mean of |label − prediction|",
        ),
    )
)
"""`regression_measures` computes them."""
