"""Vectors trained on a task's own corpus, named `trained:METHOD,setting=number,…`.

They are trained on the texts of the training split, without their labels; the task of a
synthetic world has unlabelled texts, and takes those. `unlabelled=1` adds the unlabelled
texts of a named data set.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from embexp.vectors.settings import assignment
from embexp.vectors.train import train_vectors
from embexp.words import Vectors

PREFIX, UNLABELLED = "trained:", "unlabelled"


def is_corpus_trained(name: str) -> bool:
    """Whether a name stands for vectors trained on the task's own corpus."""
    return name.startswith(PREFIX)


def parse(name: str) -> tuple[str, dict[str, Any]]:
    """The method and the settings in a name; they are arguments of `train_vectors`.

    >>> parse("trained:glove,dim=50,learning_rate=0.05")
    ('glove', {'dim': 50, 'learning_rate': 0.05})
    """
    method, *given = name.removeprefix(PREFIX).split(",")
    return method, dict(map(assignment, given))


def reads_unlabelled(name: str) -> bool:
    """Whether the name asks for the data set's unlabelled texts too."""
    return bool(parse(name)[1].get(UNLABELLED))


def corpus_trained_vectors(name: str, texts: Iterable[str], tokenizer: str = "words") -> Vectors:
    """Vectors trained on the given texts, with `min_count=2` unless the name says.

    They are part of the task, and the same for every regime and seed.

    Raises:
        InputError: an unknown method or setting, or too little text.
    """
    return _trained(name, tuple(texts), tokenizer)


@lru_cache(maxsize=2)
def _trained(name: str, texts: tuple[str, ...], tokenizer: str) -> Vectors:
    method, settings = parse(name)
    settings.pop(UNLABELLED, None)
    settings.setdefault("min_count", 2)
    return train_vectors(texts, method, tokenizer=tokenizer, **settings)
