"""The configuration of a synthetic world, and the names by which data sets refer to one."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from embexp.errors import InputError, unknown
from embexp.printable import quoted

LARGEST = {
    "words": 1_000_000,  # a dictionary of every language spoken
    "topics": 10_000,
    "seed": 2**32 - 1,
    "synonyms": 100,  # every two of a concept are a pair
    "length": 1000,
    "texts": 10_000_000,
}
"""The largest of the settings that count something."""
TOKENS, PAIRS = 50_000_000, 10_000_000
"""The most tokens of all texts, and pairs of synonyms: each takes some 3 GiB."""
FUNCTION_WORDS = 0.05
"""Smallest share of the words that are function words."""


@dataclass(frozen=True)
class WorldConfig:
    """The settings of a world; equal settings make equal worlds, bit for bit.

    Args:
        words: number of distinct words. Those left over when the topics have received
            equal shares are function words.
        topics: number of topics; each is the topic of equally many texts.
        seed: seed of the texts and of the choice of words that training never shows.
        synonyms: words per concept.
        polar: share of a topic's words that are polar; half of them are positive.
        texts: labelled texts, in all splits together.
        length: mean tokens per text; lengths are uniform from half to one and a half
            times this.
        function: share of tokens that are function words.
        focus: share of the other tokens that belong to their text's topic; the rest
            come from a random topic.
        agreement: share of polar tokens that agree with their text's polarity.
        negation: share of polar tokens that are expressed as `not` and an antonym.
        noise: share of labels that are flipped.
        topic_label: share of texts that are labelled by topic (the first half of the
            topics is positive) instead of by polarity.
        unseen: share of concepts whose last, rarest synonym occurs in no training or
            validation text.
        cooccurrence: how strongly polarity shows in unlabelled text, from 0 (not at
            all) to 1 (all polar words of a text agree).

    Raises:
        InputError: a setting is out of range, or the settings leave no polar words.
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
        least = {"words": 20, "topics": 2, "seed": 0, "synonyms": 1, "length": 2}
        least["texts"] = 20 * self.topics
        for name, value in asdict(self).items():
            low, high = least.get(name, 0), LARGEST.get(name, 1)
            if not low <= value <= high:
                bounds = f"{low} to {high}" if name in least else "a share in [0, 1]"
                raise InputError(f"a world's {name} must be {bounds}, not {quoted(value)}")
        if (tokens := self.texts * self.length) > TOKENS:
            raise InputError(
                f"{self.texts} texts of {self.length} tokens are {tokens} tokens, but a world has "
                f"{TOKENS} at most; lower texts or length"
            )
        if (pairs := self.words * self.synonyms) > PAIRS:
            raise InputError(
                f"{self.words} words with {self.synonyms} synonyms make {pairs} pairs, but a world "
                f"has {PAIRS} at most; lower words or synonyms"
            )
        if self.concepts[0] < 1:
            raise InputError(
                f"{self.words} words in {self.topics} topics leave no polar concept; each topic "
                f"needs {2 * self.synonyms} polar words or more"
            )
        if self.unseen and self.synonyms < 2:
            raise InputError(
                f"unseen={self.unseen} needs two synonyms or more per concept, but there is one; "
                "set unseen=0 or synonyms=2"
            )

    @property
    def concepts(self) -> tuple[int, int]:
        """Number of positive concepts per topic (as many are negative), and of neutral ones."""
        topical = self.words - 1 - max(2, round(FUNCTION_WORDS * self.words))
        each = topical // self.topics // self.synonyms
        polar = round(each * self.polar / 2)
        return polar, each - 2 * polar

    @property
    def summary(self) -> str:
        """What a world is, and its settings, for a list of data sets."""
        return (
            "synthetic texts whose topics and polarities are known and independent; its settings, "
            f"as in world:words=500,seed=1, are {self}"
        )

    def __str__(self) -> str:
        """The settings as they are written after `world:`."""
        return ",".join(f"{name}={value}" for name, value in asdict(self).items())

    @classmethod
    def parse(cls, name: str) -> "WorldConfig":
        """The configuration that a data set's name stands for.

        Raises:
            InputError: a setting is unknown, not a number or out of range.

        >>> WorldConfig.parse("world:words=500,seed=1") == WorldConfig(words=500, seed=1)
        True
        """
        types = {field.name: type(field.default) for field in fields(cls)}
        settings = dict[str, Any]()
        for part in filter(None, name.partition(":")[2].split(",")):
            key, _, text = map(str.strip, part.partition("="))
            if key not in types:
                raise unknown("setting of the world", key, types)
            try:
                settings[key] = types[key](text)
            except ValueError:
                kind = "whole number" if types[key] is int else "number"
                raise InputError(f"{name}: {key} must be a {kind}, not {text!r}") from None
        return cls(**settings)


def is_world(name: str) -> bool:
    """Whether a data set's name stands for a world: `world`, or `world:SETTING=NUMBER,…`."""
    return name.partition(":")[0] == "world"
