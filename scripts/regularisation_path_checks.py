"""What decides each prediction of `regularisation_path.py`, from its lines."""

from collections.abc import Callable, Mapping, Sequence
from math import log10, nan
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float

from embexp.measures.arrays import Items
from embexp.measures.statistics import mean_interval, paired_difference

COUNTS = "counts"
"""Stands where the encoder would for lines of the regression."""
EPOCHS: Mapping[str, Sequence[float]] = {
    "mean": (0.5, 1, 2, 4, 8, 16),
    "cnn": (0.5, 1, 2, 4),
    "lstm": (0.5, 1, 2, 4),
}
MATCHED = "seen >=5"
"""Name of all words that are compared and have held-out log-odds."""
LEAST_RHO, LEAST_DATA = 0.9, 5
"""What was predicted: the best match under a mean, and on how many data sets C rises."""
ROUNDING = 1e-9
YES, NO, OPEN = "yes", "no", "undecided"

Line = Mapping[str, Any]
Curves = Float[np.ndarray, "seeds epochs"]


class Found(NamedTuple):
    """A mean over seeds with its interval, and whether it is as was predicted."""

    mean: float
    low: float
    high: float
    verdict: str


def shown_c(c: float) -> str:
    """A value of C by its power of ten, `10^1.5`."""
    return f"10^{round(log10(c), 2):g}"


def own(lines: Sequence[Line], data: str, encoder: str) -> list[Line]:
    """The lines of an encoder on a data set."""
    return [line for line in lines if (line["data"], line["encoder"]) == (data, encoder)]


def curves(lines: Sequence[Line], of: Callable[[Line], float | None]) -> Curves:
    """A value by seed and epoch; NaN where a line has none."""
    epochs, seeds = (sorted({line[name] for line in lines}) for name in ("epoch", "seed"))
    values = {(line["seed"], line["epoch"]): of(line) for line in lines}
    each = [[values[seed, epoch] for epoch in epochs] for seed in seeds]
    return np.array(each, float)


def matched(line: Line) -> float:
    """The power of ten of the matched C."""
    return log10(line["matched_c"])


def best(line: Line) -> float:
    """The match at the matched C."""
    return max(line["rho"].values())


def above(values: Sequence[float] | Items, least: float) -> Found:
    """Whether a mean is shown to be above a level, or below."""
    mean, low, high = mean_interval(values)
    return Found(mean, low, high, YES if low > least else NO if high < least else OPEN)


def rises(found: Curves) -> Found:
    """The rise from the first epoch to the last, and whether the mean never falls between.

    It is undecided where the mean does not fall, but the rise may be nothing.
    """
    rise = above(found[:, -1] - found[:, 0], 0.0)
    steps = np.diff(found.mean(axis=0))
    return rise._replace(verdict=NO) if (steps < -ROUNDING).any() else rise


def drop(found: Curves) -> Found:
    """How far each seed falls from the peak to the last epoch, and whether that is shown.

    The peak is the epoch that is highest in the mean of the other seeds, so that a seed's own
    noise does not choose it. Where none has its peak before the last epoch nothing decays.
    """
    if np.isnan(found).any() or len(found) < 2:
        return Found(nan, nan, nan, OPEN)
    peaks = [
        int(np.delete(found, seed, axis=0).mean(axis=0).argmax()) for seed in range(len(found))
    ]
    fall = above([curve[peak] - curve[-1] for curve, peak in zip(found, peaks, strict=True)], 0.0)
    ended = all(peak == found.shape[1] - 1 for peak in peaks)
    return fall._replace(verdict=NO) if ended else fall


def lower(lines: Sequence[Line], data: str, encoder: str) -> Found:
    """How much better the mean's best match is, at the epochs and seeds that both have."""
    others = curves(own(lines, data, encoder), best)
    mean = own(lines, data, "mean")
    shared = [line for line in mean if line["epoch"] in EPOCHS[encoder]]
    ours = curves(shared, best)[: len(others)]
    found = paired_difference(ours.max(axis=1), others.max(axis=1))
    verdict = YES if found.low > 0 else NO if found.high < 0 else OPEN
    return Found(found.mean, found.low, found.high, verdict)


def verdict(each: Sequence[str], least: int | None = None) -> str:
    """Whether so many (all, if not given) are as predicted; undecided where there are fewer."""
    needed = len(each) if least is None else least
    if len(each) < max(needed, 1):
        return OPEN
    if each.count(YES) >= needed:
        return "held"
    return "not held" if len(each) - each.count(NO) < needed else OPEN


def fall_of_weights(lines: Sequence[Line], data: str, stratum: str) -> float:
    """How far polarity of the weights falls over the C that the mean's runs match.

    It is that at the least of them less that at the largest; NaN where words are too few.
    """
    values = {line["c"]: line["polarity"][stratum] for line in own(lines, data, COUNTS)}
    found = [line["matched_c"] for line in own(lines, data, "mean")]
    if None in values.values() or not found:
        return nan
    return values[min(found)] - values[max(found)]


def places(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Data sets with encoders that were trained on them."""
    found = dict.fromkeys((line["data"], line["encoder"]) for line in lines)
    return [place for place in found if place[1] != COUNTS]


def strata(lines: Sequence[Line], data: str) -> list[str]:
    """The strata of a data set that have words enough, that of all compared words left out."""
    polarity = own(lines, data, COUNTS)[0]["polarity"]
    return [name for name, value in polarity.items() if value is not None and name != MATCHED]


def falls(lines: Sequence[Line], encoder: str) -> list[str]:
    """Whether polarity decays in each stratum of each data set."""
    return [
        drop(
            curves(own(lines, data, encoder), lambda line, name=name: line["polarity"][name])
        ).verdict
        for data, name_of in places(lines)
        if name_of == encoder
        for name in strata(lines, data)
    ]
