"""The numbers of a training, checked before it begins."""

import math
from dataclasses import dataclass
from typing import SupportsFloat

from embexp.errors import InputError


@dataclass(frozen=True)
class SkipGram:
    """The numbers of skip-gram with negative sampling (Mikolov et al. 2013, Distributed
    Representations, §2.2–2.3).

    Args:
        window: words on each side; for every centre a reach is drawn from 1 to this.
        negatives: a pair's weight in noise words.
        rate: falls linearly to `FLOOR` of it.
        sample: words that are a larger share of the text than this are thinned out; 0
            keeps all.
        exponent: noise words are drawn by count to this power.
        cap: bounds rate times the weight of a row's pairs in one step (see
            `embexp.vectors.blocks.rates`); without such a bound frequent words diverge.
            3.2 is 128 pairs at the rate of 0.025.
    """

    dim: int = 100
    window: int = 5
    negatives: int = 5
    epochs: int = 5
    rate: float = 0.025
    sample: float = 1e-3
    exponent: float = 0.75
    cap: float = 3.2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negatives", "epochs"):
            check(name, getattr(self, name), 1)
        for name in ("rate", "cap"):
            check(name, getattr(self, name), 0.0, above=True)
        for name in ("sample", "exponent", "seed"):
            check(name, getattr(self, name), 0)


def check(name: str, value: SupportsFloat, least: SupportsFloat, *, above: bool = False) -> None:
    """Refuses a setting that is not finite, below `least` or, with `above`, equal to it."""
    number, bound = float(value), float(least)
    if not (math.isfinite(number) and (number > bound if above else number >= bound)):
        raise InputError(
            f"{name} is {value}; give {'a number above' if above else 'at least'} {bound:g}"
        )
