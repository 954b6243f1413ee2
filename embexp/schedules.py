"""Learning-rate schedules by name: optax's, over all steps of a run."""

from collections.abc import Callable
from functools import partial

import jax
import numpy as np
import optax
from jaxtyping import Float

WARM = 0.1
"""The share of a run's steps in which a warm-up rises."""
CYCLE = 4
"""The fewest steps of which optax can make a cycle."""


def warm_up(steps: int) -> optax.Schedule:
    """A linear rise to the full rate, which then stays."""
    until_full = max(1, round(WARM * steps))
    return optax.warmup_constant_schedule(1 / (until_full + 1), 1.0, until_full)


def one_cycle(steps: int) -> optax.Schedule:
    """A rise from 1/25 of the rate in three tenths of the steps, then a fall to next to nothing."""
    return optax.cosine_onecycle_schedule(max(CYCLE, steps), 1.0)


SCHEDULES: dict[str, Callable[[int], optax.Schedule]] = {
    "constant": lambda steps: optax.constant_schedule(1.0),
    "linear": partial(optax.linear_schedule, 1.0, 0.0),
    "cosine": partial(optax.cosine_decay_schedule, 1.0),
    "warm-up": warm_up,
    "one-cycle": one_cycle,
}
"""`SCHEDULES[name](steps)` gives the share of the learning rate at each step.

| name | the rate |
|---|---|
| `constant` | stays |
| `linear` | falls to 0 along a line |
| `cosine` | falls to 0 along half a cosine (Loshchilov & Hutter 2017, equation 5, no restart) |
| `warm-up` | rises along a line for a tenth of the steps, then stays |
| `one-cycle` | rises, then falls, along cosines (Smith & Topin 2019) |
"""


def shares_of(name: str, steps: int) -> Float[np.ndarray, "steps"]:
    """The share of the learning rate at each step of a run."""
    return np.asarray(jax.vmap(SCHEDULES[name](steps))(np.arange(steps)), np.float32)
