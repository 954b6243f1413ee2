"""What an answer says of baselines: whether an arm is above the best, and below its optimum."""

from collections.abc import Mapping, Sequence

import numpy as np

from embexp.measures.variance import crossed_mean
from embexp.report.arms import BASELINE, Arm
from embexp.report.formatting import inside, interval, number
from embexp.report.inference import opposite

OPTIMA = {
    f"{BASELINE}{name}": what
    for name, what in (
        ("mean-vectors", "logistic regression"),
        ("ridge-mean-vectors", "ridge regression"),
        ("sets-mean-vectors", "logistic regression"),
    )
}
"""Baselines that are the optimum of a frozen table with the encoder `mean`, and what they are."""
CLOSE = 0.01
"""How far below its optimum a frozen arm may be, and two standard errors besides."""

Tables = Mapping[Arm, np.ndarray]
"""Whether each seed of an arm has each test text right."""


def baseline_compared(
    best: Arm, baselines: Sequence[Arm], right: Tables, width: float
) -> list[str]:
    """The difference from the baseline that has the least validation loss.

    Args:
        width: of the range of what is measured, which no difference leaves.
    """
    if not baselines:
        return []
    first = baselines[0]
    level, what = float(right[first].mean()), first.label.removeprefix(BASELINE)
    name = f"The baseline that validation chooses, {what}, has {number(level)}"
    found = inside(crossed_mean(right[best] - 1.0 * right[first]), -width, width)
    if found.low > 0:
        return [f"{name}, which is {interval(found)} less."]
    if found.high < 0:
        return [
            f"{name}, which is {interval(opposite(found))} more: no arm is needed to do so well."
        ]
    return [f"{name}: no difference that these data can show, {interval(found)}."]


def undertrained(arms: Sequence[Arm], right: Tables, width: float) -> list[str]:
    """A warning for each frozen mean arm that stays below its optimum, beyond its interval too."""
    optima = {arm.vectors: arm for arm in arms if arm.regime in OPTIMA}
    found = []
    for arm in arms:
        optimum = optima.get(arm.vectors)
        if (arm.regime, arm.encoder) != ("frozen", "mean") or optimum is None:
            continue
        below = inside(crossed_mean(1.0 * right[optimum] - right[arm]), -width, width)
        if below.mean - 2 * below.error > CLOSE and not below.low <= 0:
            found.append(
                f"{arm.label} is {interval(below)} below {OPTIMA[optimum.regime]} on the same mean "
                "vectors, so it was not trained to its end: give more trials, patience or epochs."
            )
    return found
