"""Splitting labelled texts into train, validation and test."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import Int

from embexp.data.labels import numbers_notice
from embexp.errors import InputError

SPLITS = ("train", "validation", "test")
SHARE = 0.1
ONE = "all"
"""The one stratum of texts whose labels are no classes."""
SEED = 20140825  # one split for every run, whatever its seed


def partition(
    rng: np.random.Generator,
    texts: Sequence[Any],
    labels: Sequence[str],
    carved: Sequence[str],
    where: str,
) -> dict[str, Int[np.ndarray, "rows"]]:
    """The rows of each split, in file order.

    Each split in `carved` gets a tenth of every class, and "train" gets the rest. Equal
    texts are in the same split, and every class has at least one text in each. Shares
    are of distinct texts; a text with two labels counts for its first.

    Raises:
        InputError: texts that are all the same, or a class with fewer distinct texts than
            there are splits; `where` is the file or data set to name in the error.
    """
    first: dict[Any, int] = {}
    group = np.array([first.setdefault(text, len(first)) for text in texts], np.int64)
    if len(first) == 1 < len(texts):
        raise InputError(
            f"{where}: all its {len(texts)} texts are the same, so they cannot be split; does "
            "another column hold the texts?"
        )
    group_label = np.array([labels[row] for row in np.unique(group, return_index=True)[1]], object)
    part = np.zeros(len(first), np.int64)
    for name in sorted(set(labels)):
        members = rng.permutation(np.flatnonzero(group_label == name))
        if len(members) <= len(carved):
            notice = numbers_notice(set(labels))
            own = len(
                {row for row, label in zip(group.tolist(), labels, strict=True) if label == name}
            )
            taken = f", besides {own - len(members)} that have another label first"
            raise InputError(
                f"{where}: class {name!r:.60} has {len(members)} distinct "
                f"text{'s' * (len(members) != 1)}{taken * (own > len(members))}, too few to be "
                f"split into train, {', '.join(carved)}; "
                f"give it {len(carved) + 1} at least, leave the class out, or give files for each "
                f"split{f'; {notice}' if notice else ''}"
            )
        size = max(1, round(SHARE * len(members)))
        for place in range(len(carved)):
            part[members[place * size : (place + 1) * size]] = place + 1
    return {
        split: np.flatnonzero(part[group] == place)
        for place, split in enumerate(["train", *carved])
    }
