"""What a baseline can be fitted as, and the search for the settings of least held-out loss."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.baselines.texts import Texts

LogProbabilities = Float[np.ndarray, "texts classes"]
Settings = Mapping[str, int | float]

LEAST_GAIN = 0.01
"""The share of the loss that the next C has to gain for a further one to be tried."""


class Fit(NamedTuple):
    """A model of some training texts, with what can still be set once it is fitted.

    Args:
        choices: settings of the fitted model; one without any where there are none.
        losses: of the held-out texts, one for each of `choices`, in nats a text.
        score: the log-probability of each class for each text, with a choice.
        converged: whether the solver reached its tolerance.
    """

    choices: Sequence[Settings]
    losses: Sequence[float]
    score: Callable[[Settings, Texts], LogProbabilities]
    converged: bool = True


class Family(NamedTuple):
    """The models that a baseline may choose among.

    Args:
        fit: makes one from a variant and C.
        variants: settings that are searched apart.
        grid: values of C, from the smallest; without any there is no C.
    """

    fit: Callable[[Settings, float], Fit]
    variants: Sequence[Settings] = ({},)
    grid: Sequence[float] = ()


class Trial(NamedTuple):
    """Settings, their mean loss over parts of the texts, and the model of each part."""

    loss: float
    chosen: dict[str, int | float]
    fits: Sequence[Fit]


def least(parts: Sequence[Family]) -> Trial:
    """The settings of least mean loss over parts of the texts, each of which holds others out."""

    def along(variant: Settings) -> Trial:
        def trial(penalty: float) -> Trial:
            fits = [part.fit(variant, penalty) for part in parts]
            losses = np.mean([fit.losses for fit in fits], axis=0)
            best = int(np.argmin(losses))
            own = {"C": penalty} if parts[0].grid else {}
            return Trial(float(losses[best]), {**own, **variant, **fits[0].choices[best]}, fits)

        return search(parts[0].grid or (0.0,), trial)

    return min(map(along, parts[0].variants), key=lambda trial: trial.loss)


def search(grid: Sequence[float], trial: Callable[[float], Trial]) -> Trial:
    """The trial of least loss, from the smallest C upwards while the loss falls.

    Held-out loss falls slowly, then fast, then slowly, and then rises in C. The rest of
    the grid, which is the slowest to fit, is left out once a step gains less than
    `LEAST_GAIN` after one that gained more.
    """
    fell = False
    best = trial(grid[0])
    for value in grid[1:]:
        following = trial(value)
        if not following.loss < best.loss:
            break
        slow = following.loss > (1 - LEAST_GAIN) * best.loss
        best = following
        if slow and fell:
            break
        fell |= not slow
    return best


def log_loss(
    scores: LogProbabilities,
    labels: Int[np.ndarray, "texts"],
    weights: Float[np.ndarray, "texts"] | None = None,
) -> float:
    """The mean of −log p(label), in nats, times the text's weight if any; 0 for no texts."""
    each = -scores[np.arange(len(labels)), labels]
    return float((each if weights is None else each * weights).sum()) / max(len(labels), 1)
