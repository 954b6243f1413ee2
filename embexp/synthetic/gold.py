"""Gold answers to what the measures ask of a table, from a world's truth; also shuffled."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from embexp.measures.arrays import Items
from embexp.measures.evaluated import EvaluatedWords, evaluated_words
from embexp.measures.pairs import pair_measure
from embexp.measures.probes import semaxis
from embexp.measures.resources import LexicalResources
from embexp.measures.sentiment import known_log_odds
from embexp.measures.statistics import Value
from embexp.measures.summary import MeasuredTable
from embexp.measures.tables import table_measures
from embexp.synthetic.texts import labelled_corpus
from embexp.synthetic.world import World
from embexp.words import Vectors

SEED_WORDS = 10
WORD_PAIR = pair_measure("word1", "word2")
"""What the cosine of two seed words is called."""


@dataclass(frozen=True, eq=False)
class Gold:
    """What tables of a world's words are asked, with the right answers.

    Args:
        resources: word lists of each kind, under the name `world`.
        log_odds: of words in labelled texts, nats; NaN for rare words.
        seeds: positive and negative words at the two ends of SemAxis's axis.
        reference: vectors with which a table's geometry is compared.
    """

    resources: LexicalResources
    log_odds: Items
    seeds: tuple[Sequence[str], Sequence[str]]
    reference: Vectors

    @cached_property
    def words(self) -> EvaluatedWords:
        """The words, as the measures take them."""
        return evaluated_words(
            self.reference.words,
            resources=self.resources,
            tracked_pairs=[f"{self.seeds[0][0]}:{self.seeds[1][0]}"],
            log_odds=self.log_odds,
            reference=self.reference,
        )


def gold_answers(world: World) -> Gold:
    """The right answers by a world's truth; the reference vectors hold the topics."""
    topical = np.flatnonzero(world.topic >= 0)
    resources = LexicalResources(
        similarity={"world": world.similarity()},
        relations={"world": world.relations()},
        lexicon={"world": {world.words[i]: float(world.polarity[i]) for i in topical}},
        questions={"world": world.questions()},
        categories={"world": world.categories()},
    )
    reference = world.vectors(topic=2.0, seed=-1 % 2**32)
    return Gold(resources, word_log_odds(world), seed_words(world), reference)


def shuffled(rng: np.random.Generator, gold: Gold) -> Gold:
    """The same questions with their answers permuted, so that no table can know them.

    Words, pairs and the number of times each answer occurs stay the same.
    """
    deal = rng.permutation
    questions, pairs, relations, valence, topics = (
        getattr(gold.resources, kind)["world"]
        for kind in ("questions", "similarity", "relations", "lexicon", "categories")
    )
    others = deal(len(questions))
    words = tuple(
        (*asked[:3], questions.words[other][3])
        for asked, other in zip(questions.words, others, strict=True)
    )
    odds = gold.log_odds.copy()
    odds[~np.isnan(odds)] = deal(odds[~np.isnan(odds)])
    return replace(
        gold,
        log_odds=odds,
        resources=LexicalResources(
            similarity={"world": replace(pairs, scores=deal(pairs.scores))},
            relations={"world": replace(relations, synonyms=deal(relations.synonyms))},
            lexicon={"world": dict(zip(valence, deal([*valence.values()]), strict=True))},
            questions={"world": replace(questions, words=words)},
            categories={"world": replace(topics, categories=tuple(deal(topics.categories)))},
        ),
        reference=Vectors(gold.reference.words, deal(gold.reference.table)),
    )


def measured(vectors: Vectors, gold: Gold, start: Vectors | None = None) -> dict[str, Value]:
    """Every measure of a table, by its name in the catalogue (without the resource's)."""
    began = None if start is None else MeasuredTable(gold.words, start.table)
    values = dict(table_measures(MeasuredTable(gold.words, vectors.table, began), each_step=False))
    (tracked,) = gold.words.tracked
    values[WORD_PAIR] = values.pop(tracked)
    values = {name.removesuffix("(world)"): value for name, value in values.items()}
    return values | {"semaxis": semaxis(vectors, gold.resources.lexicon["world"], gold.seeds)}


def seed_words(world: World) -> tuple[list[str], list[str]]:
    """Frequent positive words and their antonyms, from as many topics as possible."""
    turn, topic = np.divmod(np.arange(SEED_WORDS), world.config.topics)

    def chosen(sign: int) -> list[str]:
        first = (world.topic == 0) & (world.polarity == sign) & (world.synonym == 0)
        heads = np.flatnonzero(first)
        return [world.words[i] for i in heads[turn % len(heads)] + topic * world.stride]

    return chosen(1), chosen(-1)


def word_log_odds(world: World) -> Items:
    """Log-odds of the words in the world's labelled texts, nats; NaN for rare words."""
    splits = labelled_corpus(world).splits.values()
    ids = world.encode([text for split in splits for text in split.texts])
    labels = np.concatenate([split.labels for split in splits])
    return known_log_odds(*ids, labels, len(world.words))
