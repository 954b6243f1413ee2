"""A spec's corpus as ids and labels for each split, whatever kind of corpus it is."""

import os
from collections.abc import Iterable, Mapping, Sequence, Sized
from itertools import chain
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.data import Ids, Numbered
from embexp.data.corpus import Corpus, split_anew
from embexp.data.features import standardised, surface
from embexp.data.keras import Tokenizer, as_ids, pad
from embexp.data.labels import Labels
from embexp.data.splits import SPLITS
from embexp.data.tagged import TaggedCorpus, load_tagged
from embexp.data.tokenizers import WORDS, Tokenize, tokenizer
from embexp.devices import free_memory
from embexp.errors import InputError
from embexp.measures.resources import LexicalResources
from embexp.memory import check_fits
from embexp.models import HEADS
from embexp.spec import Spec
from embexp.synthetic import load_corpus
from embexp.tasks.pairs import check_pairs, singles, tokenised
from embexp.tasks.subsets import hold_out, subset, take, train_on_validation
from embexp.words import Vocabulary

PADDED_BYTES = 8
"""Bytes for each word of padded texts: its id, here and on the device."""
NO_WORD = (
    "does another column hold the texts? Words have letters or digits; emoji and other signs are "
    "tokens with tokenizer=trained:bpe"
)


class EncodedCorpus(NamedTuple):
    """Splits as numbers; labels are one a text, or one a token where the head tags.

    Sets of classes are a row of zeros and ones for each text.

    `others` are words outside the vocabulary that stand in scored texts, where they may
    take a pretrained vector; their ids follow those of the vocabulary.
    `texts` are those of the training split as they were written, or their tokens with
    spaces between where those were given; texts of pairs stand one after another.
    `seconds` has the token with which the second text of each pair begins.
    """

    vocabulary: Vocabulary
    others: tuple[str, ...]
    ids: dict[str, Ids]
    labels: dict[str, Labels]
    classes: tuple[str, ...]
    extra: dict[str, Float[np.ndarray, "texts extra"]]
    texts: list[str]
    checksum: str
    tokenizer: Tokenize = WORDS
    seconds: Mapping[str, Int[np.ndarray, "texts"]] = MappingProxyType({})


def encode_corpus(
    spec: Spec, resources: LexicalResources, corpus: Corpus | None = None
) -> EncodedCorpus:
    """The corpus of a spec, read and encoded with the vocabulary of its training split.

    Args:
        corpus: where it is in memory already.

    Raises:
        InputError: whatever a user got wrong about the corpus.
    """
    found = read_corpus(spec) if corpus is None else corpus
    if isinstance(found, TaggedCorpus):
        return tagged(found, spec, resources)
    return labelled(found, spec, resources)


def read_corpus(spec: Spec) -> Corpus | TaggedCorpus:
    """The corpus of a spec as its files have it.

    Raises:
        InputError: whatever a user got wrong about it.
    """
    if not HEADS[spec.head].per_token:
        columns = {"text": spec.text, "label": spec.label, "second": spec.second}
        kind = HEADS[spec.head].labelling
        return load_corpus(spec.corpus, **columns, header=spec.header, labels=kind)
    return load_tagged(spec.corpus, token=spec.text, tag=spec.label)


def labelled(corpus: Corpus, spec: Spec, resources: LexicalResources) -> EncodedCorpus:
    """Texts, or pairs of texts, with a label each."""
    check_pairs(spec, corpus.splits["train"].texts)
    if spec.split:
        corpus = split_anew(corpus, spec.split)
    texts = {name: split.texts for name, split in corpus.splits.items()}
    kind = np.int32 if corpus.kind == "classes" else np.float32
    labels = {name: np.asarray(split.labels, kind) for name, split in corpus.splits.items()}
    if spec.holdout == "none":
        train_on_validation(texts, labels)
    if spec.train_texts is not None:
        take(texts, labels, "train", subset(len(labels["train"]), spec))
    if spec.fold is not None:
        hold_out(texts, labels, spec)
    elif spec.holdout == "none" and spec.train_texts:
        last = np.arange(len(labels["train"]))[-len(labels["validation"]) :]
        take(texts, labels, "validation", last, of="train")
    single = singles(texts["train"])
    cut, seconds = tokenizer(spec.tokenizer, single), {}
    if spec.tokenizer == "keras-imdb":
        (vocabulary, ids), others = keras_ids(spec, texts), ()
    else:
        every = {name: tokenised(spec, cut, given) for name, given in texts.items()}
        seconds = {name: second for name, (_, second) in every.items() if second is not None}
        tokens = {name: own for name, (own, _) in every.items()}
        vocabulary, others, ids = encoded(spec, tokens, resources)
    extra = no_extra(texts)
    if HEADS[spec.head].uses_extra:
        counted = {name: surface(given) for name, given in texts.items()}
        extra = {name: standardised(each, counted["train"]) for name, each in counted.items()}
    if not seconds:
        ids = {name: truncated(spec, each) for name, each in ids.items()}
    about = corpus.labels, extra, single, corpus.checksum
    return EncodedCorpus(vocabulary, others, ids, labels, *about, cut, seconds)


def encoded(
    spec: Spec, tokens: Mapping[str, Iterable[Sequence[str]]], resources: LexicalResources
) -> tuple[Vocabulary, tuple[str, ...], dict[str, Ids]]:
    """The vocabulary of tokenised splits, the other words that are scored, and all ids.

    The tokens of a generator are not held in memory, only their numbers.
    """
    splits = {name: Numbered.of(texts) for name, texts in tokens.items()}
    vocabulary, others = vocabulary_of(spec, splits, resources), ()
    scored = chain(splits["validation"].words, splits["test"].words)
    if spec.vocabulary == "extended":
        others = tuple(dict.fromkeys(word for word in scored if word not in vocabulary))
    wide = vocabulary.with_others(others)
    ids = {
        name: each.encode(vocabulary if name == "train" else wide) for name, each in splits.items()
    }
    return vocabulary, others, ids


def no_extra(texts: Mapping[str, Sized]) -> dict[str, Float[np.ndarray, "texts extra"]]:
    """No numbers beside the texts of each split."""
    return {name: np.zeros((len(given), 0), np.float32) for name, given in texts.items()}


def vocabulary_of(
    spec: Spec, splits: Mapping[str, Numbered], resources: LexicalResources
) -> Vocabulary:
    """The frequent words of the training split.

    An open vocabulary also has the words of the other splits and of what is measured which
    the training split does not show at all.
    """
    vocabulary = Vocabulary.of_counts(splits["train"].counts, spec.min_count, spec.max_words)
    if len(vocabulary) == vocabulary.specials:
        few = f"no word stands {spec.min_count} times" if spec.min_count > 1 else "there is no word"
        way_out = "lower min_count" if spec.min_count > 1 else NO_WORD
        raise InputError(f"{few} in the training texts of {spec.corpus!r}; {way_out}")
    if spec.vocabulary != "open":
        return vocabulary
    shown = set(splits["train"].words)
    pairs = resources.similarity.values()
    measured = (words for each in pairs for words in (each.words1, each.words2))
    tracked = (pair.split(":") for pair in spec.tracked_pairs)
    scored = splits["validation"].words, splits["test"].words
    others = chain.from_iterable(chain(scored, measured, tracked))
    return vocabulary.with_others(word for word in others if word not in shown)


def keras_ids(spec: Spec, texts: dict[str, list[str]]) -> tuple[Vocabulary, dict[str, Ids]]:
    """Keras's ids for IMDB: 0 is padding, 1 the start, 2 any other word, then its ranks.

    Counts are those of the training split.
    """
    if not (folder := os.environ.get("EMBEXP_DATA")):
        raise InputError(
            "tokenizer='keras-imdb' needs Keras's word index in the folder that EMBEXP_DATA "
            "names, but that is not set"
        )
    keras = Tokenizer.imdb(folder, num_words=spec.max_words)
    ids = {name: keras.encode(given) for name, given in texts.items()}
    counts = np.bincount(ids["train"].flat, minlength=len(keras.rows))
    return Vocabulary(keras.rows, counts, specials=4), ids


def truncated(spec: Spec, ids: Ids) -> Ids:
    """Texts cut to `max_length`, or all that long, with padding in front that is read."""
    if spec.max_length is None:
        return ids
    if spec.padding == "pre":
        needed = PADDED_BYTES * len(ids.lengths) * spec.max_length
        what = f"padding='pre' to max_length={spec.max_length} of {len(ids.lengths)} texts"
        check_fits(needed, what, "lower max_length", free_memory())
        return as_ids(pad(ids, spec.max_length, truncating=spec.truncation))
    lengths = np.minimum(ids.lengths, spec.max_length)
    first = ids.offsets[:-1] + (ids.lengths - lengths if spec.truncation == "pre" else 0)
    ends = np.concatenate([[0], np.cumsum(lengths)])
    taken = np.repeat(first - ends[:-1], lengths) + np.arange(ends[-1])
    return Ids(ids.flat[taken], ends)


def tagged(corpus: TaggedCorpus, spec: Spec, resources: LexicalResources) -> EncodedCorpus:
    """Sentences of given tokens with a tag each.

    Words are looked up in lower case, as the pretrained vectors have them.
    """
    tokens = {
        name: [[token.lower() for token in sentence] for sentence in corpus.splits[name].tokens]
        for name in SPLITS
    }
    labels = {name: corpus.tag_ids(name) for name in SPLITS}
    if spec.holdout == "none":
        train_on_validation(tokens, labels)
    vocabulary, others, ids = encoded(spec, tokens, resources)
    texts = list(map(" ".join, tokens["train"]))
    return EncodedCorpus(
        vocabulary, others, ids, labels, corpus.labels, no_extra(tokens), texts, corpus.checksum
    )
