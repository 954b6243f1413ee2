"""What every measure reads on tables that hold one known factor each: the validity matrix.

The factors are the topic (meaning), the polarity (sentiment), the pair (what antonyms
share), the frequency, and none. A measure is valid if it is high on tables that hold
its own factor, at chance on tables that hold only another one, and the two are apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np

from embexp.measures.statistics import Value, mean_interval
from embexp.synthetic.gold import WORD_PAIR, gold_answers, measured
from embexp.synthetic.world import Lengths, World

FACTORS: Mapping[str, Lengths] = {
    "none": {},
    "topic": {"topic": 1.0},
    "polarity": {"polarity": 1.0},
    "pair": {"pair": 1.0},
    "frequency": {"frequency": 1.0},
    "topic and polarity": {"topic": 1.0, "polarity": 1.0},
    "polarity and pair": {"polarity": 1.0, "pair": 2.0},
}
"""What the tables hold, beside noise of length 1 per word. A pair lies within a topic, so
a table of pairs holds a little of the topic."""

SEEDS = 5


@dataclass(frozen=True)
class Reading:
    """What a measure reads on tables of one factor.

    Args:
        value, low, high: mean over tables (one per seed), with Student's 95 % interval.
        chance: mean chance level; None for a measure that has none.
        coverage: share of tables whose own interval holds the measure's chance level.
    """

    measure: str
    factor: str
    value: float
    low: float
    high: float
    chance: float | None
    coverage: float
    n: int
    total: int


def validity(
    world: World, seeds: int = SEEDS, factors: Mapping[str, Lengths] = FACTORS
) -> list[Reading]:
    """Every measure of a table (but the cosine of two words) on tables of each factor, by measure.

    The noise and the directions of a table differ by seed.
    """
    gold = gold_answers(world)
    tables = {
        factor: [measured(world.vectors(**lengths, seed=seed), gold) for seed in range(seeds)]
        for factor, lengths in factors.items()
    }
    return [
        _reading(name, factor, [each[name] for each in of_factor])
        for name in next(iter(tables.values()))[0]
        if name != WORD_PAIR
        for factor, of_factor in tables.items()
    ]


def _reading(measure: str, factor: str, values: list[Value]) -> Reading:
    known = [(each.low, each.chance, each.high) for each in values if each.chance is not None]
    chance = float(np.mean([chance for _, chance, _ in known])) if known else None
    covered = [low <= chance <= high for low, chance, high in known] or [nan]
    bounds = mean_interval([value.value for value in values])
    coverage, first = float(np.mean(covered)), values[0]
    return Reading(measure, factor, *bounds, chance, coverage, first.n, first.total)
