"""Gold answers to what the measures ask of a table, from a world's truth; also shuffled."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from embexp.data.tokens import encode, tokenize
from embexp.measures import probes
from embexp.measures.analogies import Questions, analogies
from embexp.measures.categories import Categories, purity
from embexp.measures.intrinsic import against_reference, shape
from embexp.measures.pairs import WordPairs
from embexp.measures.relations import Relations, antonym_auc
from embexp.measures.semantic import similarity
from embexp.measures.sentiment import MINIMUM_DOCUMENTS, lexicon_consistency, log_odds, polarity
from embexp.measures.statistics import Value
from embexp.synthetic.texts import labelled_corpus
from embexp.synthetic.world import World
from embexp.words import Vectors, Vocabulary

SEED_WORDS = 10


@dataclass(frozen=True)
class Gold:
    """What tables are asked, with the right answers.

    Args:
        pairs: word pairs with scores.
        categories: the topic of words.
        questions: analogies.
        relations, polar: all synonym and antonym pairs, and those between polar words.
        lexicon: polarity of the polar words, −1 or 1.
        valence: the same with the neutral words, 0.
        odds: log-odds of words in labelled texts, nats.
        seeds: positive and negative words at the two ends of SemAxis's axis.
        reference: vectors with which a table's geometry is compared.
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


def gold_answers(world: World) -> Gold:
    """The right answers by a world's truth; the reference vectors hold the topics."""
    lexicon, relations = world.lexicon(), world.relations()
    topical = np.flatnonzero(world.topic >= 0)
    return Gold(
        pairs=world.similarity(),
        categories=world.categories(),
        questions=world.questions(),
        relations=relations,
        polar=relations.polar(lexicon),
        lexicon=lexicon,
        valence={world.words[i]: float(world.polarity[i]) for i in topical},
        odds=word_odds(world),
        seeds=seed_words(world),
        reference=world.vectors(topic=2.0, seed=-1 % 2**32),
    )


def shuffled(rng: np.random.Generator, gold: Gold) -> Gold:
    """The same questions with their answers permuted, so that no table can know them.

    Words, pairs and the number of times each answer occurs stay the same. Polar pairs
    are permuted among themselves.
    """
    asked, places = gold.questions, rng.permutation(len(gold.questions))
    words = tuple(
        (a, b, c, asked.words[place][3])
        for (a, b, c, _), place in zip(asked.words, places, strict=True)
    )
    labels = np.array(gold.categories.categories, object)
    return replace(
        gold,
        pairs=replace(gold.pairs, scores=rng.permutation(gold.pairs.scores)),
        categories=replace(gold.categories, categories=tuple(rng.permutation(labels))),
        questions=replace(asked, words=words),
        relations=replace(gold.relations, synonyms=rng.permutation(gold.relations.synonyms)),
        polar=replace(gold.polar, synonyms=rng.permutation(gold.polar.synonyms)),
        lexicon=_shuffled(rng, gold.lexicon),
        valence=_shuffled(rng, gold.valence),
        odds=_shuffled(rng, gold.odds),
        reference=Vectors(gold.reference.words, rng.permutation(gold.reference.table)),
    )


def _shuffled(rng: np.random.Generator, values: Mapping[str, float]) -> dict[str, float]:
    return dict(zip(values, rng.permutation(list(values.values())).tolist(), strict=True))


def measured(vectors: Vectors, gold: Gold) -> dict[str, Value]:
    """Every measure of a single table, by name: those that need no task and no start table."""
    words, rows = probes.known(vectors, gold.lexicon)
    lexical = lexicon_consistency(rows, np.array([gold.lexicon[word] for word in words]))
    words, rows = probes.known(vectors, gold.odds)
    return {
        "similarity": similarity(vectors, gold.pairs),
        "purity": purity(vectors, gold.categories),
        **against_reference(vectors, gold.reference),
        **_prefixed("analogy_", analogies(vectors, gold.questions)),
        "antonym_auc": antonym_auc(vectors, gold.relations),
        "polar_antonym_auc": antonym_auc(vectors, gold.polar),
        "polarity": polarity(rows, np.array([gold.odds[word] for word in words])),
        **{f"lexicon@{k}": value for k, value in lexical.items()},
        "lexicon_probe": probes.lexicon_probe(vectors, gold.lexicon),
        **_prefixed("valence_", probes.valence_probe(vectors, gold.valence)),
        "semaxis": probes.semaxis(vectors, gold.valence, gold.seeds),
        **shape(vectors),
    }


def _prefixed(prefix: str, values: Mapping[str, Value]) -> dict[str, Value]:
    return {f"{prefix}{name}": value for name, value in values.items()}


def seed_words(world: World, count: int = SEED_WORDS) -> tuple[list[str], list[str]]:
    """Frequent positive words and their antonyms, from as many topics as possible."""
    topics = world.config.topics

    def chosen(sign: int) -> list[str]:
        first = (world.polarity == sign) & (world.synonym == 0)
        heads = [np.flatnonzero(first & (world.topic == topic)) for topic in range(topics)]
        return [
            world.words[heads[i % topics][(i // topics) % len(heads[i % topics])]]
            for i in range(count)
        ]

    return chosen(1), chosen(-1)


def word_odds(world: World) -> dict[str, float]:
    """Log-odds of the words that occur in enough of the world's labelled texts, nats."""
    splits = labelled_corpus(world).splits.values()
    texts = [tokenize(text) for split in splits for text in split.texts]
    labels = np.concatenate([split.labels for split in splits])
    vocabulary = Vocabulary.build(texts)
    ids = encode(texts, vocabulary)
    odds, documents = log_odds(ids.flat, ids.offsets, labels, len(vocabulary))
    enough = np.flatnonzero(documents >= MINIMUM_DOCUMENTS)
    return {vocabulary.words[row]: float(odds[row]) for row in enough if row >= vocabulary.specials}
