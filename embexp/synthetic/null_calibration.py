"""What every measure reads where there is nothing to find, against its stated chance level.

There are two nulls: random tables, and structured tables that are asked for shuffled
answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan, nan
from typing import NamedTuple

import numpy as np

from embexp.data.tokens import Ids
from embexp.measures.change import change, change_values
from embexp.measures.sentences import References, mean_vectors, sentence_values
from embexp.measures.statistics import Value
from embexp.synthetic.gold import WORD_PAIR, Gold, gold_answers, measured, shuffled
from embexp.synthetic.texts import labelled_corpus
from embexp.synthetic.world import Lengths, World
from embexp.words import Vectors

DRAWS = 100
DIM = 50
STRUCTURE: Lengths = {"topic": 1.0, "polarity": 1.0, "pair": 1.0}
"""What the tables hold whose answers are shuffled."""
WITHOUT_ANSWERS = ("mean_share", WORD_PAIR)
"""Measures that ask a table nothing, so that only random tables give their chance level."""
OF_CHANGE = ("drift", "norm_growth", "top1_share", "delta_rank")
"""Measures of the change from the start, which is no null: the two tables do differ."""


class Inputs(NamedTuple):
    """What all draws share: gold answers, and the ids of the test texts with their references."""

    world: World
    gold: Gold
    ids: Ids
    references: References


def inputs(world: World) -> Inputs:
    """Inputs in which a text's semantic reference is the mean of the reference vectors."""
    gold, test = gold_answers(world), labelled_corpus(world).splits["test"]
    ids = world.encode(test.texts)
    means = mean_vectors(*ids, gold.reference.table)
    return Inputs(world, gold, ids, References(means, test.labels))


def random_tables(rng: np.random.Generator, given: Inputs) -> dict[str, Value]:
    """Every measure of a Gaussian table that is asked for the right answers.

    Representations of texts are Gaussian as well. Means over a random table would not
    do, because texts that share words are alike in them.
    """
    words, texts = len(given.world.words), len(given.references.labels)
    vectors = Vectors(given.world.words, rng.normal(size=(words, DIM)))
    start = given.world.vectors(**STRUCTURE, seed=int(rng.integers(1 << 31)))
    states = rng.normal(size=(texts, DIM))
    moved = change_values(change(vectors.table, np.zeros_like(vectors.table)), DIM)
    return {
        **without(OF_CHANGE, measured(vectors, given.gold, start)),
        "top1_share": moved["top1_share"],
        **sentence_values(states, given.references),
    }


def shuffled_answers(rng: np.random.Generator, given: Inputs) -> dict[str, Value]:
    """Every measure that has answers, on a table of `STRUCTURE` asked for shuffled answers.

    The start table is another such table with its rows permuted. A text is the mean of
    its words' vectors; its label and its semantic reference are those of other texts.
    """
    vectors, start = (
        given.world.vectors(**STRUCTURE, seed=int(seed)) for seed in rng.integers(1 << 31, size=2)
    )
    states = mean_vectors(*given.ids, vectors.table)
    start = Vectors(start.words, rng.permutation(start.table))
    own = given.references.means, given.references.labels
    return {
        **without(
            (*WITHOUT_ANSWERS, *OF_CHANGE), measured(vectors, shuffled(rng, given.gold), start)
        ),
        **sentence_values(states, References(*map(rng.permutation, own))),
    }


def without(names: tuple[str, ...], values: Mapping[str, Value]) -> dict[str, Value]:
    """The values of all other measures."""
    return {name: value for name, value in values.items() if name not in names}


NULLS: Mapping[str, Callable[[np.random.Generator, Inputs], dict[str, Value]]] = {
    "random tables": random_tables,
    "shuffled answers": shuffled_answers,
}


@dataclass(frozen=True)
class Calibration:
    """What a measure reads over draws of a null.

    Args:
        value, chance: means over draws.
        error: standard error of the mean of value − chance.
        half_width: mean half width of the intervals; NaN if the measure has none.
        coverage: share of draws whose interval holds chance; NaN likewise.
        draws: the draws in which the measure was defined.
    """

    measure: str
    null: str
    value: float
    chance: float
    error: float
    half_width: float
    coverage: float
    draws: int


def null_calibration(
    world: World, draws: int = DRAWS, nulls: tuple[str, ...] = tuple(NULLS)
) -> list[Calibration]:
    """Every measure that has a chance level over seeded draws of each null."""
    given, made = inputs(world), []
    for null in nulls:
        found = [
            NULLS[null](np.random.default_rng([world.config.seed, 6, draw]), given)
            for draw in range(draws)
        ]
        made += [
            calibration(name, null, [values[name] for values in found])
            for name, value in found[0].items()
            if value.chance is not None
        ]
    return made


def calibration(measure: str, null: str, values: list[Value]) -> Calibration:
    """One measure over its draws; draws in which it is undefined do not count.

    A draw without an interval, among others that have one, does not hold chance.
    """
    defined = np.array(
        [(*each[:3], each.chance) for each in values if not isnan(each.value)], float
    )
    value, low, high, chance = defined.T
    coverage, half_width = nan, nan
    if not np.isnan(high - low).all():
        coverage = float(((low <= chance) & (chance <= high)).mean())
        half_width = float(np.nanmean(high - low)) / 2
    error = float((value - chance).std(ddof=1) / np.sqrt(len(defined)))
    means = float(value.mean()), float(chance.mean())
    return Calibration(measure, null, *means, error, half_width, coverage, len(defined))
