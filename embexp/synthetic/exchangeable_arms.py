"""How often a comparison claims a difference of equal arms, and finds one that is planted.

Two arms are exchangeable where nothing tells them apart but their random draws, so every
difference that is claimed between them is a false one. A known difference is then planted
into the answers of one of them.

The arms share no seed: a seed of one is set against any seed of the other. The differences
of such pairs are independent and equally distributed, which is what `crossed_difference`
assumes. Pairing costs degrees of freedom, but not coverage. Both arms are scored on the
same test texts, and are paired by these.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from jaxtyping import Bool

from embexp.measures.equivalence import POWER, detectable_difference
from embexp.measures.statistics import LEVEL
from embexp.measures.variance import crossed_difference

Right = Bool[np.ndarray, "seeds texts"]
"""Whether each seed of an arm has each test text right."""

SEED = 19
ROUNDS = 10
"""How often a planted difference is set to the one that is detectable where it is planted."""
QUANTILE = 0.99
"""Of the number of false claims: more than that are too many."""
ERRORS = 3.0
"""How many standard errors the share of found differences may be off the promised power."""


@dataclass(frozen=True)
class Comparison:
    """Two exchangeable arms of one world, and the same with a planted difference.

    Args:
        world: the world's seed.
        one, other: mean test accuracy of the arms.
        difference, low, high, error, df: of one − other, see `MeanEstimate`.
        planted: the difference that was planted: the least that this comparison finds with
            the power `POWER`, as it promises itself.
        found, found_low, found_high: what it then sees of it.
        half, half_low, half_high: the difference between the halves of one arm's seeds,
            which have the settings of the same search.
        together, together_low, together_high: the difference from an arm that shares its
            draws of hyper-parameters, as arms of one comparison do.
    """

    world: int
    one: float
    other: float
    difference: float
    low: float
    high: float
    error: float
    df: float
    planted: float
    found: float
    found_low: float
    found_high: float
    half: float
    half_low: float
    half_high: float
    together: float
    together_low: float
    together_high: float

    @property
    def claimed(self) -> bool:
        """Whether the interval of the exchangeable arms excludes zero."""
        return self.low > 0 or self.high < 0

    @property
    def claimed_within(self) -> bool:
        """Whether the interval between the halves of one arm's seeds excludes zero."""
        return self.half_low > 0 or self.half_high < 0

    @property
    def claimed_together(self) -> bool:
        """Whether the interval excludes zero between arms that share their draws."""
        return self.together_low > 0 or self.together_high < 0

    @property
    def detected(self) -> bool:
        """Whether the interval lies above zero where a difference is planted."""
        return self.found_low > 0


def comparison(world: int, one: Right, other: Right, shared: Right) -> Comparison:
    """Compares the arms of a world as they are, and with a difference planted into the other.

    Args:
        shared: an arm that shares its draws of hyper-parameters with the first.
    """
    found = crossed_difference(one, other)
    planted, answers = plant(np.random.default_rng([SEED, world]), one, other)
    seen = crossed_difference(one, answers)
    seeds = len(one) // 2
    halves = crossed_difference(one[:seeds], one[seeds : 2 * seeds])
    accuracies = float(one.mean()), float(other.mean())
    beside = crossed_difference(one, shared)
    differences = (*found[:5], planted, *seen[:3], *halves[:3], *beside[:3])
    return Comparison(world, *accuracies, *differences)


def plant(rng: np.random.Generator, one: Right, other: Right) -> tuple[float, Right]:
    """A difference d of one − other, and the other's answers with it planted.

    Every right answer becomes wrong with the probability d/accuracy, so that the other's
    expected accuracy falls by d. Answers fall independently of each other: were a text
    spoilt for all seeds at once, the variance over texts would grow several times. The
    little that is added to the residual makes d larger, so d is the smallest difference
    that is detectable once it is planted. It is searched with the same draws in each round.
    """
    drawn, difference, answers = rng.random(other.shape), 0.0, other
    for _ in range(ROUNDS):
        seen = crossed_difference(one, answers)
        difference = detectable_difference(seen.error, seen.df)
        answers = other & (drawn >= difference / other.mean())
    return difference, answers


def most_claims(comparisons: int) -> int:
    """The most false claims that intervals at `LEVEL` make but for 1 − `QUANTILE` of all cases.

    >>> most_claims(200)
    18
    """
    from scipy.special import bdtr

    counts = np.arange(comparisons + 1)
    return int(np.argmax(bdtr(counts, comparisons, 1 - LEVEL) >= QUANTILE))


def slack(comparisons: int) -> float:
    """How far the share of found differences may be off `POWER`: `ERRORS` standard errors."""
    return ERRORS * sqrt(POWER * (1 - POWER) / comparisons)


def spread(found: Sequence[Comparison]) -> tuple[float, float]:
    """Standard deviation of the differences over worlds, and their root mean square error.

    They are equal where the intervals cover all that differs by chance between two arms;
    the draws of their searches are no part of the intervals.
    """
    differences, errors = np.array([(each.difference, each.error) for each in found]).T
    return float(np.sqrt((differences**2).mean())), float(np.sqrt((errors**2).mean()))
