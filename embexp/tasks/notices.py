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
from embexp.training.texts import UNKNOWN

FEW = 0.01
"""The share of texts without a word, or of training, that nobody need be told of."""
MANY = 0.1
"""The share of test texts that may repeat others before it is told."""


def notices(spec: Spec, task: Task) -> Iterator[str]:
    """One sentence for each thing that may be meant otherwise."""
    words = task.vocabulary
    counts = dict(zip(words.words, words.counts.tolist(), strict=True))
    found = [
        numbers_notice(task.classes) if spec.head == "classes" else None,
        alike_notice(task.classes),
        empty_notice(task),
        *repeated_notices(task),
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


def repeated_notices(task: Task) -> Iterator[str]:
    """How many test texts repeat another one, or one that is trained or chosen by."""
    count, texts = len(task.test.ids.lengths), as_read(task.test)
    known = {*as_read(task.train), *as_read(task.validation)}
    if (repeats := len(texts) - len({*texts})) > MANY * count:
        yield (
            f"{repeats} of its {count} test texts have the words of another one, and intervals "
            "take them for texts of their own"
        )
    if (seen := sum(text in known for text in texts)) > FEW * count:
        yield f"{seen} of its {count} test texts have the words of one in training or validation"


def as_read(split: EncodedSplit) -> list[bytes]:
    """The words of each text, by their ids; without texts that have none or an unknown one."""
    flat, offsets = split.ids.flat, split.ids.offsets.tolist()
    texts = (flat[begin:end] for begin, end in pairwise(offsets) if begin < end)
    return [text.tobytes() for text in texts if not (text == UNKNOWN).any()]
