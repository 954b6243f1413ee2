"""Texts drawn from a world: a labelled corpus, and unlabelled texts to train vectors on."""

import hashlib
import json

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.data.corpus import Corpus, Split
from embexp.synthetic.world import NEGATOR, World

LABELS = ("negative", "positive")
SHARES = {"train": 0.8, "validation": 0.1, "test": 0.1}
"""Share of the labelled texts in each split."""


def labelled_corpus(world: World, name: str = "world") -> Corpus:
    """A world's labelled texts in three splits; only the test split shows the hidden words.

    Topics and polarities of the texts are balanced against each other. The checksum is
    the sha256 of the texts and labels as JSON.
    """
    config, splits = world.config, {}
    for place, (split, share) in enumerate(SHARES.items()):
        rng, texts = np.random.default_rng([config.seed, 1, place]), round(share * config.texts)
        number = rng.permutation(texts)
        topic, polarity = number % config.topics, 2 * (number // config.topics % 2) - 1
        by_topic = rng.random(texts) < config.topic_label
        positive = np.where(by_topic, topic < config.topics / 2, polarity > 0)
        labels = (positive ^ (rng.random(texts) < config.noise)).astype(np.int64)
        shown = ~world.hidden | (split == "test")
        drawn = _drawn(world, rng, topic, polarity, config.agreement, shown)
        splits[split] = Split(drawn, labels)
    content = json.dumps(
        {split: [part.texts, part.labels.tolist()] for split, part in splits.items()},
        sort_keys=True,
    )
    return Corpus(
        name,
        splits,
        LABELS,
        provenance=f"made by embexp.synthetic from {config}",
        terms="none",
        checksum=hashlib.sha256(content.encode()).hexdigest(),
        official=True,
    )


def unlabelled_texts(world: World, count: int = 20_000) -> list[str]:
    """Texts to train vectors on, in which every word can occur.

    Words of one topic occur together; words of one polarity do so to the degree of
    `cooccurrence`.
    """
    rng, config = np.random.default_rng([world.config.seed, 2]), world.config
    topic, polarity = rng.integers(config.topics, size=count), rng.choice([-1, 1], size=count)
    shown = np.ones(len(world.words), bool)
    return _drawn(world, rng, topic, polarity, (1 + config.cooccurrence) / 2, shown)


def _drawn(
    world: World,
    rng: np.random.Generator,
    topic: Int[np.ndarray, "texts"],
    polarity: Int[np.ndarray, "texts"],
    agreement: float,
    shown: Bool[np.ndarray, "words"],
) -> list[str]:
    """Texts of the given topics and polarities, made of the words that are shown.

    The order of the draws is part of what a world's name stands for.
    """
    config = world.config
    lengths = rng.integers(
        (config.length + 1) // 2, config.length + config.length // 2 + 1, size=len(topic)
    )
    text = np.repeat(np.arange(len(topic)), lengths)
    tokens = len(text)
    about = np.where(
        rng.random(tokens) < config.focus, topic[text], rng.integers(config.topics, size=tokens)
    )
    meant = np.where(rng.random(tokens) < agreement, 1, -1) * polarity[text]
    polar, neutral = config.concepts
    meant[rng.random(tokens) < neutral / (2 * polar + neutral)] = 0
    meant[function := rng.random(tokens) < config.function] = 0
    negated = (meant != 0) & (rng.random(tokens) < config.negation)
    uniform, said = rng.random(tokens), np.empty(tokens, np.int64)
    # Topics are laid out alike, so the words of topic 0 stand for those of every topic.
    for sign in (-1, 0, 1):
        here = ~function & (np.where(negated, -meant, meant) == sign)
        group = np.flatnonzero((world.topic == 0) & (world.polarity == sign))
        said[here] = about[here] * world.stride + _zipf(group, shown, uniform[here])
    group = np.arange(world.index[NEGATOR] + 1, len(world.words))
    said[function] = _zipf(group, shown, uniform[function])
    spelled = np.array(world.words, object)[said]
    spelled[negated] = f"{NEGATOR} " + spelled[negated]
    return [" ".join(part) for part in np.split(spelled, np.cumsum(lengths)[:-1])]


def _zipf(
    group: Int[np.ndarray, "group"],
    shown: Bool[np.ndarray, "words"],
    uniform: Float[np.ndarray, "draws"],
) -> Int[np.ndarray, "draws"]:
    """Words of a group for numbers in [0, 1), by Zipf's law.

    The word of rank r has probability ∝ 1/(r + 1), or 0 if it is not shown.
    """
    mass = np.cumsum(shown[group] / np.arange(1, len(group) + 1))
    return group[np.searchsorted(mass / mass[-1:], uniform, side="right")]
