"""Arms at settings that other data sets chose, beside those at the settings of a search."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isinf
from typing import Any, NamedTuple

from embexp.measures.catalogue import describe
from embexp.measures.variance import MeanEstimate, crossed_difference, crossed_mean
from embexp.report.beyond import Key, Right, number_of
from embexp.report.formatting import (
    TERMINAL,
    Grid,
    Interval,
    Table,
    finite,
    flat,
    inside,
    interval,
    narrow,
)
from embexp.report.inference import opposite

PREFIX = "other data: "
"""What the regime of such an arm begins with."""


class Gain(NamedTuple):
    """An arm at the settings of a search, and at those that other data sets chose.

    labels: how many there were; infinite for all of them.
    searched, other: the headline of both.
    gain: the first minus the second, over seeds and texts.
    """

    labels: float
    arm: Key
    searched: MeanEstimate
    other: MeanEstimate
    gain: MeanEstimate


def gains(
    searched: Mapping[float, Right], other: Mapping[float, Right], measure: str
) -> list[Gain]:
    """The arms that have both settings, by their scores of test texts for each number of labels."""
    least, most = describe(measure).ends
    width = most - least
    found = []
    for labels, tables in sorted(other.items()):
        for arm in tables.keys() & searched.get(labels, {}).keys():
            own, beside = searched[labels][arm], tables[arm]
            seeds = min(len(own), len(beside))
            found.append(
                Gain(
                    labels,
                    arm,
                    inside(crossed_mean(own), least, most),
                    inside(crossed_mean(beside), least, most),
                    inside(crossed_difference(own[:seeds], beside[:seeds]), -width, width),
                )
            )
    return sorted(found, key=lambda each: each[:2])


def with_gains(table: Table, found: Sequence[Gain], measure: str) -> Table:
    """The table of a comparison with a grid of both settings, and an object for each arm."""
    if not found:
        return table
    like = {place_of(each): each for each in table.objects if each["measure"] == measure}
    objects = (
        like[place] | object_of(each)
        for each in found
        if (place := (*each.arm, None if isinf(each.labels) else int(each.labels))) in like
    )
    own = grid(found, describe(measure).title)
    return replace(
        table,
        summary=(*table.summary, own),
        narrow=(*table.blocks, *narrow(own, TERMINAL - 1)),
        objects=(*table.objects, *objects),
    )


def place_of(of: Mapping[str, Any]) -> tuple[str, str, int | None]:
    """What tells an object of a comparison from others of its measure."""
    return of["encoder"], of["arm"], of.get("train_texts")


def object_of(each: Gain) -> dict[str, Any]:
    """What differs from the object of the same arm at the settings of its search.

    It is compared with that one.
    """
    label = each.arm[1]
    return {
        "arm": PREFIX + label,
        "regime": PREFIX + label.partition(" · ")[0],
        "by": "settings",
        "baseline": label,
        **finite({"mean": each.other.mean, "low": each.other.low, "high": each.other.high}),
        **flat("difference", Interval(*opposite(each.gain)[:3])),
        **dict.fromkeys(("item_low", "item_high", "p", "effect", "detectable", "equivalence")),
        "starred": False,
        "exploratory": True,
    }


def grid(found: Sequence[Gain], title: str) -> Grid:
    """Both settings of every arm; the number of labels where it is not all of them."""
    several = any(not isinf(each.labels) for each in found)
    names = (*["labels"][:several], "regime")
    header = (f"{title}, searched here", "settings of other data", "difference [95 %]")
    body = tuple(
        (
            *[number_of(each.labels)][:several],
            each.arm[1],
            *map(interval, (each.searched, each.other, each.gain)),
        )
        for each in found
    )
    return Grid("Beside settings that other data sets chose", (*names, *header), body, len(names))


def sentences(best: Key, found: Sequence[Gain]) -> list[str]:
    """Whether an arm gains by its search, a sentence for each number of labels."""
    return [
        f"With the settings that other data sets chose{with_labels(each.labels)}, {best[1]} "
        f"{compared(each.gain)}."
        for each in found
        if each.arm == best
    ]


def with_labels(labels: float) -> str:
    """How many there are, where it is not all of them."""
    return "" if isinf(labels) else f" and {number_of(labels)} labels"


def compared(gain: MeanEstimate) -> str:
    """What an arm has at the settings of other data, compared to those of its search."""
    if gain.low > 0:
        return f"has {interval(gain)} less"
    if gain.high < 0:
        return f"has {interval(opposite(gain))} more: its search here did not pay"
    return f"is not shown to differ: {interval(opposite(gain))}"
