"""Tables of the world that hold one factor each into what every measure sees: the validity matrix.

A measure is fit where it is high on a table that holds its own factor, at chance on
tables that hold another one only, and the two do not overlap. Factors: the topic
(meaning), the polarity (sentiment), the pair (what antonyms share), the frequency, and
none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from embexp.data.answers import answers, measured
from embexp.data.world import World
from embexp.measures.statistics import Value, mean_interval


class Parts(NamedTuple):
    """The lengths of what a table holds, as in `World.vectors`."""

    topic: float = 0.0
    polarity: float = 0.0
    pair: float = 0.0
    frequency: float = 0.0


FACTORS: Mapping[str, Parts] = {
    "none": Parts(),
    "topic": Parts(topic=1.0),
    "polarity": Parts(polarity=1.0),
    "pair": Parts(pair=1.0),
    "frequency": Parts(frequency=1.0),
    "topic and polarity": Parts(topic=1.0, polarity=1.0),
    "polarity and pair": Parts(polarity=1.0, pair=2.0),
}
"""What the tables hold, beside noise of length 1 a word. A pair lies within a topic, so
a table of pairs holds a little of the topic."""

OWN: Mapping[str, str] = {
    **dict.fromkeys(
        ("similarity", "purity", "overlap_reference@10", "cka", "rsa", "procrustes"), "topic"
    ),
    **dict.fromkeys(
        ("antonym_auc", "polar_antonym_auc", "polarity", "lexicon@1", "lexicon@10", "lexicon@100"),
        "polarity",
    ),
    **dict.fromkeys(("lexicon_probe", "valence_r2", "valence_rho", "semaxis"), "polarity"),
    **dict.fromkeys(("analogy_add", "analogy_mul"), "polarity and pair"),
}
"""The factor that each measure is for; the others (shape, and analogies' baseline) are for none."""

LOWER_IS_MORE = ("procrustes",)
SEEDS = 5
MOSTLY = 0.5
SIDES = {"above": True, "below": False}
ALONE = ("none", "topic", "polarity", "pair", "frequency")
"""Factors that stand alone: a measure must not see those that are not its own, nor part of it."""


@dataclass(frozen=True)
class Seen:
    """What a measure sees in tables of one factor.

    Args:
        value, low, high: mean over tables (one a seed), with Student's interval.
        chance: mean over tables.
        inside: share of tables whose own interval holds the measure's chance.
    """

    measure: str
    factor: str
    value: float
    low: float
    high: float
    chance: float | None
    inside: float
    n: int
    total: int


def validity(
    world: World, seeds: int = SEEDS, factors: Mapping[str, Parts] = FACTORS
) -> list[Seen]:
    """Every measure of a table on tables of each factor, by measure and factor; the
    table's noise and directions differ by seed.
    """
    right, seen = answers(world), []
    for factor, parts in factors.items():
        found = [
            measured(world.vectors(**parts._asdict(), seed=seed), right) for seed in range(seeds)
        ]
        seen += [_seen(name, factor, [values[name] for values in found]) for name in found[0]]
    order = list(dict.fromkeys(one.measure for one in seen))
    return sorted(seen, key=lambda one: order.index(one.measure))


def _seen(measure: str, factor: str, values: list[Value]) -> Seen:
    chances = [value.chance for value in values if value.chance is not None]
    chance = float(np.mean(chances)) if chances else None
    inside = [
        value.low <= value.chance <= value.high for value in values if value.chance is not None
    ]
    bounds = mean_interval([value.value for value in values])
    return Seen(
        measure,
        factor,
        *bounds,
        chance,
        float(np.mean(inside)) if inside else float("nan"),
        values[0].n,
        values[0].total,
    )


def fit(seen: Sequence[Seen], measure: str) -> str:
    """A sentence on a measure: whether its own factor and the others that stand alone
    have intervals apart, and which are off chance.

    "fit" is a measure whose values on its own factor all lie beyond those on the
    others; "above chance on" another factor says that it sees some of that, too, and
    "below chance on" that a value below chance can come from there.
    """
    if measure not in OWN:
        return "for no factor of its own"
    by_factor = {one.factor: one for one in seen if one.measure == measure}
    own, sign = by_factor[OWN[measure]], -1 if measure in LOWER_IS_MORE else 1
    others = [
        by_factor[factor]
        for factor in ALONE
        if factor in by_factor and factor not in OWN[measure].split(" and ")
    ]
    crossed = [
        one.factor
        for one in others
        if not max(sign * one.low, sign * one.high) < min(sign * own.low, sign * own.high)
    ]
    off = [one for one in others if one.chance is not None and one.inside < MOSTLY]
    sides = {
        side: [one.factor for one in off if (sign * (one.value - (one.chance or 0.0)) > 0) == above]
        for side, above in SIDES.items()
    }
    said = [f"unfit: not apart from {', '.join(crossed)}" if crossed else "fit"]
    return "; ".join(
        [
            *said,
            *(
                f"{side} chance on {', '.join(factors)}"
                for side, factors in sides.items()
                if factors
            ),
        ]
    )
