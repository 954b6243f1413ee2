"""Vectors trained first on a task's own text, from a name such as
`trained:skipgram,dim=50,epochs=10`.

The text is that of the training split, without its labels; a world's task has
unlabelled texts, and takes those.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from embexp.errors import InputError
from embexp.vectors.train import METHODS, train_vectors
from embexp.words import Vectors

PREFIX = "trained:"


def is_own(name: str) -> bool:
    """Whether a name asks for vectors of the task's own text."""
    return name.startswith(PREFIX)


def parse(name: str) -> tuple[str, dict[str, Any]]:
    """The method and its settings, of which `min_count` is the reader's; others are
    fields of `METHODS[method]`.

    >>> parse("trained:glove,dim=50,rate=0.05")
    ('glove', {'dim': 50, 'rate': 0.05})
    """
    method, *given = name.removeprefix(PREFIX).split(",")
    settings: dict[str, Any] = {}
    for setting in given:
        key, equals, value = setting.partition("=")
        try:
            settings[key] = float(value) if "." in value or "e" in value else int(value)
        except ValueError:
            equals = ""
        if not equals:
            raise InputError(
                f"{setting!r} in vectors={name!r} is not of the form setting=number; write {PREFIX}{min(METHODS)},dim=50"
            )
    return method, settings


def own_vectors(name: str, texts: Iterable[str]) -> Vectors:
    """Vectors of the given texts; the same for every regime and seed, since they are
    part of the task, not of the run.

    Raises:
        InputError: an unknown method or setting, or too little text.
    """
    return _trained(name, tuple(texts))


@lru_cache(maxsize=2)
def _trained(name: str, texts: tuple[str, ...]) -> Vectors:
    method, settings = parse(name)
    least = int(settings.pop("min_count", 2))
    return train_vectors(texts, method, min_count=least, **settings)
