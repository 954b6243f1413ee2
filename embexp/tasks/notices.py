"""What a user should know of the data before work starts, though nothing is refused."""

from collections.abc import Iterator

import numpy as np

from embexp.data.labels import alike_notice, numbers_notice
from embexp.data.scripts import unspaced_notice
from embexp.spec import Spec
from embexp.tasks.resources import language_notice
from embexp.tasks.task import Task

FEW = 0.01
"""The share of texts without a word that nobody need be told of."""


def notices(spec: Spec, task: Task) -> Iterator[str]:
    """One sentence for each thing that may be meant otherwise."""
    words = task.vocabulary
    counts = dict(zip(words.words, words.counts.tolist(), strict=True))
    found = [
        numbers_notice(task.classes) if spec.head == "classes" else None,
        alike_notice(task.classes),
        empty_notice(task),
        unspaced_notice(counts) if spec.tokenizer == "words" else None,
        language_notice(spec, counts),
    ]
    yield from filter(None, found)


def empty_notice(task: Task) -> str | None:
    """How many texts have no word, if these are more than a few."""
    splits = [task.train, task.test, *([task.validation] if task.holdout else [])]
    lengths = np.concatenate([split.ids.lengths for split in splits])
    empty = int((lengths == 0).sum())
    if empty <= FEW * len(lengths):
        return None
    return f"{empty} of its {len(lengths)} texts have no word; they are kept as they are"
