"""Curves of a measure over training, one for each arm, and the controls they are set against."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.report import select
from embexp.report.arms import Arm

LEAST_STEPS, LEAST_SEEDS = 4, 2
"""Fewer evaluation steps are no curve, and one seed has no interval."""
CONTROLS = {"random": ("random-labels",)}
"""The controls of a regime, the nearest first; where none of them was run, as for the
controls themselves, it is the level of chance."""
OTHERS = ("pretrained-random-labels", "permuted")
"""The controls of every other regime."""


class Curve(NamedTuple):
    """A measure of one arm at the steps where all its seeds have a value."""

    steps: Int[np.ndarray, "steps"]
    seeds: tuple[int, ...]
    values: Float[np.ndarray, "seeds steps"]
    support: select.Support

    @property
    def is_enough(self) -> bool:
        """Whether there are steps and seeds enough to speak of a curve."""
        return len(self.seeds) >= LEAST_SEEDS and len(self.steps) >= LEAST_STEPS

    def of(
        self, seeds: tuple[int, ...], steps: Int[np.ndarray, "points"]
    ) -> Float[np.ndarray, "some points"]:
        """The values of some seeds at some steps."""
        lines = [self.seeds.index(seed) for seed in seeds]
        return self.values[lines][:, np.searchsorted(self.steps, steps)]


Curves = Mapping[Arm, Curve]
"""The curves of one measure."""


def curves_of(
    rows: select.Rows, measure: str, of: Mapping[str, Arm], stratum: str = "all"
) -> dict[Arm, Curve]:
    """The curve of each arm that has values, at the steps that its seeds share."""
    along = select.along(rows, measure, of, stratum)
    found = {}
    for arm in set().union(*along.values()):
        own = {step: values[arm] for step, values in along.items() if arm in values}
        seeds = sorted(set().union(*own.values()))
        steps = [step for step, values in own.items() if len(values) == len(seeds)]
        if not steps:
            continue
        every = [own[step][seed] for seed in seeds for step in steps]
        values = np.array([row["value"] for row in every], float)
        found[arm] = Curve(
            np.array(steps),
            tuple(seeds),
            values.reshape(len(seeds), len(steps)),
            select.support_of(every),
        )
    return found


def control_of(
    arm: Arm, curves: Curves
) -> tuple[str, tuple[int, ...], Float[np.ndarray, "seeds steps"]] | None:
    """The nearest control that was run with the same encoder, else the level of chance.

    Returns the control's name, the seeds that both have and its values at the arm's
    steps. The control is the arm that differs in its regime alone or, where it was run
    at one setting only, that arm.
    """
    own = curves[arm]
    for regime in () if arm.control else CONTROLS.get(arm.regime, OTHERS):
        others = [
            other for other in curves if (other.encoder, other.regime) == (arm.encoder, regime)
        ]
        same = [
            other
            for other in others
            if other.rest == arm.rest and other.vectors in (arm.vectors, None)
        ]
        for other in same or others[: len(others) == 1]:
            seeds = tuple(sorted(set(own.seeds) & set(curves[other].seeds)))
            if len(seeds) >= LEAST_SEEDS and np.isin(own.steps, curves[other].steps).all():
                differing = [text for text in other.settings if text not in arm.settings]
                name = ", ".join([other.label, *differing])
                return name, seeds, curves[other].of(seeds, own.steps)
    if (chance := own.support.chance) is None:
        return None
    return "chance", own.seeds, np.full(own.values.shape, chance)
