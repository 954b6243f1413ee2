"""What the search of each arm gives: its expected best by budget, and the order of the arms."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from math import inf
from typing import Any, NamedTuple

from embexp.measures.search_curve import expected_best
from embexp.parameters import Range
from embexp.report.arms import Arm, arms_of, order

SAME_TEXTS = ("corpus", "text", "label", "head")
"""Fields of a spec without which validation losses cannot be compared."""


class Search(NamedTuple):
    """The search of one arm, from `runner.searched`.

    Args:
        line: of one of its trials; its spec without seed and searched settings.
        number: which search; another one has other draws.
        losses: the least validation loss of each trial, infinite where it failed.
        errors: of the trials that failed.
        missing: how many repetitions of the best trials were never made.
        ranges: where each setting was searched, by name.
        settings: what was chosen, by name; empty where nothing was.
        edges: the names of settings that were chosen at an end of their range.
        seconds: of the trials and repetitions together.
        at_bound: of each run with the chosen settings, whether its selected step is its
            last: its bound of epochs ended it, and not its patience.
    """

    line: Mapping[str, Any]
    number: int
    losses: tuple[float, ...]
    errors: tuple[str, ...]
    missing: int
    ranges: Mapping[str, Range]
    settings: Mapping[str, float]
    edges: tuple[str, ...]
    seconds: float
    at_bound: tuple[bool, ...]

    @property
    def failed(self) -> int:
        """How many trials have no loss."""
        return self.losses.count(inf)


class TunedArm(NamedTuple):
    """An arm with its search, and `best[k - 1]`, the expected least loss of k trials."""

    arm: Arm
    search: Search
    best: tuple[float, ...]


class Ranking(NamedTuple):
    """The arms of one search on the same texts, in the order of their expected best.

    Args:
        orders: in words, `tuned < random`, for each budget k = 1 … n.
        settled: the least budget from which on the order is that of all trials.
    """

    arms: tuple[TunedArm, ...]
    orders: tuple[str, ...]
    settled: int


def tuned_arms(searches: Sequence[Search]) -> list[TunedArm]:
    """The arms of some searches, in the order of tables."""
    of = arms_of(each.line for each in searches)
    found = [
        TunedArm(of[each.line["digest"]], each, tuple(expected_best(each.losses)))
        for each in searches
    ]
    return sorted(found, key=lambda each: (each.search.number, *order(each.arm)))


def rankings_of(arms: Sequence[TunedArm]) -> list[Ranking]:
    """The order of the arms at each budget that all have, where there are two or more."""

    def comparable(each: TunedArm) -> tuple[int, str]:
        spec = each.search.line["spec"]
        return each.search.number, repr([spec.get(name) for name in SAME_TEXTS])

    groups = [tuple(own) for _, own in groupby(sorted(arms, key=comparable), comparable)]
    return [_ranking(own) for own in groups if len(own) > 1]


def _ranking(arms: tuple[TunedArm, ...]) -> Ranking:
    plain = len({each.arm.encoder for each in arms}) == 1
    names = [
        " / ".join([*([] if plain else [each.arm.encoder]), each.arm.label, *each.arm.settings])
        for each in arms
    ]
    budgets = zip(*(each.best for each in arms), strict=False)  # to the least number of trials
    orders = tuple(order_of(names, values) for values in budgets)
    return Ranking(arms, orders, settled(orders))


def order_of(names: Sequence[str], values: Sequence[float]) -> str:
    """Names from the least value to the greatest.

    >>> order_of(["random", "frozen", "tuned"], [0.4, 0.5, 0.4])
    'random = tuned < frozen'
    """
    (first, least), *others = sorted(zip(names, values, strict=True), key=lambda each: each[1])
    text = first
    for name, value in others:
        text += f" {'=' if value == least else '<'} {name}"
        least = value
    return text


def settled(orders: Sequence[str]) -> int:
    """The least budget, counted from 1, from which on the order stays what it is at the end.

    >>> settled(["b < a", "a < b", "b < a", "b < a"])
    3
    """
    return next(k for k in range(1, len(orders) + 1) if len({*orders[k - 1 :]}) == 1)


def budgets(trials: int) -> list[int]:
    """The budgets that are shown: powers of two below a number of trials, and this.

    >>> budgets(12), budgets(1)
    ([1, 2, 4, 8, 12], [1])
    """
    return [2**power for power in range(trials.bit_length()) if 2**power < trials] + [trials]
