"""Texts that a user gives to a model, as a list."""

from collections.abc import Iterable
from typing import Any

from embexp.errors import InputError
from embexp.printable import quoted


def texts_of(given: Any, *, pairs: bool = False) -> list[Any]:
    """Texts as a list.

    Args:
        pairs: whether a text may be a pair of texts.

    Raises:
        InputError: one text alone, a table, no texts, or something that is no text.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        kind = "a single text" if isinstance(given, str) else f"a {type(given).__name__}"
        raise InputError(f"a sequence of texts is needed, not {kind}; put texts into a list")
    shape = tuple(getattr(given, "shape", (0,)))
    if len(shape) != 1:
        raise InputError(
            f"texts stand in one dimension, but these have the shape {shape}; give the "
            "column of the texts alone"
        )
    texts = list(given)
    if not texts:
        raise InputError("there are no texts; give one or more")
    for place, text in enumerate(texts):
        pair = pairs and isinstance(text, tuple | list) and len(text) == 2
        if not all(isinstance(side, str) for side in (text if pair else [text])):
            raise InputError(
                f"text {place} is {quoted(text):.60}, of type {type(text).__name__}; texts are "
                "strings"
            )
    return [text if isinstance(text, str) else tuple(text) for text in texts]
