"""F1 of classes that items have and are given, and its mean over classes."""

import numpy as np
from jaxtyping import Shaped

from embexp.measures.arrays import Items
from embexp.measures.statistics import Value, estimate, undefined

Has = Shaped[np.ndarray, "items _"]
"""Whether each item has, or is given, each class."""


def f1(own: Has, given: Has) -> tuple[float, Items]:
    """The mean over classes of 2·hits/(predicted + true), and each item's influence on it.

    A class that no item has or is given is left out; NaN where there is none. The
    influence is linearised.
    """
    mass = own.sum(axis=0) + given.sum(axis=0)
    present = mass > 0
    if not present.any():
        return np.nan, np.full(len(own), np.nan)
    own, given, mass = own[:, present] * 1.0, given[:, present] * 1.0, mass[present]
    both = own * given
    each = 2 * both.sum(axis=0) / mass
    influence = ((2 * both - each * (own + given)) / mass).mean(axis=1)
    return float(each.mean()), influence


def macro_value(own: Has, given: Has, chance: float | None) -> Value:
    """The mean F1 over classes, in [0, 1], with an interval over items."""
    value, influence = f1(own, given)
    if np.isnan(value):
        return undefined(len(own), chance)
    return estimate(value, float(np.linalg.norm(influence)), len(own), chance)
