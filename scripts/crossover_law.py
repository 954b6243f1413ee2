"""Where frozen vectors and a random start are equal, and how far coverage explains it."""

from collections.abc import Mapping, Sequence
from math import exp, inf, isnan, log, nan
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

LABELS = (50, 200, 800, 3200)
COVERAGES = (100, 50, 25)
"""How many words in a hundred keep their vector."""
DRAWS = 10
RESAMPLES = 2000

Lines = Sequence[Mapping[str, Any]]
Draws = Float[np.ndarray, "labels draws"]


class Gap(NamedTuple):
    """The frozen arm minus the random one on a data set, with so many words covered.

    labels: how many texts were trained on, one for each row of `above`.
    above: the difference of accuracy on each draw.
    missing: the share of the running words of training that have no vector.
    """

    data: str
    coverage: int
    labels: tuple[int, ...]
    above: Draws
    missing: float


def accuracies(lines: Lines) -> dict[tuple[str, str, int | None, int], list[float]]:
    """The accuracy of every draw, by data set, regime, coverage and labels."""
    found: dict[tuple[str, str, int | None, int], list[float]] = {}
    for each in sorted(lines, key=lambda each: each["draw"]):
        key = each["data"], each["regime"], each["coverage"], each["labels"]
        found.setdefault(key, []).append(each["accuracy"])
    return found


def gaps(lines: Lines) -> list[Gap]:
    """Every data set and coverage, from the widest."""
    of, found = accuracies(lines), []
    for data in dict.fromkeys(each["data"] for each in lines):
        labels = tuple(sorted({each["labels"] for each in lines if each["data"] == data}))
        for coverage in COVERAGES:
            above = [
                np.subtract(of[data, "frozen", coverage, count], of[data, "random", None, count])
                for count in labels
            ]
            own = [
                1 - each["covered"]
                for each in lines
                if (each["data"], each["regime"], each["coverage"]) == (data, "frozen", coverage)
            ]
            found.append(Gap(data, coverage, labels, np.array(above), float(np.mean(own))))
    return found


def crossing(gap: Gap, draws: Sequence[int] | None = None) -> float:
    """n*: with how many labels both arms are equal, on the line through the mean gaps.

    The mean gap of each number of labels is joined to the next over log n. Where frozen is
    ahead with all numbers of labels it is infinite, where it is behind with all 0; where the
    gap changes its sign twice it is the last change.
    """
    above = (gap.above if draws is None else gap.above[:, draws]).mean(axis=1)
    if above[-1] > 0:
        return inf
    ahead = np.flatnonzero(above > 0)
    if not len(ahead):
        return 0.0
    last = int(ahead[-1])
    share = above[last] / (above[last] - above[last + 1])
    low, high = log(gap.labels[last]), log(gap.labels[last + 1])
    return exp(low + share * (high - low))


def followed(
    every: Sequence[Gap], *, outside: bool, draws: Mapping[str, Sequence[int]] | None = None
) -> float:
    """R² of log n* on the share of words without a vector; NaN with fewer than three points.

    Args:
        outside: whether crossings outside the numbers of labels count, as if they lay at the
            nearer end; without them those of the least and the largest coverage are missing.
        draws: which draws of each data set count; all by default.
    """
    points = []
    for each in every:
        n, (low, *_, high) = crossing(each, (draws or {}).get(each.data)), each.labels
        if outside or 0 < n < inf:
            points.append((each.missing, log(min(max(n, low), high))))
    if len(points) < 3:
        return nan
    missing, logs = np.array(points).T
    return float(np.corrcoef(missing, logs)[0, 1] ** 2)


def resampled(every: Sequence[Gap], *, outside: bool) -> list[float]:
    """`followed` of each resample of the draws, with all coverages of a data set together."""
    rng, count = np.random.default_rng(0), every[0].above.shape[1]
    data = dict.fromkeys(each.data for each in every)
    return [
        followed(
            every,
            outside=outside,
            draws={name: rng.integers(count, size=count).tolist() for name in data},
        )
        for _ in range(RESAMPLES)
    ]


def limits(values: Sequence[float]) -> tuple[float, float]:
    """The percentile interval of values, of which some may be missing."""
    known = [value for value in values if not isnan(value)]
    if not known:
        return nan, nan
    low, high = np.quantile(known, (0.025, 0.975))
    return float(low), float(high)
