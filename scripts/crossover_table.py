"""What runs with few labels say of the crossover: where it lies, and what it follows."""

from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import numpy as np
from crossover_law import (
    DRAWS,
    RESAMPLES,
    Gap,
    Lines,
    accuracies,
    crossing,
    followed,
    gaps,
    limits,
    resampled,
)

from embexp.measures.statistics import LEVEL, holm, mean_interval, paired_difference
from embexp.report.formatting import HOLE, Grid, Table, bounds, interval, number

BELOW = 0.005
"""How far tuned may be below random, by the prediction."""
ENOUGH = 0.6
"""The share of the variance of log n* that is predicted to follow the words without a vector."""


class TunedAbove(NamedTuple):
    """The tuned arm minus the random one, with its interval over draws.

    p_below, p_above: of the one-sided tests that it is less, or more, than −`BELOW`.
    """

    data: str
    coverage: int
    labels: int
    difference: tuple[float, float, float]
    p_below: float
    p_above: float


def shown(n: float, labels: Sequence[int]) -> str:
    """A crossing; outside the numbers of labels only on which side."""
    if n == inf:
        return f"> {max(labels)}"
    return f"< {min(labels)}" if n == 0 else f"{n:.0f}"


def crossing_interval(gap: Gap) -> str:
    """The percentile interval of a crossing over the draws."""
    rng, count = np.random.default_rng(0), gap.above.shape[1]
    each = [crossing(gap, rng.integers(count, size=count).tolist()) for _ in range(RESAMPLES)]
    low, high = np.quantile(each, (0.025, 0.975), method="closest_observation")
    return (
        f"{shown(crossing(gap), gap.labels)} [{shown(low, gap.labels)}, {shown(high, gap.labels)}]"
    )


def of_law(every: Sequence[Gap]) -> str:
    """What became of the first prediction."""
    inside = sum(0 < crossing(each) < inf for each in every)
    both = {outside: followed(every, outside=outside) for outside in (False, True)}
    ends = {outside: limits(resampled(every, outside=outside)) for outside in both}
    held = "undecided"
    if all(low > ENOUGH for low, _ in ends.values()):
        held = "held"
    elif all(high < ENOUGH for _, high in ends.values()):
        held = "not held"
    data = list(dict.fromkeys(each.data for each in every))
    falling = sum(falls([each for each in every if each.data == name]) for name in data)
    told = {key: f"{number(r2)} {bounds(*ends[key])}".rstrip() for key, r2 in both.items()}
    return (
        f"log n* follows the share of running words without a vector, R² > {ENOUGH}: {held}. Of "
        f"{len(every)} crossings {inside} lie between the least and the largest number of labels; "
        f"R² is {told[False]} through these alone and {told[True]} with the others at the nearer "
        f"end (resampled draws, the same data sets). On {falling} of {len(data)} data sets n* is "
        "less the fewer words are covered, as estimated."
    )


def falls(of_one: Sequence[Gap]) -> bool:
    """Whether fewer words with a vector never mean a later crossing, and once an earlier one."""
    found = [crossing(each) for each in of_one]
    return found == sorted(found, reverse=True) and found[0] > found[-1]


def tuned_above(lines: Lines) -> list[TunedAbove]:
    """Tuned minus random of every data set, coverage and number of labels."""
    of, found = accuracies(lines), []
    for (data, regime, coverage, labels), own in of.items():
        if regime == "tuned" and coverage is not None:
            above = np.subtract(own, of[data, "random", None, labels])
            test = paired_difference(above, np.full(len(above), -BELOW))
            low, high = (
                (test.p / 2, 1 - test.p / 2) if test.mean < 0 else (1 - test.p / 2, test.p / 2)
            )
            found.append(TunedAbove(data, coverage, labels, mean_interval(above), low, high))
    return found


def of_tuned(lines: Lines) -> str:
    """What became of the second prediction, with tests adjusted for their number by Holm."""
    found = tuned_above(lines)
    below = sum(p < 1 - LEVEL for p in holm([each.p_below for each in found]))
    above = sum(p < 1 - LEVEL for p in holm([each.p_above for each in found]))
    held = "not held" if below else "held" if above == len(found) else "undecided"
    least = min(found, key=lambda each: each.difference[0])
    return (
        f"tuned is never more than {number(BELOW)} below random: {held}. Of {len(found)} "
        f"differences shown to be lower than that: {below}, shown to be higher: {above} (Holm). "
        f"The least is {interval(least.difference)}, on {least.data} with {least.coverage} % of "
        f"the words and {least.labels} labels."
    )


def crossings(every: Sequence[Gap], labels: Sequence[int]) -> Grid:
    """The gap with each number of labels, and n*."""
    body = []
    for each in every:
        own = dict(zip(each.labels, each.above, strict=True))
        above = (interval(mean_interval(own[count])) if count in own else HOLE for count in labels)
        about = each.data, f"{each.coverage} %", number(each.missing)
        body.append((*about, *above, crossing_interval(each)))
    titles = (f"frozen − random, {count} labels" for count in labels)
    return Grid("", ("data", "words with a vector", "missing", *titles, "n*"), tuple(body), 2)


def differences(lines: Lines) -> Grid:
    """Tuned minus random."""
    body = tuple(
        (each.data, f"{each.coverage} %", str(each.labels), interval(each.difference))
        for each in tuned_above(lines)
    )
    header = ("data", "words with a vector", "labels", "difference")
    return Grid("Tuned minus random", header, body, 3)


def levels(lines: Lines) -> Grid:
    """The accuracy of every arm."""
    body = tuple(
        (
            *(data, regime, HOLE if coverage is None else f"{coverage} %", str(count)),
            interval(mean_interval(own)),
        )
        for (data, regime, coverage, count), own in sorted(accuracies(lines).items(), key=str)
    )
    header = ("data", "regime", "words with a vector", "labels", "accuracy")
    return Grid("Accuracy", header, body, 4)


def table(lines: Lines) -> Table:
    """All crossings, as a table and as lines."""
    every = gaps(lines)
    caption = (
        (
            f"Encoder mean, GloVe 6B 100d; mean of {DRAWS} draws of the training texts, one seed "
            "each, with the 95 % interval over draws by Student's t. Settings and steps by "
            "five-fold cross-validation inside the labels of one draw more, the same twelve "
            "trials in every arm."
        ),
        (
            "Missing: the share of the running words of training without a vector. n*: with how "
            "many labels frozen and random are equal, between two numbers of labels by a straight "
            "line over log n, with the percentile interval over resampled draws. The choice of the "
            "settings is not in the intervals, nor that of the words that keep their vectors, "
            "which a hash of their letters draws once, alike on all data sets."
        ),
        of_law(every),
        of_tuned(lines),
    )
    return Table(
        title="With how many labels does a table that trains overtake a frozen one?",
        caption=caption,
        summary=(crossings(every, sorted({each["labels"] for each in lines})),),
        details=(differences(lines), levels(lines)),
        notes=(),
        objects=tuple(map(dict, lines)),
    )
