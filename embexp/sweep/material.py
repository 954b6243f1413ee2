"""A spec's corpus into ids and labels for each split, whatever kind of corpus it is."""

import os
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.data import Ids, encode, load_corpus, tokenize
from embexp.data.features import standardised, surface
from embexp.data.keras import Tokenizer, as_ids, pad
from embexp.data.splits import SPLITS
from embexp.data.tagged import check_aligned, load_tagged
from embexp.errors import InputError
from embexp.spec import Spec
from embexp.sweep.yardsticks import yardsticks_of
from embexp.words import Vocabulary

SUBSET = 0
"""Seed of the draw of `train_texts`: a constant, so that every cell trains on the same texts."""


class Material(NamedTuple):
    """Splits as numbers; `labels` has one for each text, or for each token where the head tags.

    texts: of the training split, as they were written, or their tokens with spaces
    between where those were given.
    """

    vocabulary: Vocabulary
    ids: dict[str, Ids]
    labels: dict[str, Int[np.ndarray, "labels"]]
    classes: tuple[str, ...]
    extra: dict[str, Float[np.ndarray, "texts extra"]]
    texts: list[str]
    checksum: str


def material_of(spec: Spec) -> Material:
    """The corpus of a spec, read, split into words and encoded with the vocabulary of
    its training split.

    Raises:
        InputError: whatever a user got wrong about the corpus.
    """
    return tagged(spec) if spec.head == "tags" else labelled(spec)


def labelled(spec: Spec) -> Material:
    """Texts with a label each."""
    corpus = load_corpus(spec.corpus, text=spec.text, label=spec.label, header=spec.header)
    texts = {name: split.texts for name, split in corpus.splits.items()}
    labels = {name: np.asarray(split.labels, np.int32) for name, split in corpus.splits.items()}
    if spec.holdout == "none":
        texts["train"], labels["train"] = (
            texts["train"] + texts["validation"],
            np.concatenate([labels["train"], labels["validation"]]),
        )
    if spec.train_texts is not None:
        drawn = subset(len(labels["train"]), spec)
        texts["train"], labels["train"] = [texts["train"][i] for i in drawn], labels["train"][drawn]
    vocabulary, ids = (
        keras_ids(spec, texts) if spec.tokens == "keras-imdb" else word_ids(spec, texts)
    )
    counted = {
        name: surface(given if spec.head == "two-outputs" else []) for name, given in texts.items()
    }
    extra = {
        name: standardised(each, counted["train"])
        if len(each)
        else np.zeros((len(texts[name]), 0), np.float32)
        for name, each in counted.items()
    }
    return Material(vocabulary, ids, labels, corpus.labels, extra, texts["train"], corpus.checksum)


def subset(texts: int, spec: Spec) -> Int[np.ndarray, "drawn"]:
    """The training texts that are used, in file order; smaller draws lie within larger ones."""
    count = int(spec.train_texts or texts)
    if count > texts:
        raise InputError(
            f"train_texts={count}, but {spec.corpus!r} has {texts} training texts; lower it or leave it out"
        )
    return np.sort(np.random.default_rng(SUBSET).permutation(texts)[:count])


def word_ids(spec: Spec, texts: dict[str, list[str]]) -> tuple[Vocabulary, dict[str, Ids]]:
    """Our own words, the frequent ones of the training texts in the vocabulary."""
    vocabulary = vocabulary_of(spec, lambda split: map(tokenize, texts[split]))
    return vocabulary, {
        name: shaped(spec, encode(map(tokenize, given), vocabulary))
        for name, given in texts.items()
    }


def vocabulary_of(spec: Spec, tokens: Callable[[str], Iterable[Sequence[str]]]) -> Vocabulary:
    """The frequent words of the training split; where it is open, then those that the
    training split does not show at all.
    """
    vocabulary = Vocabulary.build(
        tokens("train"), min_count=spec.min_count, max_words=spec.max_words
    )
    if len(vocabulary) == vocabulary.specials:
        raise InputError(
            f"no word stands {spec.min_count} times in the training texts of {spec.corpus!r}; lower min_count"
        )
    if spec.vocabulary == "training":
        return vocabulary
    shown = set(chain.from_iterable(tokens("train")))
    measured = (
        words
        for pairs in yardsticks_of(spec).similarity.values()
        for words in (pairs.words1, pairs.words2)
    )
    named = (pair.split(":") for pair in spec.cosines)
    others = chain.from_iterable(chain(tokens("validation"), tokens("test"), measured, named))
    return vocabulary.with_others(word for word in others if word not in shown)


def keras_ids(spec: Spec, texts: dict[str, list[str]]) -> tuple[Vocabulary, dict[str, Ids]]:
    """Keras's ids for IMDB: 0 is padding, 1 the start, 2 any other word, and the rest
    its own ranks; counts are of training.
    """
    if not (folder := os.environ.get("EMBEXP_DATA")):
        raise InputError(
            "tokens='keras-imdb' needs Keras's word index in the folder that EMBEXP_DATA names, but that is not set"
        )
    tokenizer = Tokenizer.imdb(folder, num_words=spec.max_words)
    ids = {name: tokenizer.encode(given) for name, given in texts.items()}
    counts = np.bincount(ids["train"].flat, minlength=len(tokenizer.rows))
    vocabulary = Vocabulary(tokenizer.rows, counts, specials=4)
    return vocabulary, {name: shaped(spec, each) for name, each in ids.items()}


def shaped(spec: Spec, ids: Ids) -> Ids:
    """Texts cut to their first or last words, or all of one length with padding in
    front that is read as a word.
    """
    if spec.length is None:
        return ids
    truncating = "pre" if spec.keep == "last" else "post"
    if spec.padding == "pre":
        return as_ids(pad(ids, spec.length, truncating=truncating))
    lengths = np.minimum(ids.lengths, spec.length)
    first = ids.offsets[:-1] + (ids.lengths - lengths if spec.keep == "last" else 0)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    taken = np.repeat(first - ends[:-1], lengths) + np.arange(ends[-1])
    return Ids(ids.flat[taken], ends)


def tagged(spec: Spec) -> Material:
    """Sentences whose tokens are given, with a tag each; words are looked up in lower
    case, as the pretrained vectors have them.
    """
    if isinstance(spec.text, str) or isinstance(spec.label, str):
        raise InputError("the columns of tagged files are numbers, counted from 0")
    columns = {"token": spec.text or 0, "tag": -1 if spec.label is None else spec.label}
    corpus = load_tagged(spec.corpus, **columns)
    for split in corpus.splits.values():
        check_aligned(split.tokens, split.tags)
    tokens = {
        name: [[token.lower() for token in sentence] for sentence in corpus.splits[name].tokens]
        for name in SPLITS
    }
    labels = {name: corpus.tag_ids(name) for name in SPLITS}
    if spec.holdout == "none":
        tokens["train"], labels["train"] = (
            tokens["train"] + tokens["validation"],
            np.concatenate([labels["train"], labels["validation"]]),
        )
    vocabulary = vocabulary_of(spec, tokens.__getitem__)
    ids = {name: encode(sentences, vocabulary) for name, sentences in tokens.items()}
    extra = {name: np.zeros((len(sentences), 0), np.float32) for name, sentences in tokens.items()}
    return Material(
        vocabulary,
        ids,
        labels,
        corpus.tags,
        extra,
        list(map(" ".join, tokens["train"])),
        corpus.checksum,
    )
