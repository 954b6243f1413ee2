"""Which texts of a corpus train, and which validate."""

from typing import Any

import numpy as np
from jaxtyping import Int

from embexp.data.labels import Labels
from embexp.errors import InputError
from embexp.parameters import FOLDS
from embexp.spec import Spec


def train_on_validation(texts: dict[str, list[Any]], labels: dict[str, np.ndarray]) -> None:
    """Adds the validation split to the training split."""
    texts["train"] = texts["train"] + texts["validation"]
    labels["train"] = np.concatenate([labels["train"], labels["validation"]])


def take(
    texts: dict[str, list[Any]],
    labels: dict[str, np.ndarray],
    split: str,
    places: Int[np.ndarray, "taken"],
    *,
    of: str | None = None,
) -> None:
    """Makes a split of some texts of its own, or `of` another."""
    of = of or split
    texts[split], labels[split] = [texts[of][place] for place in places], labels[of][places]


def hold_out(texts: dict[str, list[Any]], labels: dict[str, np.ndarray], spec: Spec) -> None:
    """Validates on a fold of the training texts."""
    inside = folds_of(labels["train"], spec.draw) == int(spec.fold or 0)
    take(texts, labels, "validation", np.flatnonzero(inside), of="train")
    take(texts, labels, "train", np.flatnonzero(~inside))


def folds_of(labels: Labels, draw: int) -> Int[np.ndarray, "labels"]:
    """The fold of each text, 0 to 4, with the same share of each class in all.

    Numbers are spread alike; sets of classes are not.
    """
    order = np.random.default_rng(draw).permutation(len(labels))
    if labels.ndim == 1:
        order = order[np.argsort(labels[order], kind="stable")]
    folds = np.empty(len(labels), int)
    folds[order] = np.arange(len(labels)) % FOLDS
    return folds


def subset(texts: int, spec: Spec) -> Int[np.ndarray, "drawn"]:
    """The training texts used, in file order.

    All runs of one `draw` train on the same, and a smaller number of them lies within a
    larger one.
    """
    count = int(spec.train_texts or texts)
    if count > texts:
        raise InputError(
            f"{count} training texts are asked for (train_texts, or a budget), but "
            f"{spec.corpus!r} has {texts}; ask for {texts} or fewer"
        )
    return np.sort(np.random.default_rng(spec.draw).permutation(texts)[:count])
