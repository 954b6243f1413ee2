"""What a corpus is: texts in three splits, the class of each text, and their origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Int

from embexp.data.files import Labelled, class_names
from embexp.data.splits import SEED, SPLITS, partition
from embexp.errors import InputError


@dataclass(frozen=True, eq=False)
class Split:
    """Texts as they were written, and the class of each."""

    texts: list[str]
    labels: Int[np.ndarray, "texts"]

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
    """

    name: str
    splits: dict[str, Split]
    labels: tuple[str, ...]
    provenance: str
    terms: str
    checksum: str
    official: bool


def assembled(
    name: str,
    parts: Mapping[str, Labelled],
    where: Mapping[str, str],
    classes: Sequence[str],
    **about: str,
) -> Corpus:
    """A corpus of labelled parts; splits that are missing are carved from "train".

    Args:
        where: what an error calls each part.
        classes: the classes in their order, as far as it is known.
        about: provenance, terms and checksum.

    Raises:
        InputError: fewer than two classes, or parts whose classes differ.
    """
    names = in_order(checked_classes(parts, where), classes)
    index = {label: number for number, label in enumerate(names)}
    numbered = {
        split: Split(part.texts, np.array([index[label] for label in part.labels], np.int64))
        for split, part in parts.items()
    }
    missing = [split for split in SPLITS if split not in parts]
    if missing:
        (texts, labels), numbers = parts["train"], numbered["train"].labels
        rows = partition(np.random.default_rng(SEED), texts, labels, missing, where["train"])
        for split, chosen in rows.items():
            numbered[split] = Split([texts[row] for row in chosen], numbers[chosen])
    splits = {split: numbered[split] for split in SPLITS}
    return Corpus(name, splits, names, official="test" in parts, **about)


def in_order(names: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """The names in the order of `classes`; as they are, where one is not among these."""
    if set(names) <= set(classes):
        return tuple(label for label in classes if label in names)
    return tuple(names)


def split_anew(corpus: Corpus, number: int) -> Corpus:
    """The same texts in other random splits: a tenth each for validation and for test."""
    texts = [text for name in SPLITS for text in corpus.splits[name].texts]
    labels = np.concatenate([corpus.splits[name].labels for name in SPLITS])
    names = [corpus.labels[label] for label in labels]
    rng = np.random.default_rng([SEED, number])
    rows = partition(rng, texts, names, SPLITS[1:], corpus.name)
    splits = {
        name: Split([texts[row] for row in chosen], labels[chosen]) for name, chosen in rows.items()
    }
    return replace(corpus, splits=splits, official=False)


def checked_classes(parts: Mapping[str, Labelled], where: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the classes: two at least, and the same in every part.

    Raises:
        InputError: fewer than two, or parts whose classes differ.
    """
    names = class_names(parts["train"].labels)
    if len(names) < 2:
        raise InputError(
            f"{where['train']}: two classes are needed, but its labels are {list(names)}; does "
            "another column hold them?"
        )
    for split, part in parts.items():
        for odd in sorted(set(names) ^ set(part.labels)):
            here = where["train"] if odd in names else where[split]
            raise InputError(
                f"{where[split]} and {where['train']} differ in their labels: {odd!r:.60} stands "
                f"in {here} only; "
                "every split needs the same classes"
            )
    return names
