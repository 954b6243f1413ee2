"""A vocabulary, vectors and yardsticks into the panel: which words and pairs are
measured, and what is known of them.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool, Int

from embexp.data import Ids, encode, load_corpus, tokenize
from embexp.errors import InputError
from embexp.measures import MEASURES
from embexp.measures.pairs import WordPairs
from embexp.measures.relations import Related, relate
from embexp.measures.semantic import Located, locate
from embexp.measures.sentiment import MINIMUM_DOCUMENTS, log_odds
from embexp.spec import Spec
from embexp.sweep.material import Material
from embexp.sweep.panel import Panel, couple
from embexp.sweep.yardsticks import Yardsticks
from embexp.words import Vectors, Vocabulary

MIN_COUNT = 5
"""Training tokens that a measured word has at least: its row is updated about that
often in the first epoch."""


def held_out(spec: Spec, material: Material) -> tuple[Ids, Int[np.ndarray, "texts"]] | None:
    """Labelled texts that are never trained on, for the log-odds of words; none where
    texts are not of two classes.
    """
    if spec.head == "tags" or spec.tokens != "words":
        return None
    if spec.polarity == "validation":
        counted = spec.holdout == "validation" and len(material.classes) == 2
        return (material.ids["validation"], material.labels["validation"]) if counted else None
    if spec.polarity == spec.corpus:
        raise InputError(
            f"polarity={spec.polarity!r} is the corpus itself, whose test split would be counted; use polarity=validation"
        )
    other = load_corpus(spec.polarity)
    if len(other.labels) != 2:
        raise InputError(
            f"polarity={spec.polarity!r} has {len(other.labels)} classes, but log-odds need two; use polarity=validation"
        )
    pairs = (
        (text, y)
        for split in other.splits.values()
        for text, y in zip(split.texts, split.labels, strict=True)
    )
    trained_on = set(material.texts)
    kept = [(text, y) for text, y in pairs if text not in trained_on]
    if not kept:
        raise InputError(
            f"every text of polarity={spec.polarity!r} is trained on in {spec.corpus!r}; use polarity=validation"
        )
    return encode((tokenize(text) for text, _ in kept), material.vocabulary), np.array(
        [y for _, y in kept], np.int32
    )


def panel_of(
    vocabulary: Vocabulary,
    vectors: Vectors | None,
    yardsticks: Yardsticks,
    couples: Sequence[str],
    documents: tuple[Ids, Int[np.ndarray, "texts"]] | None,
) -> Panel:
    """The words that are measured: known to the vectors where there are any, and, but
    for pairs, frequent enough in training.

    Raises:
        InputError: a user's own pairs, or the relations, have no words in common with
            these.
    """
    known = np.array([vectors is None or word in vectors for word in vocabulary.words])
    known[: vocabulary.specials] = False
    frequent = known & (vocabulary.counts >= MIN_COUNT)
    measured = np.flatnonzero(frequent)
    words = [vocabulary.words[row] for row in measured]
    odds, documents_of = (
        log_odds(*documents[0], documents[1], len(vocabulary))
        if documents
        else (np.zeros(0), np.zeros(len(frequent)))
    )
    odd_words = np.flatnonzero(frequent & (documents_of >= MINIMUM_DOCUMENTS))
    signs = np.array([np.sign(yardsticks.valence.get(word, 0.0)) for word in words])
    rows = {vocabulary.words[row]: row for row in np.flatnonzero(known).tolist()}
    return Panel(
        specials=vocabulary.specials,
        measured=measured,
        pairs={
            **scored_pairs(only(vocabulary, known), yardsticks.similarity),
            **related_pairs(only(vocabulary, frequent), yardsticks),
            **dict(
                couple(rows, one, other)
                for one, _, other in (pair.partition(":") for pair in couples)
            ),
        },
        odd_words=odd_words,
        odds=odds[odd_words] if documents else odds,
        lexicon_words=measured[signs != 0],
        signs=signs[signs != 0],
        reference=vectors.table[[vectors.index[word] for word in words]]
        if vectors is not None
        else None,
    )


def only(vocabulary: Vocabulary, there: Bool[np.ndarray, "vocab"]) -> list[str]:
    """The vocabulary's words, row by row, where they are there, else nothing."""
    return [word if kept else "" for word, kept in zip(vocabulary.words, there, strict=True)]


def scored_pairs(words: Sequence[str], similarity: Mapping[str, WordPairs]) -> dict[str, Located]:
    """Where the words of pairs with human scores stand; a user's own pairs must have
    some that are known.
    """
    located = {name: locate(words, pairs) for name, pairs in similarity.items()}
    for name, found in located.items():
        if name not in MEASURES and not len(found.scores):
            raise InputError(
                f"none of the {found.total} pairs of {name} has both words in the vocabulary; are they of the same language?"
            )
    return located


def related_pairs(words: Sequence[str], yardsticks: Yardsticks) -> dict[str, Related]:
    """Where synonyms and antonyms stand: all, and, with a lexicon, those of one and of
    opposite polarity.
    """
    every = yardsticks.relations
    if every is None:
        return {}
    located = {"antonym_auc": relate(words, every)}
    synonyms = located["antonym_auc"].synonyms
    if not 0 < synonyms.sum() < len(synonyms):
        raise InputError(
            f"relations {every.name!r} have {synonyms.sum()} synonym and {(~synonyms).sum()} antonym pairs whose words are both measured, "
            "and some of both are needed; give others, or more text, or leave relations out"
        )
    if yardsticks.valence:
        located["polar_antonym_auc"] = relate(words, every.polar(yardsticks.valence))
    return located
