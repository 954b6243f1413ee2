"""How often intervals of a mean difference hold the truth, over simulated tables of scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.measures.replicates import replicate_mean
from embexp.measures.statistics import LEVEL, Z, mean_interval
from embexp.measures.variance import crossed_difference

Table = Float[np.ndarray, "replicates items"]
Interval = tuple[float, float, float]
"""Mean, low and high."""

TABLES = 2000
SEED = 17
SIZES = ((12, 300), (5, 300), (3, 300))
"""Replicates and items."""
RESAMPLES = 1000
DIFFERENCE = 0.5
"""The true difference of Gaussian scores, in standard errors of the mean difference."""
SHARED = 3.0
"""How much larger the effects of items are that both arms share than those of one arm."""
LOGITS = {"means": (1.2, 1.0), "items": 1.5, "own items": 0.5, "replicates": 0.15}
"""Of binary scores: the arms' mean logits, and standard deviations of effects on the logit."""


class Arms(NamedTuple):
    """Two tables with the same replicates and items, and the true mean of one − other."""

    one: Table
    other: Table
    truth: float


class Mix(NamedTuple):
    """Shares of replicates, items and residual in the variance of the mean difference."""

    replicates: float
    items: float
    residual: float


MIXES: Mapping[str, Mix] = {
    "replicates dominate": Mix(0.8, 0.1, 0.1),
    "items dominate": Mix(0.1, 0.8, 0.1),
    "balanced": Mix(1 / 3, 1 / 3, 1 / 3),
    "residual dominates": Mix(0.05, 0.05, 0.9),
}
BINARY = "binary scores"


def gaussian_arms(rng: np.random.Generator, mix: Mix, replicates: int, items: int) -> Arms:
    """Gaussian scores whose mean difference has the standard error 1, in the shares of `mix`.

    Both arms share effects of items, which leave the difference.
    """
    sides = ((replicates, 1), (1, items), (replicates, items))
    scales = [sqrt(share * np.prod(side) / 2) for share, side in zip(mix, sides, strict=True)]
    shared = rng.normal(size=(1, items)) * SHARED * scales[1]
    one, other = (
        shared
        + sum(scale * rng.normal(size=side) for scale, side in zip(scales, sides, strict=True))
        for _ in range(2)
    )
    return Arms(one + DIFFERENCE, other, DIFFERENCE)


def binary_arms(rng: np.random.Generator, replicates: int, items: int) -> Arms:
    """Right and wrong answers from a logistic model with Gaussian effects on the logit.

    Items are hard or easy for both arms, and a little for one; replicates are good or
    bad. The truth is the difference of the probabilities over all effects.
    """
    shared = rng.normal(size=(1, items)) * LOGITS["items"]
    tables = []
    for mean in LOGITS["means"]:
        own = rng.normal(size=(1, items)) * LOGITS["own items"]
        logits = mean + shared + own + rng.normal(size=(replicates, 1)) * LOGITS["replicates"]
        tables.append((rng.random(logits.shape) < 1 / (1 + np.exp(-logits))).astype(float))
    return Arms(tables[0], tables[1], binary_truth())


@cache
def binary_truth() -> float:
    """The true difference of the binary scores, by Gauss–Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    spread = sqrt(sum(LOGITS[name] ** 2 for name in ("items", "own items", "replicates")))
    one, other = (
        float(weights @ (1 / (1 + np.exp(-mean - spread * nodes))) / weights.sum())
        for mean in LOGITS["means"]
    )
    return one - other


def by_components(one: Table, other: Table) -> Interval:
    """The interval by two-way variance components."""
    return crossed_difference(one, other)[:3]


def by_item_errors(one: Table, other: Table) -> Interval:
    """The interval from a value and an error over items for each replicate."""
    differences = one - other
    errors = differences.std(axis=1, ddof=1) / sqrt(differences.shape[1])
    return replicate_mean(differences.mean(axis=1), errors)[:3]


def over_replicates(one: Table, other: Table) -> Interval:
    """The t interval over replicates' means; the items are taken as fixed."""
    return mean_interval((one - other).mean(axis=1))


def over_items(one: Table, other: Table) -> Interval:
    """The t interval over items' means; the replicates are taken as fixed."""
    return mean_interval((one - other).mean(axis=0))


def by_bootstrap(one: Table, other: Table) -> Interval:
    """The percentile bootstrap over replicates' means; the items are taken as fixed."""
    values = (one - other).mean(axis=1)
    drawn = np.random.default_rng(SEED).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), ((1 - LEVEL) / 2, (1 + LEVEL) / 2))
    return float(values.mean()), float(low), float(high)


METHODS: Mapping[str, Callable[[Table, Table], Interval]] = {
    "two-way components": by_components,
    "replicates and item errors": by_item_errors,
    "t over replicates": over_replicates,
    "t over items": over_items,
    "bootstrap of replicates": by_bootstrap,
}


@dataclass(frozen=True)
class Coverage:
    """How one kind of interval does on one kind of table.

    Args:
        coverage: share of tables whose interval holds the true difference.
        error: the Monte Carlo standard error of that share.
        width: mean width over that of the interval which knows the variance.
    """

    scores: str
    replicates: int
    items: int
    method: str
    coverage: float
    error: float
    width: float
    tables: int


def interval_coverage(
    tables: int = TABLES, sizes: tuple[tuple[int, int], ...] = SIZES
) -> list[Coverage]:
    """Every kind of interval over seeded tables of each mix and size, and of binary scores."""
    return [
        found
        for number, name in enumerate((*MIXES, BINARY))
        for size in sizes
        for found in covered(np.random.default_rng([SEED, number, *size]), name, size, tables)
    ]


def covered(
    rng: np.random.Generator, name: str, size: tuple[int, int], tables: int
) -> list[Coverage]:
    """Every kind of interval over tables of one kind."""
    made = {method: np.empty((tables, 3)) for method in METHODS}
    truth = 0.0
    for number in range(tables):
        drawn = gaussian_arms(rng, MIXES[name], *size) if name in MIXES else binary_arms(rng, *size)
        truth = drawn.truth
        for method, interval in METHODS.items():
            made[method][number] = interval(drawn.one, drawn.other)
    found = []
    for method, intervals in made.items():
        mean, low, high = intervals.T
        share = float(((low <= truth) & (truth <= high)).mean())
        known = 2 * Z * float(mean.std(ddof=1))
        error = sqrt(share * (1 - share) / tables)
        width = float((high - low).mean()) / known
        found.append(Coverage(name, *size, method, share, error, width, tables))
    return found
