"""Measures into what they see where there is nothing: in random tables, and in tables
of much structure asked for shuffled answers.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isnan, nan
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.data.answers import Answers, answers, measured, shuffled
from embexp.data.tokens import encode, tokenize
from embexp.data.validity import Parts
from embexp.data.world import World
from embexp.measures import geometry, pair_measure
from embexp.measures.intrinsic import NEIGHBOURS, neighbours_shared
from embexp.measures.sentences import References, mean_vectors, sentence_values
from embexp.measures.statistics import Value
from embexp.words import Vectors, Vocabulary

DRAWS = 100
DIM = 50
STRUCTURE = Parts(topic=1.0, polarity=1.0, pair=1.0)
"""What the tables hold whose answers are shuffled."""
WITHOUT_ANSWERS = ("mean_share",)
"""Measures that ask a table nothing: their chance is that of random tables only."""
LEAST, SIGNIFICANT = 0.9, 0.01
"""A measure fails whose intervals hold chance significantly less often than this (exact
binomial test, one-sided)."""
ERRORS, PART = 3.0, 0.25
"""A mean is off chance beyond this many standard errors of its own, and this part of
the half width of an interval."""


class Material(NamedTuple):
    """What all draws of a world share: its right answers, its test texts (word numbers
    one text after the other) and their labels.
    """

    world: World
    right: Answers
    flat: Int[np.ndarray, "tokens"]
    offsets: Int[np.ndarray, "texts_and_one"]
    references: References


def material(world: World) -> Material:
    """The right answers, and texts whose semantic reference is the mean of the
    reference's vectors.
    """
    right, test = answers(world), world.corpus().splits["test"]
    vocabulary = Vocabulary.build([world.words])
    ids = encode([tokenize(text) for text in test.texts], vocabulary)
    flat = ids.flat - vocabulary.specials
    return Material(
        world,
        right,
        flat,
        ids.offsets,
        References(mean_vectors(flat, ids.offsets, right.reference.table), test.labels),
    )


def random_tables(rng: np.random.Generator, given: Material) -> dict[str, Value]:
    """Every measure of a Gaussian table, asked for the right answers.

    Representations of texts are Gaussian as well: a mean over a random table is none
    that knows nothing, for texts that share words are alike in it.
    """
    words, texts = len(given.world.words), len(given.references.labels)
    vectors = Vectors(given.world.words, rng.normal(size=(words, DIM)))
    start = given.world.vectors(**STRUCTURE._asdict(), seed=int(rng.integers(1 << 31)))
    states = rng.normal(size=(texts, DIM))
    ends = given.right.seeds[0][0], given.right.seeds[1][0]
    return {
        **measured(vectors, given.right),
        f"overlap@{NEIGHBOURS}": neighbours_shared(vectors.table, start.table),
        "top1_share": geometry.top1_share(vectors.table),
        pair_measure("word1", "word2"): geometry.cosine(vectors, *ends),
        **sentence_values(states, given.references),
    }


def shuffled_answers(rng: np.random.Generator, given: Material) -> dict[str, Value]:
    """Every measure that has answers, on a table that holds much (`STRUCTURE`), asked
    for shuffled answers.

    The start is another such table, its rows shuffled; a text is the mean of its words'
    vectors, and its label and its semantic reference are those of two other texts.
    """
    vectors, start = (
        given.world.vectors(**STRUCTURE._asdict(), seed=int(seed))
        for seed in rng.integers(1 << 31, size=2)
    )
    states = mean_vectors(given.flat, given.offsets, vectors.table)
    values = {
        **measured(vectors, shuffled(rng, given.right)),
        f"overlap@{NEIGHBOURS}": neighbours_shared(vectors.table, rng.permutation(start.table)),
        **sentence_values(states, References(*map(rng.permutation, given.references))),
    }
    return {name: value for name, value in values.items() if name not in WITHOUT_ANSWERS}


NULLS: Mapping[str, Callable[[np.random.Generator, Material], dict[str, Value]]] = {
    "random tables": random_tables,
    "shuffled answers": shuffled_answers,
}


@dataclass(frozen=True)
class Blind:
    """What a measure sees over draws of a null.

    Args:
        value, chance: means over draws.
        error: standard error of the mean of value − chance.
        reach: mean half width of the intervals; NaN where the measure has none.
        held: share of draws whose interval holds chance; NaN where the measure has no
            interval.
        draws: those in which it was defined.
    """

    measure: str
    null: str
    value: float
    chance: float
    error: float
    reach: float
    held: float
    draws: int


def blind(world: World, draws: int = DRAWS, nulls: tuple[str, ...] = tuple(NULLS)) -> list[Blind]:
    """Every measure with a chance level over seeded draws of each null, by null and measure."""
    given, seen = material(world), []
    for null in nulls:
        found = [
            NULLS[null](np.random.default_rng([world.dials.seed, 6, draw]), given)
            for draw in range(draws)
        ]
        by_name = {
            name: [values[name] for values in found]
            for name, value in found[0].items()
            if value.chance is not None
        }
        seen += [summed(name, null, values) for name, values in by_name.items()]
    return seen


def summed(measure: str, null: str, values: list[Value]) -> Blind:
    """One measure over its draws; those in which it is undefined are left out."""
    kept: Float[np.ndarray, "draws four"] = np.array(
        [(*each[:3], each.chance) for each in values if not isnan(each.value)], float
    )
    value, low, high, chance = kept.T
    held, reach = nan, nan
    if not np.isnan(
        high - low
    ).all():  # a draw without an interval among others with one does not hold chance
        held, reach = (
            float(((low <= chance) & (chance <= high)).mean()),
            float(np.nanmean(high - low)) / 2,
        )
    error = float((value - chance).std(ddof=1) / np.sqrt(len(kept)))
    return Blind(
        measure, null, float(value.mean()), float(chance.mean()), error, reach, held, len(kept)
    )


def fails(one: Blind) -> bool:
    """Whether the intervals hold chance in significantly fewer than `LEAST` of the
    draws; not asked of a measure without intervals.
    """
    from scipy.special import bdtr

    return not isnan(one.held) and bool(
        bdtr(round(one.held * one.draws), one.draws, LEAST) < SIGNIFICANT
    )


def bias(one: Blind) -> float:
    """Mean value less mean chance where it is beyond its own error and a relevant part
    of an interval, else 0; in the measure's unit.
    """
    off = one.value - one.chance
    return off if abs(off) > ERRORS * one.error and not abs(off) <= PART * one.reach else 0.0


def verdict(one: Blind) -> str:
    """A sentence: whether chance lies within the interval, and whether the mean is off it."""
    said = "no interval within a table" if isnan(one.held) else "fails" if fails(one) else "holds"
    off = bias(one)
    return (
        f"{said}; mean {f'{abs(off):.3f}'.lstrip('0')} {'above' if off > 0 else 'below'} chance"
        if off
        else said
    )
