"""The table of `emergence_order.py`: its predictions, and the numbers that decide them."""

from collections.abc import Sequence
from math import isfinite

from emergence_order_checks import (
    ARM,
    CONTROL,
    HUMAN,
    MEASURED,
    NEAR,
    PAIRS,
    READ_OUT,
    Arm,
    Found,
    Line,
    Place,
    arms,
    as_predicted,
    curves,
    decided,
    departure,
    found_in,
    otherwise,
)
from regularisation_path_checks import verdict
from regularisation_path_table import concluded, counted

from embexp.measures.statistics import mean_interval
from embexp.report.formatting import HOLE, Grid, Table, bounds, interval, number

TITLES = {
    READ_OUT: "read-out",
    NEAR: "neighbours",
    HUMAN: "SimLex-999",
    "wordsim353": "WordSim-353",
}


def shown(rate: float) -> str:
    """A rate of the table, `.001`."""
    return f"{rate:g}".removeprefix("0")


def answers(found: Found, every: Sequence[Arm]) -> Grid:
    """Every prediction with what decides it."""
    lowest = min(arm.table_rate for arm in every)
    low = [arm for arm in every if arm.table_rate == lowest]
    above = [arm for arm in every if arm.table_rate > lowest]
    rates = ", ".join(shown(rate) for rate in sorted({arm.table_rate for arm in above}))
    body = [
        (
            f"{TITLES[first]} before {TITLES[second]}",
            rates,
            [decided(found.orders[arm, first, second]) for arm in above],
        )
        for first, second in PAIRS[:2]
    ]
    other = [otherwise(as_predicted(found, arm)) for arm in low]
    body.append(("another order at the lowest rate", shown(lowest), other))
    return Grid(
        "What was predicted",
        ("prediction", "table rates", "as predicted", "verdict"),
        tuple((what, on, counted(each), verdict(each)) for what, on, each in body),
        2,
    )


def place_text(of: Place | None) -> str:
    """A drift and a step."""
    return f"{number(of.drift, 2)} ({of.step:,})" if of else "never"


def onsets(found: Found, every: Sequence[Arm]) -> Grid:
    """Where each measure leaves its control for good."""
    body = tuple(
        (
            arm.task,
            shown(arm.table_rate),
            *(place_text(found.places[arm, name]) for name in MEASURED),
        )
        for arm in every
    )
    title = "Drift (and step) at which a measure leaves shuffled labels for good"
    return Grid(title, ("task", "table rate", *(TITLES[name] for name in MEASURED)), body, 2)


def ratio(value: float, low: float, high: float) -> str:
    """A ratio as its log2, with its interval."""
    return f"{number(value, 1)} {bounds(low, high, 1)}".rstrip() if isfinite(value) else HOLE


def firsts(found: Found) -> Grid:
    """Which of two leaves first."""
    body = tuple(
        (
            arm.task,
            shown(arm.table_rate),
            f"{TITLES[first]} before {TITLES[second]}",
            number(each.probability),
            decided(each),
            ratio(each.ratio, each.low, each.high),
            ratio(*half) if (half := found.sooner[arm, first, second]) else HOLE,
        )
        for (arm, first, second), each in found.orders.items()
    )
    header = (
        *("task", "table rate", "pair", "probability", "in this order"),
        *("log2 ratio of steps [95 %]", "of half rises [95 %]"),
    )
    return Grid("Which of two leaves first", header, body, 3)


def half_way(found: Found, every: Sequence[Arm]) -> str:
    """How often one measure is half way to its peak before another, and what never leaves."""
    told = []
    for first, second in PAIRS[:2]:
        there = [each for arm in every if (each := found.sooner[arm, first, second])]
        before, after = sum(each.high < 0 for each in there), sum(each.low > 0 for each in there)
        told.append(
            f"{TITLES[first]} shown before {TITLES[second]} in {before} and after in {after} of "
            f"the {len(there)} where both leave"
        )
    never = [
        f"{TITLES[name]} in {sum(found.places[arm, name] is None for arm in every)}"
        for name in MEASURED
    ]
    return (
        f"Half way to their peaks: {'; '.join(told)}. Of {len(every)} tasks and rates these never "
        f"leave shuffled labels: {', '.join(never)}."
    )


def levels(lines: Sequence[Line]) -> Grid:
    """Values at the start and after the last step, and how far these are from the control's."""
    body = []
    for arm in arms(lines):
        drift = mean_interval(curves(lines, arm, ARM, "drift")[:, -1])
        for name in MEASURED:
            own, control = (curves(lines, arm, regime, name) for regime in (ARM, CONTROL))
            apart = departure(lines, arm, name).distance[:, -1]
            body.append(
                (
                    arm.task,
                    shown(arm.table_rate),
                    number(drift[0], 2),
                    TITLES[name],
                    *(
                        interval(mean_interval(each))
                        for each in (own[:, 0], own[:, -1], control[:, -1], apart)
                    ),
                )
            )
    header = (
        "task",
        "table rate",
        "drift",
        "measure",
        "start",
        "end",
        "shuffled labels",
        "difference",
    )
    return Grid("Level at the start and after the last step", header, tuple(body), 4)


def sizes(lines: Sequence[Line]) -> str:
    """How many words and pairs there are, by task."""
    told = []
    for task in dict.fromkeys(line["task"] for line in lines):
        one = next(line for line in lines if line["task"] == task)
        classes = ", ".join(f"{name} {count}" for name, count in one["classes"].items())
        pairs = ", ".join(f"{TITLES[name]} {count}" for name, count in one["pairs"].items())
        told.append(f"{task}: {classes}; pairs of {pairs}")
    return f"Words with a class, {'. '.join(told)}."


def table(lines: Sequence[Line], settings: str) -> Table:
    """All grids, with how their numbers were made."""
    found, every = found_in(lines), arms(lines)
    predicted = answers(found, every)
    caption = (
        *concluded(predicted),
        half_way(found, every),
        settings,
        sizes(lines),
        (
            "A word has the class whose held-out texts hold it twice as often as those of all "
            "others do on average, or the tag that most of its held-out tokens have. The read-out "
            "is the balanced accuracy of a logistic probe on words it was not fitted to; "
            "neighbours are the share of a word's ten nearest that have its class, all classes "
            "alike; similarity is Spearman's ρ of cosines with human scores."
        ),
        (
            "The control is trained on shuffled labels, with the same start and order of texts, "
            "seed by seed. A measure leaves it at the first step from which the lower edge of a "
            "simultaneous 95 % band of their difference stays above 0 to the last. The "
            "probability that one leaves first is over draws of seeds, where a tie counts half "
            "and what never leaves comes last; an order is shown from .975 on. Of two measures "
            "that leave together the one with less noise is seen first, so that an order is one "
            "of what can be seen. Levels are means over seeds [95 % interval, Student's t]; "
            "another draw of texts or words is not in it."
        ),
    )
    return Table(
        title="What comes first in a table that trains?",
        caption=caption,
        summary=(predicted, onsets(found, every)),
        details=(firsts(found), levels(lines)),
        notes=(),
        objects=tuple(dict(line) for line in lines),
    )
