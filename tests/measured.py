"""One measure of one table, by the way that runs and `embexp measure` take."""

from typing import Any

from embexp.measures import LexicalResources, MeasuredTable, Value, describe, evaluated_words
from embexp.words import Vectors


def measured(
    name: str,
    vectors: Vectors,
    reference: Vectors | None = None,
    start: Vectors | None = None,
    **resources: Any,
) -> Value | None:
    words = evaluated_words(
        vectors.words, resources=LexicalResources(**resources), reference=reference
    )
    began = MeasuredTable(words, start.table) if start is not None else None
    return describe(name).of(MeasuredTable(words, vectors.table, began))
