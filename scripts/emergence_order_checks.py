"""What decides each prediction of `emergence_order.py`, from its lines."""

from collections.abc import Mapping, Sequence
from itertools import product
from math import isinf
from typing import Any, NamedTuple

import numpy as np
from emergence_order_words import MEASURES
from jaxtyping import Float, Int
from regularisation_path_checks import NO, OPEN, YES

from embexp.measures.emergence import Curves, jackknifed, time_to
from embexp.measures.onset import Departure, Order, leaves_first, onset

ARM, CONTROL = "random", "random-labels"
MEASURED = tuple(MEASURES)
READ_OUT, NEAR, HUMAN = MEASURED[:3]
PAIRS = ((READ_OUT, NEAR), (NEAR, HUMAN), (READ_OUT, HUMAN))
"""What was predicted to come first, and what after it; the last follows from the others."""
SURE = 0.975

Line = Mapping[str, Any]


class Arm(NamedTuple):
    """A task at a rate of the table."""

    task: str
    table_rate: float


class Place(NamedTuple):
    """Where a measure leaves its control: a step, and the mean drift there."""

    step: int
    drift: float


class Ratio(NamedTuple):
    """The ratio of two steps, as its log2, with its interval."""

    value: float
    low: float
    high: float


class Found(NamedTuple):
    """What the lines say of each task and rate.

    Args:
        places: where each measure leaves its control for good; None if never.
        orders: which of two leaves first, for `PAIRS`.
        sooner: the ratio of their half rises (`sooner`); None where one never leaves.
    """

    places: Mapping[tuple[Arm, str], Place | None]
    orders: Mapping[tuple[Arm, str, str], Order]
    sooner: Mapping[tuple[Arm, str, str], Ratio | None]


def arms(lines: Sequence[Line]) -> list[Arm]:
    """Tasks and rates, in the order of the lines."""
    return list(dict.fromkeys(Arm(line["task"], line["table_rate"]) for line in lines))


def steps_of(lines: Sequence[Line]) -> Int[np.ndarray, "steps"]:
    """The steps of all curves."""
    return np.array(lines[0]["steps"])


def curves(lines: Sequence[Line], arm: Arm, regime: str, measure: str) -> Curves:
    """The values of a measure by seed and step."""
    own = [
        line
        for line in lines
        if (line["task"], line["table_rate"], line["regime"]) == (*arm, regime)
    ]
    return np.array([line[measure] for line in sorted(own, key=lambda line: line["seed"])])


def departure(lines: Sequence[Line], arm: Arm, measure: str) -> Departure:
    """How far a measure is from the same of shuffled labels, seed by seed."""
    own, control = (curves(lines, arm, regime, measure) for regime in (ARM, CONTROL))
    return Departure(own - control)


def place(lines: Sequence[Line], arm: Arm, measure: str) -> Place | None:
    """Where a measure leaves its control for good; None if never."""
    steps = steps_of(lines)
    found = onset(steps, departure(lines, arm, measure))
    if isinf(found):
        return None
    drift = curves(lines, arm, ARM, "drift").mean(axis=0)
    return Place(int(found), float(drift[np.searchsorted(steps, found)]))


def order(lines: Sequence[Line], arm: Arm, first: str, second: str) -> Order:
    """Which of two measures leaves first, by the same draws for all."""
    one, other = (departure(lines, arm, measure) for measure in (first, second))
    return leaves_first(steps_of(lines), one, other, np.random.default_rng(0))


def decided(found: Order) -> str:
    """Whether the first is shown to leave first, or to leave second."""
    if found.probability >= SURE:
        return YES
    return NO if found.probability <= 1 - SURE else OPEN


def found_in(lines: Sequence[Line]) -> Found:
    """All that is looked for in the lines."""
    every = arms(lines)
    places = {(arm, name): place(lines, arm, name) for arm, name in product(every, MEASURED)}
    pairs = [(arm, first, second) for arm, (first, second) in product(every, PAIRS)]
    return Found(
        places,
        {pair: order(lines, *pair) for pair in pairs},
        {
            (arm, first, second): sooner(lines, arm, first, second)
            if places[arm, first] and places[arm, second]
            else None
            for arm, first, second in pairs
        },
    )


def sooner(lines: Sequence[Line], arm: Arm, first: str, second: str) -> Ratio:
    """That of the steps at which two measures are half way to their peaks.

    Its interval is by the jackknife over seeds.
    """
    one, other = (half_rises(lines, arm, measure) for measure in (first, second))
    value, *without = (one - other).tolist()
    return Ratio(value, *jackknifed(value, np.array(without)))


def half_rises(lines: Sequence[Line], arm: Arm, measure: str) -> Float[np.ndarray, "draws"]:
    """log2(1 + t) of half the peak of the mean over all seeds, then without each of them."""
    steps, distance = steps_of(lines), departure(lines, arm, measure).distance
    kept = [np.ones(len(distance), bool), *~np.eye(len(distance), dtype=bool)]
    means = [distance[seeds].mean(axis=0) for seeds in kept]
    ends = [max(1, int(mean.argmax())) + 1 for mean in means]
    times = [time_to(steps[:end], mean[:end]) for end, mean in zip(ends, means, strict=True)]
    return np.log2(1 + np.array(times, float))


def as_predicted(found: Found, arm: Arm) -> str:
    """Whether all three come in the predicted order: read-out, neighbours, human similarity."""
    each = [decided(found.orders[arm, *pair]) for pair in PAIRS[:2]]
    return NO if NO in each else OPEN if OPEN in each else YES


def otherwise(verdict: str) -> str:
    """The verdict on the contrary."""
    return {YES: NO, NO: YES}.get(verdict, OPEN)
