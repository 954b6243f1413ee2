"""What an answer says beyond one split and all labels: of other splits, and from how many on."""

from collections.abc import Collection, Mapping, Sequence
from math import isinf

import numpy as np

from embexp.data.splits import SHARE
from embexp.measures.replicates import resampled_mean
from embexp.measures.simultaneous import simultaneous_differences
from embexp.report.arms import BASELINE
from embexp.report.formatting import interval

Key = tuple[str, str]
"""The encoder of an arm, and what tables call it."""
Right = Mapping[Key, np.ndarray]
"""Whether each seed of an arm has each test text right."""
SIZES = round((1 - 2 * SHARE) / SHARE), 1
"""Training texts for each test text in splits that are drawn."""


def over_splits(
    best: Key, others: Sequence[Key], splits: Sequence[Right], *, tuned: bool = True
) -> list[str]:
    """How far an arm is above others over random splits (`resampled_mean`).

    Args:
        tuned: whether settings were searched anew on each.
    """
    whole = [split for split in splits if all(key in split for key in (best, *others))]
    if len(whole) < 2 or not others:
        return []
    said = []
    for other in others:
        values = np.array([split[best].mean() - split[other].mean() for split in whole])
        said.append(f"{interval(resampled_mean(values, *SIZES))} from {other[1]}")
    searched = "each searched anew, " if tuned else ""
    over = f"Over {len(whole)} splits of the texts, {searched}"
    return [f"{over}{best[1]} differs by {', '.join(said)}."]


def over_budgets(best: Key, others: Sequence[Key], budgets: Mapping[float, Right]) -> list[str]:
    """From how many labels on an arm is above each other one, over draws and texts.

    Args:
        others: arms, and baselines, which are told apart by what they are called.
        budgets: by the number of labels; infinite for all of them.
    """
    if len(budgets) < 2:
        return []
    *few, last = map(number_of, sorted(budgets))
    below = {count: beaten(best, others, right) for count, right in budgets.items()}
    names = [other[1].removeprefix(BASELINE) for other in others]
    every = [
        f"above {name} {since(least_budget(other, below))}"
        for name, other in zip(names, others, strict=True)
    ]
    tried = f"{', '.join(few)} or {last} labels"
    return [f"With {tried}, {best[1]} is shown to be {', '.join(every)}."]


def number_of(labels: float) -> str:
    """A number of labels, or all of them."""
    return "all" if isinf(labels) else f"{labels:,.0f}"


def since(labels: float | None) -> str:
    """From how many labels on, in words."""
    if labels is None:
        return "at none of these"
    return "with all" if isinf(labels) else f"from {number_of(labels)} on"


def beaten(best: Key, others: Sequence[Key], right: Right) -> set[Key]:
    """The arms that the best one is above, by intervals that hold for all of them at once.

    What has one seed, as a baseline that reads all texts, is the same beside every seed.
    """
    there = [other for other in others if best in right and other in right]
    if not there:
        return set()
    tables = [right[key] for key in (best, *there)]
    seeds = min((len(table) for table in tables if len(table) > 1), default=1)
    chosen, *rest = (np.resize(table, (seeds, table.shape[1])) for table in tables)
    found = simultaneous_differences(chosen, rest)
    return {key for key, each in zip(there, found, strict=True) if each.high < 0}


def least_budget(other: Key, below: Mapping[float, Collection[Key]]) -> float | None:
    """The least number of labels from which on an arm is below at all budgets.

    Args:
        below: the arms that are, by the number of labels.
    """
    least = None
    for count in sorted(below, reverse=True):
        if other not in below[count]:
            return least
        least = count
    return least
