"""Settings of the skip-gram family, and the check of a setting's value."""

import math
from contextlib import suppress
from dataclasses import dataclass
from typing import SupportsFloat

from embexp.errors import InputError


@dataclass(frozen=True)
class SkipGram:
    """Settings of skip-gram with negative sampling.

    Mikolov et al. 2013, Distributed Representations, §2.2–2.3.

    Args:
        window: largest number of words on each side; the number for each centre is
            drawn from 1 to this.
        negatives: weight of a pair in noise words.
        learning_rate: falls linearly to `FLOOR` of it.
        sample: words with a larger share of the text than this are subsampled; 0 keeps
            all.
        exponent: noise words are drawn by their count to this power.
        cap: bounds learning rate times the weight of a row's pairs in one step (see
            `embexp.vectors.blocks.row_rates`); without such a bound frequent words
            diverge. 3.2 is 128 pairs at the learning rate of 0.025.
    """

    dim: int = 100
    window: int = 5
    negatives: int = 5
    epochs: int = 5
    learning_rate: float = 0.025
    sample: float = 1e-3
    exponent: float = 0.75
    cap: float = 3.2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negatives", "epochs"):
            check(name, getattr(self, name), 1)
        for name in ("learning_rate", "cap"):
            check(name, getattr(self, name), 0.0, above=True)
        for name in ("sample", "exponent", "seed"):
            check(name, getattr(self, name), 0)


def check(name: str, value: SupportsFloat, least: SupportsFloat, *, above: bool = False) -> None:
    """Checks that a setting is finite and at least `least`, or above it.

    Raises:
        InputError: it is not.
    """
    number, bound = float(value), float(least)
    if not (math.isfinite(number) and (number > bound if above else number >= bound)):
        raise InputError(
            f"{name} is {value}; give {'a number above' if above else 'at least'} {bound:g}"
        )


def assignment(text: str) -> tuple[str, int | float]:
    """Name and value of a setting that is written name=number.

    >>> assignment("dim=50"), assignment("sample=1e-4")
    (('dim', 50), ('sample', 0.0001))
    """
    name, _, value = text.partition("=")
    for number in (int, float):
        with suppress(ValueError):
            return name, number(value)
    raise InputError(f"{text!r} is not of the form name=number, such as dim=50")
