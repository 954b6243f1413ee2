"""A synthetic language whose topics and polarities are known and independent of each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from typing import TypedDict

import numpy as np
from jaxtyping import Float

from embexp.data.tokens import Ids
from embexp.measures.analogies import Questions
from embexp.measures.arrays import Mask, Places
from embexp.measures.categories import Categories
from embexp.measures.pairs import WordPairs
from embexp.measures.relations import Relations
from embexp.synthetic.config import WorldConfig
from embexp.words import Vectors

NEGATOR = "not"


class Lengths(TypedDict, total=False):
    """The length of each factor in a table, beside noise of length 1 per word; 0 if left out."""

    topic: float
    polarity: float
    pair: float
    frequency: float


@dataclass(frozen=True, eq=False)
class World:
    """The words of a world with their true topic and polarity.

    Every topic has equally many positive, negative and neutral words, so topic and
    polarity are independent exactly. Words are grouped into concepts: synonyms share
    topic and polarity; the antonyms of a positive concept are the words of a negative
    concept of the same topic and frequency. Function words and the negator `not` have
    neither topic nor polarity.

    Args:
        topic: of each word, from 0; −1 for function words and the negator.
        polarity: −1, 0 or 1.
        concept: number of the word's concept within its topic and polarity, the same
            for antonyms; −1 where the topic is.
        synonym: rank of the word within its concept, the most frequent first.
        hidden: whether the word occurs in no training or validation text.
    """

    config: WorldConfig
    words: tuple[str, ...]
    topic: Places
    polarity: Places
    concept: Places
    synonym: Places
    hidden: Mask

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def encode(self, texts: Sequence[str]) -> Ids:
        """The numbers of the words of texts that are written in the world's language."""
        split = [text.split() for text in texts]
        flat = np.array([self.index[word] for words in split for word in words])
        return Ids(flat, np.cumsum([0, *map(len, split)]))

    @cached_property
    def stride(self) -> int:
        """Words per topic, which is how far the same word of the next topic is away."""
        return int((self.topic == 0).sum())

    def lexicon(self) -> dict[str, float]:
        """The polarity of every polar word, −1 or 1."""
        return {self.words[i]: float(self.polarity[i]) for i in np.flatnonzero(self.polarity)}

    def categories(self) -> Categories:
        """The topic of every word that has one."""
        topical = np.flatnonzero(self.topic >= 0)
        return Categories(
            "world",
            tuple(self.words[i] for i in topical),
            tuple(f"t{self.topic[i]}" for i in topical),
        )

    def relations(self) -> Relations:
        """All pairs of synonyms, neutral ones included, and all pairs of antonyms."""
        members: dict[tuple, list[str]] = {}
        for i in np.flatnonzero(self.topic >= 0):
            key = self.topic[i], self.concept[i], self.polarity[i]
            members.setdefault(key, []).append(self.words[i])
        same = [pair for words in members.values() for pair in combinations(words, 2)]
        opposite = [
            pair
            for (topic, concept, sign), words in members.items()
            if sign > 0
            for pair in product(words, members[topic, concept, -1])
        ]
        words1, words2 = zip(*same, *opposite, strict=True)
        synonyms = np.arange(len(words1)) < len(same)
        return Relations("world", words1, words2, synonyms, (frozenset(),) * len(words1))

    def similarity(self, pairs: int = 1000) -> WordPairs:
        """Word pairs with score 1 if they share their topic, as every second does, else 0.

        Polarity is independent of the score.
        """
        rng = np.random.default_rng([self.config.seed, 3])
        topics, stride = self.config.topics, self.stride
        first, score = rng.integers(topics * stride, size=pairs), np.arange(pairs) % 2
        shift = np.where(score, 0, rng.integers(1, topics, size=pairs))
        other = (first // stride + shift) % topics
        second = other * stride + (first + rng.integers(1, stride, size=pairs)) % stride
        words1, words2 = (tuple(self.words[i] for i in side) for side in (first, second))
        return WordPairs("world", words1, words2, score.astype(float))

    def questions(self, count: int = 1000) -> Questions:
        """Analogies between antonym pairs of two topics, from positive to negative.

        The right answer needs both the polarity and the pair's own meaning.
        """
        rng, words = np.random.default_rng([self.config.seed, 4]), self.words
        heads = np.flatnonzero((self.polarity > 0) & (self.synonym == 0))
        # A topic's negative words follow its positive ones in the same order.
        opposite = self.config.concepts[0] * self.config.synonyms
        asked = []
        while len(asked) < count:
            a, c = rng.choice(heads, 2)
            if self.topic[a] != self.topic[c]:
                asked.append((words[a], words[a + opposite], words[c], words[c + opposite]))
        return Questions("world", tuple(asked), ("antonyms",) * count)

    def vectors(
        self,
        *,
        topic: float = 0.0,
        polarity: float = 0.0,
        pair: float = 0.0,
        frequency: float = 0.0,
        dim: int = 50,
        seed: int = 0,
    ) -> Vectors:
        """A table that holds the given factors beside noise of length 1 per word.

        Args:
            topic: length of a direction for each topic.
            polarity: length along one direction, positive words at its one end and
                negative words at the other.
            pair: length of a direction for each concept and its antonyms: words of one
                scale (hot, cold) that occur in the same contexts.
            frequency: length of one direction shared by the frequent words of each
                group, as in count-based tables.
        """
        rng = np.random.default_rng([self.config.seed, 5, seed])

        def directions(count: int) -> Float[np.ndarray, "count dim"]:
            drawn = rng.normal(size=(count, dim))
            return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

        concepts, topics = max(self.config.concepts), self.config.topics
        scale = (self.topic * 2 + (self.polarity != 0)) * concepts + self.concept
        rank = self.concept + self.synonym * concepts
        topical = self.topic[:, None] >= 0
        table = rng.normal(size=(len(self.words), dim)) / np.sqrt(dim)
        table += topic * topical * directions(topics)[self.topic]
        table += polarity * self.polarity[:, None] * directions(1)
        table += pair * topical * directions(2 * topics * concepts)[np.maximum(scale, 0)]
        table += frequency * (rank[:, None] < np.median(rank)) * directions(1)
        return Vectors(self.words, table)


def make_world(config: WorldConfig | str = "world") -> World:
    """The world of a configuration, or of a name such as `world:words=500,seed=1`.

    A word's spelling tells what it is: `t3pos7b` is the second synonym of the eighth
    positive concept of topic 3, and `t3neg7a` is one of its antonyms.

    Raises:
        InputError: settings that make no world.
    """
    config = WorldConfig.parse(config) if isinstance(config, str) else config
    polar, neutral = config.concepts
    kinds = [(1, "pos", polar), (-1, "neg", polar), (0, "neu", neutral)]
    entries = [
        (f"t{topic}{kind}{concept}{_letters(synonym)}", topic, sign, concept, synonym)
        for topic in range(config.topics)
        for sign, kind, concepts in kinds
        for synonym in range(config.synonyms)
        for concept in range(concepts)
    ]
    entries.append((NEGATOR, -1, 0, -1, 0))
    entries += [(f"f{number}", -1, 0, -1, 0) for number in range(config.words - len(entries))]
    words, *columns = zip(*entries, strict=True)
    topic, polarity, concept, synonym = (np.array(column, np.int64) for column in columns)
    rng = np.random.default_rng([config.seed, 0])
    hidden_polar, hidden_neutral = (
        rng.permutation(count)[: round(config.unseen * count)] for count in (polar, neutral)
    )
    chosen = np.where(
        polarity == 0, np.isin(concept, hidden_neutral), np.isin(concept, hidden_polar)
    )
    hidden = chosen & (topic >= 0) & (synonym == config.synonyms - 1)
    return World(config, words, topic, polarity, concept, synonym, hidden)


def _letters(number: int) -> str:
    """A number as letters: a, b, … z, ba, bb, …"""
    return (_letters(number // 26) if number >= 26 else "") + chr(ord("a") + number % 26)
