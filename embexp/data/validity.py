"""Tables of the world that hold one factor each into what every measure sees: the validity matrix.

A measure is fit where it is high on a table that holds its own factor, at chance on tables that hold another one only, and the two
do not overlap. Factors: the topic (meaning), the polarity (sentiment), the pair (what antonyms share), the frequency, and none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.data.tokens import encode, tokenize
from embexp.data.world import World
from embexp.measures import probes
from embexp.measures.analogies import analogies
from embexp.measures.categories import purity
from embexp.measures.intrinsic import against_reference, shape
from embexp.measures.relations import antonym_auc
from embexp.measures.semantic import similarity
from embexp.measures.sentiment import MINIMUM_DOCUMENTS, lexicon_consistency, log_odds, polarity
from embexp.measures.statistics import Value, mean_interval
from embexp.words import Vectors, Vocabulary


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
"""What the tables hold, beside noise of length 1 a word. A pair lies within a topic, so a table of pairs holds a little of the topic."""

OWN: Mapping[str, str] = {
    **dict.fromkeys(("similarity", "purity", "overlap_reference@10", "cka", "rsa", "procrustes"), "topic"),
    **dict.fromkeys(("antonym_auc", "polar_antonym_auc", "polarity", "lexicon@1", "lexicon@10", "lexicon@100"), "polarity"),
    **dict.fromkeys(("lexicon_probe", "valence_r2", "valence_rho", "semaxis"), "polarity"),
    **dict.fromkeys(("analogy_add", "analogy_mul"), "polarity and pair"),
}
"""The factor that each measure is for; the others (shape, and analogies' baseline) are for none."""

LOWER_IS_MORE = ("procrustes",)
SEEDS = 5
SEED_WORDS = 10
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


def validity(world: World, seeds: int = SEEDS, factors: Mapping[str, Parts] = FACTORS) -> list[Seen]:
    """Every measure of a table on tables of each factor, by measure and factor; the table's noise and directions differ by seed."""
    measured, seen = panel(world), []
    for factor, parts in factors.items():
        found = [measured(world.vectors(**parts._asdict(), seed=seed)) for seed in range(seeds)]
        seen += [_seen(name, factor, [values[name] for values in found]) for name in found[0]]
    order = list(dict.fromkeys(one.measure for one in seen))
    return sorted(seen, key=lambda one: order.index(one.measure))


def _seen(measure: str, factor: str, values: list[Value]) -> Seen:
    chances = [value.chance for value in values if value.chance is not None]
    chance = float(np.mean(chances)) if chances else None
    inside = [value.low <= value.chance <= value.high for value in values if value.chance is not None]
    bounds = mean_interval([value.value for value in values])
    return Seen(measure, factor, *bounds, chance, float(np.mean(inside)) if inside else float("nan"), values[0].n, values[0].total)


def fit(seen: Sequence[Seen], measure: str) -> str:
    """A sentence on a measure: whether its own factor and the others that stand alone have intervals apart, and which are off chance.

    "fit" is a measure whose values on its own factor all lie beyond those on the others; "above chance on" another factor says that it
    sees some of that, too, and "below chance on" that a value below chance can come from there.
    """
    if measure not in OWN:
        return "for no factor of its own"
    by_factor = {one.factor: one for one in seen if one.measure == measure}
    own, sign = by_factor[OWN[measure]], -1 if measure in LOWER_IS_MORE else 1
    others = [by_factor[factor] for factor in ALONE if factor in by_factor and factor not in OWN[measure].split(" and ")]
    crossed = [one.factor for one in others if not max(sign * one.low, sign * one.high) < min(sign * own.low, sign * own.high)]
    off = [one for one in others if one.chance is not None and one.inside < MOSTLY]
    sides = {side: [one.factor for one in off if (sign * (one.value - (one.chance or 0.0)) > 0) == above] for side, above in SIDES.items()}
    said = [f"unfit: not apart from {', '.join(crossed)}" if crossed else "fit"]
    return "; ".join([*said, *(f"{side} chance on {', '.join(factors)}" for side, factors in sides.items() if factors)])


def panel(world: World) -> Callable[[Vectors], dict[str, Value]]:
    """All measures of a table, on yardsticks made from the world's truth and from texts that no table has seen."""
    lexicon, every = world.lexicon(), world.relations()
    polar, pairs, gold, questions = every.polar(lexicon), world.similarity(), world.categories(), world.questions()
    valence = {world.words[i]: float(world.polarity[i]) for i in np.flatnonzero(world.topic >= 0)}
    reference, seeds = world.vectors(topic=2.0, seed=-1 % 2**32), seed_words(world)
    odd_words, odds = held_out_odds(world)

    def measured(vectors: Vectors) -> dict[str, Value]:
        words, rows = probes.known(vectors, lexicon)
        near = lexicon_consistency(rows, np.array([lexicon[word] for word in words]))
        return {
            "similarity": similarity(vectors, pairs),
            "purity": purity(vectors, gold),
            **against_reference(vectors, reference),
            **{f"analogy_{method}": value for method, value in analogies(vectors, questions).items()},
            "antonym_auc": antonym_auc(vectors, every),
            "polar_antonym_auc": antonym_auc(vectors, polar),
            "polarity": polarity(vectors.table[[vectors.index[word] for word in odd_words]], odds),
            **{f"lexicon@{k}": value for k, value in near.items()},
            "lexicon_probe": probes.lexicon_probe(vectors, lexicon),
            **{f"valence_{name}": value for name, value in probes.valence_probe(vectors, valence).items()},
            "semaxis": probes.semaxis(vectors, valence, seeds),
            **shape(vectors),
        }

    return measured


def seed_words(world: World, count: int = SEED_WORDS) -> tuple[list[str], list[str]]:
    """Frequent positive words and their antonyms, from as many topics as there are."""
    topics = np.arange(count) % world.dials.topics
    chosen = []
    for sign in (1, -1):
        heads = [np.flatnonzero((world.topic == t) & (world.polarity == sign) & (world.synonym == 0)) for t in topics]
        chosen.append([world.words[head[(i // world.dials.topics) % len(head)]] for i, head in enumerate(heads)])
    return chosen[0], chosen[1]


def held_out_odds(world: World) -> tuple[list[str], Float[np.ndarray, "words"]]:
    """The words in enough labelled texts of the world, and their log-odds; tables made from the truth have seen no text."""
    parts = world.corpus().splits.values()
    texts = [tokenize(text) for part in parts for text in part.texts]
    labels = np.concatenate([part.labels for part in parts])
    vocabulary = Vocabulary.build(texts)
    ids = encode(texts, vocabulary)
    odds, documents = log_odds(ids.flat, ids.offsets, labels, len(vocabulary))
    enough = np.flatnonzero(documents >= MINIMUM_DOCUMENTS)
    enough = enough[enough > 1]
    return [vocabulary.words[row] for row in enough], odds[enough]
