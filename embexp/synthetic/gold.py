"""What a world knows of its words into yardsticks of a table, with the right answers or
with shuffled ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embexp.data.tokens import encode, tokenize
from embexp.data.world import World
from embexp.measures import probes
from embexp.measures.analogies import Questions, analogies
from embexp.measures.categories import Categories, purity
from embexp.measures.intrinsic import against_reference, shape
from embexp.measures.pairs import WordPairs
from embexp.measures.relations import Relations, antonym_auc
from embexp.measures.semantic import similarity
from embexp.measures.sentiment import MINIMUM_DOCUMENTS, lexicon_consistency, log_odds, polarity
from embexp.measures.statistics import Value
from embexp.words import Vectors, Vocabulary

SEED_WORDS = 10


@dataclass(frozen=True)
class Answers:
    """What tables are asked, and what is right.

    Args:
        pairs: their scores.
        categories: of words.
        questions: analogies.
        relations, polar: which pairs are synonyms, and which antonyms.
        lexicon: the polarity of words, −1 or 1.
        valence: the same with neutral words, 0.
        odds: log-odds of words in labelled texts, nats.
        seeds: positive and negative words at the ends of SemAxis's axis.
        reference: vectors that a table's geometry is compared with.
    """

    pairs: WordPairs
    categories: Categories
    questions: Questions
    relations: Relations
    polar: Relations
    lexicon: Mapping[str, float]
    valence: Mapping[str, float]
    odds: Mapping[str, float]
    seeds: tuple[Sequence[str], Sequence[str]]
    reference: Vectors


def answers(world: World) -> Answers:
    """The right answers, from the world's truth and from texts that no table has seen;
    the reference holds the topics.
    """
    lexicon, relations = world.lexicon(), world.relations()
    return Answers(
        pairs=world.similarity(),
        categories=world.categories(),
        questions=world.questions(),
        relations=relations,
        polar=relations.polar(lexicon),
        lexicon=lexicon,
        valence={
            world.words[i]: float(world.polarity[i]) for i in np.flatnonzero(world.topic >= 0)
        },
        odds=held_out_odds(world),
        seeds=seed_words(world),
        reference=world.vectors(topic=2.0, seed=-1 % 2**32),
    )


def shuffled(rng: np.random.Generator, right: Answers) -> Answers:
    """The same questions with the answers of others: each yardstick's labels, or its
    rows, in an order of their own.

    Words, pairs and how often each answer occurs stay; polar pairs are shuffled among
    themselves. A table of whatever structure knows nothing of these answers.
    """
    asked, places = right.questions, rng.permutation(len(right.questions))
    four = tuple(
        (a, b, c, asked.words[place][3])
        for (a, b, c, _), place in zip(asked.words, places, strict=True)
    )
    return replace(
        right,
        pairs=replace(right.pairs, scores=rng.permutation(right.pairs.scores)),
        categories=replace(
            right.categories,
            categories=tuple(rng.permutation(np.array(right.categories.categories, object))),
        ),
        questions=replace(asked, words=four),
        relations=replace(right.relations, synonyms=rng.permutation(right.relations.synonyms)),
        polar=replace(right.polar, synonyms=rng.permutation(right.polar.synonyms)),
        lexicon=_shuffled(rng, right.lexicon),
        valence=_shuffled(rng, right.valence),
        odds=_shuffled(rng, right.odds),
        reference=Vectors(right.reference.words, rng.permutation(right.reference.table)),
    )


def _shuffled(rng: np.random.Generator, values: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(values, rng.permutation(list(values.values())).tolist(), strict=True))


def measured(vectors: Vectors, told: Answers) -> dict[str, Value]:
    """All measures of a table that need no task and no start, by name."""
    words, rows = probes.known(vectors, told.lexicon)
    near = lexicon_consistency(rows, np.array([told.lexicon[word] for word in words]))
    odd_words, odd_rows = probes.known(vectors, told.odds)
    return {
        "similarity": similarity(vectors, told.pairs),
        "purity": purity(vectors, told.categories),
        **against_reference(vectors, told.reference),
        **{
            f"analogy_{method}": value
            for method, value in analogies(vectors, told.questions).items()
        },
        "antonym_auc": antonym_auc(vectors, told.relations),
        "polar_antonym_auc": antonym_auc(vectors, told.polar),
        "polarity": polarity(odd_rows, np.array([told.odds[word] for word in odd_words])),
        **{f"lexicon@{k}": value for k, value in near.items()},
        "lexicon_probe": probes.lexicon_probe(vectors, told.lexicon),
        **{
            f"valence_{name}": value
            for name, value in probes.valence_probe(vectors, told.valence).items()
        },
        "semaxis": probes.semaxis(vectors, told.valence, told.seeds),
        **shape(vectors),
    }


def seed_words(world: World, count: int = SEED_WORDS) -> tuple[list[str], list[str]]:
    """Frequent positive words and their antonyms, from as many topics as there are."""
    topics = np.arange(count) % world.dials.topics
    chosen = []
    for sign in (1, -1):
        heads = [
            np.flatnonzero((world.topic == t) & (world.polarity == sign) & (world.synonym == 0))
            for t in topics
        ]
        chosen.append(
            [
                world.words[head[(i // world.dials.topics) % len(head)]]
                for i, head in enumerate(heads)
            ]
        )
    return chosen[0], chosen[1]


def held_out_odds(world: World) -> dict[str, float]:
    """The log-odds of the words in enough labelled texts of the world; tables made from
    the truth have seen no text.
    """
    parts = world.corpus().splits.values()
    texts = [tokenize(text) for part in parts for text in part.texts]
    labels = np.concatenate([part.labels for part in parts])
    vocabulary = Vocabulary.build(texts)
    ids = encode(texts, vocabulary)
    odds, documents = log_odds(ids.flat, ids.offsets, labels, len(vocabulary))
    enough = np.flatnonzero(documents >= MINIMUM_DOCUMENTS)
    return {vocabulary.words[row]: float(odds[row]) for row in enough[enough > 1]}
