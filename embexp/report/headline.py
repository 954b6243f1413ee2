"""The measure that a comparison is about."""

from collections.abc import Mapping
from typing import Any

HEADLINES = ("pearson", "macro_f1", "accuracy")
"""The first of these whose scores of single texts were kept: runs keep Pearson's r of numbers,
and macro F1 of sets of classes and of imbalanced classes (`SOLVED`)."""


def headline(scores: Mapping[str, Mapping[str, Any]]) -> str:
    """The measure of some runs, from the scores of their items by digest and measure.

    >>> headline({"a": {"accuracy": [True], "macro_f1": [0.5]}}), headline({})
    ('macro_f1', 'accuracy')
    """
    there = {name for found in scores.values() for name in found}
    return next((name for name in HEADLINES if name in there), HEADLINES[-1])
