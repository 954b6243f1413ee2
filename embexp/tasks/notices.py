"""What a user should know of the data before work starts, though nothing is refused."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from embexp.data.labels import alike_notice, numbers_notice
from embexp.data.scripts import unspaced_notice
from embexp.spec import Spec
from embexp.tasks.resources import language_notice
from embexp.tasks.split import EncodedSplit
from embexp.tasks.task import Task

FEW = 0.01
"""The share of texts without a word, or of training, that nobody need be told of."""
MANY = 0.1
"""The share of test texts from which on it is told that they stand there already."""


def notices(spec: Spec, task: Task) -> Iterator[str]:
    """One sentence for each thing that may be meant otherwise."""
    words = task.vocabulary
    counts = dict(zip(words.words, words.counts.tolist(), strict=True))
    found = [
        numbers_notice(task.classes) if spec.head == "classes" else None,
        alike_notice(task.classes),
        empty_notice(task),
        repeated_notice(task),
        seen_notice(task),
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


def repeated_notice(task: Task) -> str | None:
    """How few of the test texts differ, where many are repeated."""
    texts = as_read(task.test)
    distinct = len({*texts})
    if distinct >= (1 - MANY) * len(texts):
        return None
    return (
        f"of its {len(texts)} test texts {distinct} differ; one that is repeated counts as often "
        "as it stands there, so that intervals are too narrow"
    )


def seen_notice(task: Task) -> str | None:
    """How many test texts are chosen or trained by, where these are more than a few."""
    texts, known = as_read(task.test), {*as_read(task.train), *as_read(task.validation)}
    seen = sum(text in known for text in texts)
    if seen <= FEW * len(texts):
        return None
    return f"{seen} of its {len(texts)} test texts stand in training or validation too"


def as_read(split: EncodedSplit) -> list[bytes]:
    """The words of each text, by their ids."""
    flat, offsets = split.ids.flat, split.ids.offsets.tolist()
    return [flat[begin:end].tobytes() for begin, end in pairwise(offsets)]
