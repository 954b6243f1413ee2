"""A few dials into a language whose topics and polarities are known and independent:
its words, texts, labels and relations.

Every word of a topic has that topic and a polarity (positive, negative or neutral);
each topic has the same numbers of each, so the two are independent exactly. Words come
in concepts: synonyms share topic and polarity; the antonyms of a positive concept are a
negative concept's words in the same topic, equally frequent. Function words and the
negator `not` have neither.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from itertools import combinations, product

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.data.corpora import Corpus, Split
from embexp.errors import InputError, unknown
from embexp.measures.analogies import Questions
from embexp.measures.categories import Categories
from embexp.measures.pairs import WordPairs
from embexp.measures.relations import Relations
from embexp.words import Vectors

NEGATOR = "not"
LABELS = ("negative", "positive")
FUNCTION_WORDS = 0.05
"""Least share of the words that are function words."""
SUMMARY = "made-up texts whose topics and polarities are known and independent; its dials, as in world:words=500,seed=1, are"
SPLIT = {"train": 0.8, "validation": 0.1, "test": 0.1}


@dataclass(frozen=True)
class Dials:
    """What a world is made of; equal dials make equal worlds, bit for bit.

    Args:
        words: distinct words in all; what does not fit into the topics' equal shares is
            function words.
        topics: how many; as many texts are about each.
        seed: draws the texts and which words training does not show.
        synonyms: words in a concept.
        polar: share of a topic's words that are polar, half of them positive.
        texts: labelled texts, in all splits together.
        length: mean tokens of a text; lengths run from half to one and a half of it.
        function: share of tokens that are function words.
        focus: share of the other tokens that are of their text's topic, not of any.
        agreement: share of polar tokens that agree with their text's polarity.
        negation: share of polar tokens that are said by `not` and an antonym.
        noise: share of labels that are turned round.
        topic_label: share of texts whose label is their topic's (the first half of the
            topics is positive), not their polarity's.
        unseen: share of concepts whose last, rarest synonym occurs in no training or
            validation text.
        cooccurrence: how far polarity shows in unlabelled text: 0 for not at all, 1 for
            texts whose polar words all agree.
    """

    words: int = 2000
    topics: int = 10
    seed: int = 0
    synonyms: int = 2
    polar: float = 0.5
    texts: int = 4000
    length: int = 30
    function: float = 0.3
    focus: float = 0.8
    agreement: float = 0.8
    negation: float = 0.1
    noise: float = 0.05
    topic_label: float = 0.0
    unseen: float = 0.2
    cooccurrence: float = 0.0

    def __post_init__(self) -> None:
        least = {
            "words": 20,
            "topics": 2,
            "seed": 0,
            "synonyms": 1,
            "texts": 20 * self.topics,
            "length": 2,
        }
        for name, value in asdict(self).items():
            if name in least and value < least[name]:
                raise InputError(f"a world's {name} are {least[name]} or more, not {value}")
            if name not in least and not 0 <= value <= 1:
                raise InputError(f"a world's {name} is a share in 0..1, not {value}")
        if self.concepts[0] < 1:
            need = 2 * self.synonyms
            raise InputError(
                f"{self.words} words in {self.topics} topics leave no polar concept; a topic needs {need} polar words or more"
            )
        if self.unseen and self.synonyms < 2:
            raise InputError(
                f"unseen={self.unseen} needs two synonyms or more a concept, but there is one; set unseen=0 or synonyms=2"
            )

    @property
    def concepts(self) -> tuple[int, int]:
        """Concepts of one topic: positive ones (as many are negative), and neutral ones."""
        topical = self.words - 1 - max(2, round(FUNCTION_WORDS * self.words))
        each = topical // self.topics // self.synonyms
        polar = round(each * self.polar / 2)
        return polar, each - 2 * polar

    def __str__(self) -> str:
        """As they are written behind `world:`."""
        return ",".join(f"{name}={value}" for name, value in asdict(self).items())

    @classmethod
    def parse(cls, name: str) -> "Dials":
        """From a data set's name: `world`, or `world:words=500,topics=4,seed=1`.

        Raises:
            InputError: a setting that is unknown, no number, or out of range.
        """
        given = name.partition(":")[2]
        types = {field.name: type(field.default) for field in fields(cls)}
        settings = {}
        for part in filter(None, given.split(",")):
            key, _, text = (side.strip() for side in part.partition("="))
            if key not in types:
                raise unknown("setting of the world", key, types)
            try:
                settings[key] = types[key](text)
            except ValueError:
                raise InputError(
                    f"{name}: {key} is a {'whole number' if types[key] is int else 'number'}, not {text!r}"
                ) from None
        return cls(**settings)


@dataclass(frozen=True, eq=False)
class World:
    """The words of a world with their truth, and what can be said in it.

    Args:
        topic: of each word from 0; −1 for function words and the negator.
        polarity: −1, 0 or 1.
        concept: its number within topic and polarity; antonyms have the same. −1 as for
            topics.
        synonym: its place among its concept's words, the most frequent first.
        hidden: whether training and validation do without it.
    """

    dials: Dials
    words: tuple[str, ...]
    topic: Int[np.ndarray, "words"]
    polarity: Int[np.ndarray, "words"]
    concept: Int[np.ndarray, "words"]
    synonym: Int[np.ndarray, "words"]
    hidden: Bool[np.ndarray, "words"]

    @cached_property
    def index(self) -> Mapping[str, int]:
        """The number of each word."""
        return {word: number for number, word in enumerate(self.words)}

    def corpus(self, name: str = "world") -> Corpus:
        """The labelled texts: 8 in 10 train, the rest is shared by validation and test.
        The test split also shows the hidden words.
        """
        splits = {}
        for place, (split, share) in enumerate(SPLIT.items()):
            rng = np.random.default_rng([self.dials.seed, 1, place])
            splits[split] = self._labelled(
                rng,
                round(share * self.dials.texts),
                shown=np.ones(len(self.words), bool) if split == "test" else ~self.hidden,
            )
        content = json.dumps(
            {split: [part.texts, part.labels.tolist()] for split, part in splits.items()},
            sort_keys=True,
        )
        checksum = hashlib.sha256(content.encode()).hexdigest()
        return Corpus(
            name, splits, LABELS, "made by embexp.data.world", "none", checksum, official=True
        )

    def _labelled(
        self, rng: np.random.Generator, texts: int, shown: Bool[np.ndarray, "words"]
    ) -> Split:
        """Texts whose topics and polarities are balanced against each other, and their labels."""
        dials, number = self.dials, rng.permutation(texts)
        topic, polarity = number % dials.topics, 2 * (number // dials.topics % 2) - 1
        by_topic = rng.random(texts) < dials.topic_label
        positive = np.where(by_topic, topic < dials.topics / 2, polarity > 0)
        labels = (positive ^ (rng.random(texts) < dials.noise)).astype(np.int64)
        return Split(self._texts(rng, topic, polarity, dials.agreement, shown), labels)

    def unlabelled(self, texts: int = 20_000) -> list[str]:
        """Texts to learn vectors from: all words occur, words of one topic together,
        and polarities together by `cooccurrence`.
        """
        rng, dials = np.random.default_rng([self.dials.seed, 2]), self.dials
        topic, polarity = rng.integers(dials.topics, size=texts), rng.choice([-1, 1], size=texts)
        return self._texts(
            rng, topic, polarity, (1 + dials.cooccurrence) / 2, np.ones(len(self.words), bool)
        )

    def _texts(
        self,
        rng: np.random.Generator,
        topic: Int[np.ndarray, "texts"],
        polarity: Int[np.ndarray, "texts"],
        agreement: float,
        shown: Bool[np.ndarray, "words"],
    ) -> list[str]:
        dials = self.dials
        lengths = rng.integers(
            (dials.length + 1) // 2, dials.length + dials.length // 2 + 1, size=len(topic)
        )
        text = np.repeat(np.arange(len(topic)), lengths)
        tokens = len(text)
        about = np.where(
            rng.random(tokens) < dials.focus, topic[text], rng.integers(dials.topics, size=tokens)
        )
        meant = np.where(rng.random(tokens) < agreement, 1, -1) * polarity[text]
        groups = self._groups(shown)
        polar, neutral = dials.concepts
        meant[rng.random(tokens) < neutral / (2 * polar + neutral)] = 0
        meant[function := rng.random(tokens) < dials.function] = 0
        negated = (meant != 0) & (rng.random(tokens) < dials.negation)
        drawn, said = rng.random(tokens), np.empty(tokens, np.int64)
        said[function] = groups.function.draw(drawn[function])
        for sign, group in groups.by_polarity.items():
            here = ~function & (np.where(negated, -meant, meant) == sign)
            said[here] = about[here] * groups.stride + group.draw(drawn[here])
        return self._spelled(said, negated, lengths)

    def _spelled(
        self,
        said: Int[np.ndarray, "tokens"],
        negated: Bool[np.ndarray, "tokens"],
        lengths: Int[np.ndarray, "texts"],
    ) -> list[str]:
        """Tokens as texts, with the negator before the negated."""
        words = np.array(self.words, object)
        spelled = words[said]
        spelled[negated] = f"{NEGATOR} " + spelled[negated]
        return [" ".join(part) for part in np.split(spelled, np.cumsum(lengths)[:-1])]

    def _groups(self, shown: Bool[np.ndarray, "words"]) -> "_Groups":
        """Where to draw words from; groups are laid out alike in every topic, so that
        topic 0 stands for all.
        """
        first = self.topic == 0
        by_polarity = {}
        for sign in (-1, 0, 1):
            numbers = np.flatnonzero(first & (self.polarity == sign))
            if len(numbers):
                by_polarity[sign] = _Group(numbers, shown[numbers])
        functions = np.flatnonzero(
            (self.topic < 0) & (np.arange(len(self.words)) != self.index[NEGATOR])
        )
        return _Groups(by_polarity, _Group(functions, shown[functions]), int(first.sum()))

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
        """All synonym pairs, neutral ones too, and all antonym pairs."""
        members: dict[tuple[int, int, int], list[str]] = {}
        for i in np.flatnonzero(self.topic >= 0):
            members.setdefault(
                (int(self.topic[i]), int(self.concept[i]), int(self.polarity[i])), []
            ).append(self.words[i])
        same = [pair for words in members.values() for pair in combinations(words, 2)]
        opposite = [
            pair
            for (t, c, p), words in members.items()
            if p > 0
            for pair in product(words, members[t, c, -1])
        ]
        words1, words2 = zip(*same, *opposite, strict=True)
        return Relations("world", words1, words2, np.arange(len(words1)) < len(same))

    def similarity(self, pairs: int = 1000) -> WordPairs:
        """Pairs of words that score 1 where they share their topic (half of them) and 0
        where they do not; polarity knows nothing of it.
        """
        rng = np.random.default_rng([self.dials.seed, 3])
        topical, stride = int((self.topic >= 0).sum()), int((self.topic == 0).sum())
        first, score = rng.integers(topical, size=pairs), np.arange(pairs) % 2
        other = (
            first // stride + np.where(score, 0, rng.integers(1, self.dials.topics, size=pairs))
        ) % self.dials.topics
        second = other * stride + (first + rng.integers(1, stride, size=pairs)) % stride
        words1, words2 = (tuple(self.words[i] for i in side) for side in (first, second))
        return WordPairs("world", words1, words2, score.astype(float))

    def questions(self, count: int = 1000) -> Questions:
        """Analogies between antonym pairs of two topics, positive to negative: a right
        answer needs polarity and the pair's own meaning.
        """
        rng = np.random.default_rng([self.dials.seed, 4])
        heads = np.flatnonzero((self.polarity > 0) & (self.synonym == 0))
        opposite = {
            (self.topic[i], self.concept[i]): i
            for i in np.flatnonzero((self.polarity < 0) & (self.synonym == 0))
        }
        asked = []
        while len(asked) < count:
            a, c = rng.choice(heads, 2)
            if self.topic[a] != self.topic[c]:
                b, d = (opposite[self.topic[i], self.concept[i]] for i in (a, c))
                asked.append((self.words[a], self.words[b], self.words[c], self.words[d]))
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
        """A table that holds what it is told to, by the length of each part beside
        noise of length 1.

        Args:
            topic: a direction for each topic.
            polarity: one direction, forth for positive and back for negative words.
            pair: a direction for each concept, its antonyms included: words of one
                scale (hot, cold) in the same contexts.
            frequency: one direction for the frequent words of each group, as counted
                tables have.
        """
        rng = np.random.default_rng([self.dials.seed, 5, seed])

        def directions(count: int) -> Float[np.ndarray, "count dim"]:
            drawn = rng.normal(size=(count, dim))
            return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

        concepts = max(self.dials.concepts)
        scale = (self.topic * 2 + (self.polarity != 0)) * concepts + self.concept
        rank = self.concept + self.synonym * concepts
        table = rng.normal(size=(len(self.words), dim)) / np.sqrt(dim)
        table += topic * np.where(
            self.topic[:, None] >= 0, directions(self.dials.topics)[self.topic], 0
        )
        table += polarity * self.polarity[:, None] * directions(1)
        table += pair * np.where(
            self.topic[:, None] >= 0,
            directions(2 * self.dials.topics * concepts)[np.maximum(scale, 0)],
            0,
        )
        table += frequency * (rank[:, None] < np.median(rank)) * directions(1)
        return Vectors(self.words, table)


class _Group:
    """Words that are drawn by Zipf's law: the r-th of those that there are with
    probability ∝ 1/(r + 1), hidden ones left out.
    """

    def __init__(self, numbers: Int[np.ndarray, "group"], shown: Bool[np.ndarray, "group"]) -> None:
        self.numbers = numbers
        mass = np.cumsum(shown / np.arange(1, len(numbers) + 1))
        self.ends = mass / mass[-1]

    def draw(self, uniform: Float[np.ndarray, "draws"]) -> Int[np.ndarray, "draws"]:
        """Words for numbers in [0, 1)."""
        return self.numbers[np.searchsorted(self.ends, uniform, side="right")]


@dataclass(frozen=True)
class _Groups:
    """Topic 0's words by polarity, function words, and how many words later the next
    topic's stand.
    """

    by_polarity: Mapping[int, _Group]
    function: _Group
    stride: int


def world(dials: Dials | str = "world") -> World:
    """The world of these dials, or of a name such as `world:words=500,seed=1`.

    Words say what they are: `t3pos7b` is the second synonym of the eighth positive
    concept of topic 3, and `t3neg7a` an antonym of it.

    Raises:
        InputError: dials that make no world.
    """
    dials = Dials.parse(dials) if isinstance(dials, str) else dials
    polar, neutral = dials.concepts
    kinds = [(1, "pos", polar), (-1, "neg", polar), (0, "neu", neutral)]
    entries = [
        (f"t{topic}{kind}{concept}{_letters(synonym)}", topic, sign, concept, synonym)
        for topic in range(dials.topics)
        for sign, kind, concepts in kinds
        for synonym in range(dials.synonyms)
        for concept in range(concepts)
    ]
    entries.append((NEGATOR, -1, 0, -1, 0))
    entries += [(f"f{number}", -1, 0, -1, 0) for number in range(dials.words - len(entries))]
    words, *columns = zip(*entries, strict=True)
    topic, polarity, concept, synonym = (np.array(column, np.int64) for column in columns)
    rng = np.random.default_rng([dials.seed, 0])
    unshown = {
        sign: rng.permutation(concepts)[: round(dials.unseen * concepts)]
        for sign, _, concepts in (kinds[0], kinds[2])
    }
    kept_out = np.where(polarity == 0, np.isin(concept, unshown[0]), np.isin(concept, unshown[1]))
    hidden = kept_out & (topic >= 0) & (synonym == dials.synonyms - 1)
    return World(dials, words, topic, polarity, concept, synonym, hidden)


def _letters(number: int) -> str:
    """The numbers as letters: a, b, … z, ba, bb, …"""
    return (
        chr(ord("a") + number)
        if number < 26
        else _letters(number // 26) + chr(ord("a") + number % 26)
    )
