"""What a corpus is: texts in three splits, the label of each text, and their origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from embexp.data.labels import LABELLINGS, Labelled, Labels
from embexp.data.splits import ONE, SEED, SPLITS, partition


@dataclass(frozen=True, eq=False)
class Split:
    """Texts, or pairs of texts, as they were written, and the label of each."""

    texts: list[Any]
    labels: Labels

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, eq=False)
class Corpus:
    """Labelled texts in the splits "train", "validation" and "test".

    Args:
        labels: the name of each class; class c is called `labels[c]`.
        checksum: sha256 of the source files' bytes, or, for a data set of the hub, of
            its texts and labels.
        official: whether the test split is the publishers' own. Otherwise it was carved
            from the texts by a fixed draw.
        kind: of labels, a name in `LABELLINGS`.
    """

    name: str
    splits: dict[str, Split]
    labels: tuple[str, ...]
    provenance: str
    terms: str
    checksum: str
    official: bool
    kind: str = "classes"


def assembled(
    name: str,
    parts: Mapping[str, Labelled],
    where: Mapping[str, str],
    order: Sequence[str],
    labels: str = "classes",
    **about: str,
) -> Corpus:
    """A corpus of labelled parts; splits that are missing are carved from "train".

    Args:
        where: what an error calls each part.
        order: the classes in their order, as far as it is known.
        labels: their kind, a name in `LABELLINGS`.
        about: provenance, terms and checksum.

    Raises:
        InputError: labels of another kind, or parts whose classes differ.
    """
    labelling = LABELLINGS[labels]
    encoded, names = labelling.encode(parts, where, order)
    numbered = {split: Split(part.texts, encoded[split]) for split, part in parts.items()}
    missing = [split for split in SPLITS if split not in parts]
    if missing:
        part, own = parts["train"], encoded["train"]
        strata = part.labels if labelling.strata else [ONE] * len(part.labels)
        rng = np.random.default_rng(SEED)
        for split, rows in partition(rng, part.texts, strata, missing, where["train"]).items():
            numbered[split] = Split([part.texts[row] for row in rows], own[rows])
    splits = {split: numbered[split] for split in SPLITS}
    return Corpus(name, splits, names, official="test" in parts, kind=labels, **about)


def split_anew(corpus: Corpus, number: int) -> Corpus:
    """The same texts in other random splits: a tenth each for validation and for test."""
    texts = [text for name in SPLITS for text in corpus.splits[name].texts]
    labels = np.concatenate([corpus.splits[name].labels for name in SPLITS])
    strata = [ONE] * len(texts)
    if LABELLINGS[corpus.kind].strata:
        strata = [corpus.labels[label] for label in labels]
    rng = np.random.default_rng([SEED, number])
    rows = partition(rng, texts, strata, SPLITS[1:], corpus.name)
    splits = {
        name: Split([texts[row] for row in chosen], labels[chosen]) for name, chosen in rows.items()
    }
    return replace(corpus, splits=splits, official=False)
