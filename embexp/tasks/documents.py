"""The labelled texts that words' log-odds are counted on, none of which is trained on."""

import numpy as np
from jaxtyping import Int

from embexp.data import Ids, encode
from embexp.errors import InputError
from embexp.models import HEADS
from embexp.spec import Spec
from embexp.synthetic import load_corpus
from embexp.tasks.encoded import EncodedCorpus
from embexp.training.texts import UNKNOWN

Documents = tuple[Ids, Int[np.ndarray, "texts"]]
"""Texts and their labels, 0 or 1."""
OWN = ("validation", "test")
"""Splits of the corpus that log-odds may be counted on."""


def documents_of(spec: Spec, corpus: EncodedCorpus) -> Documents | None:
    """Labelled texts that are never trained on, for the log-odds of words.

    None where texts are not of two classes, come in pairs, or none is left.
    """
    if not HEADS[spec.head].classifies_texts() or corpus.seconds or spec.tokenizer == "keras-imdb":
        return None
    name = spec.polarity_corpus
    if name in OWN:
        trained_on = name == "validation" and spec.holdout == "none" and spec.fold is None
        ids = corpus.ids[name]
        inside = np.where(ids.flat < len(corpus.vocabulary), ids.flat, UNKNOWN)
        counted = len(corpus.classes) == 2 and not trained_on
        return (ids._replace(flat=inside), corpus.labels[name]) if counted else None
    hint = "use polarity_corpus=test"
    if name == spec.corpus:
        raise InputError(
            f"polarity_corpus={name!r} is the corpus itself, test split included; {hint}"
        )
    other = load_corpus(name)
    if len(other.labels) != 2:
        raise InputError(
            f"polarity_corpus={name!r} has {len(other.labels)} classes, "
            f"but log-odds need two; {hint}"
        )
    trained_on = set(corpus.texts)
    kept = [
        (text, label)
        for split in other.splits.values()
        for text, label in zip(split.texts, split.labels, strict=True)
        if text not in trained_on
    ]
    if not kept:
        raise InputError(f"{spec.corpus!r} trains on all of polarity_corpus={name!r}; {hint}")
    ids = encode(corpus.tokenizer(text for text, _ in kept), corpus.vocabulary)
    return ids, np.array([label for _, label in kept], np.int32)
