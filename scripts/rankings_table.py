"""What is said of tuned arms that were searched several times: their order, and what holds."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from embexp.report.against_baselines import CLOSE
from embexp.report.arms import BASELINE
from embexp.report.formatting import HOLE, Grid, Table, number
from embexp.search import TRIALS

REGIMES = ("random", "frozen", "tuned")
SEEDS = 12
TF_IDF = f"{BASELINE}tf-idf"
OPTIMUM = f"{BASELINE}mean-vectors"
COLUMNS = (*REGIMES, OPTIMUM, TF_IDF)
"""Whose scores are shown."""


class Search(NamedTuple):
    """One search of every arm: which draws, and how many."""

    number: int
    trials: int


SEARCHES = {
    "first": Search(0, TRIALS),
    "twice the trials": Search(0, 2 * TRIALS),
    "other draws": Search(1, TRIALS),
}

Lines = Sequence[Mapping[str, Any]]


def shown(line: Mapping[str, Any], name: str) -> str:
    """A value of a line with its interval, if it has one."""
    if name not in line:
        return HOLE
    low, high = line[f"{name}_low"], line[f"{name}_high"]
    return f"{number(line[name])} [{number(low)}, {number(high)}]"


def ranking(lines: Lines) -> str:
    """The arms of one comparison in the order of their validation losses; one alone has none."""
    arms = [each["regime"] for each in lines if each["regime"] in REGIMES]
    return " < ".join(arms) if len(arms) > 1 else HOLE


def contradictions(lines: Lines) -> str:
    """Pairs of arms whose difference is above zero in one search and below in another.

    One search alone says nothing of that.
    """
    if len({each["search"] for each in lines}) < 2:
        return HOLE
    found = []
    for name in ("above_random", "above_frozen"):
        for regime in REGIMES:
            own = [each for each in lines if each["regime"] == regime]
            if any(each[f"{name}_low"] > 0 for each in own) and any(
                each[f"{name}_high"] < 0 for each in own
            ):
                found.append(f"{regime} {name.replace('_', ' ')}")
    return ", ".join(found) or "none"


def trained_to_the_end(line: Mapping[str, Any]) -> bool:
    """Whether the frozen arm is not below its optimum by more than the answer allows."""
    return line["above_means"] + 2 * line["above_means_error"] >= -CLOSE


def against_tf_idf(line: Mapping[str, Any]) -> str:
    """Whether the chosen arm beats the counting baseline, as its answer says; if one was chosen."""
    if not line:
        return HOLE
    if line["above_tf_idf_low"] > 0:
        return "above"
    return "below" if line["above_tf_idf_high"] < 0 else "no difference shown"


def grids(lines: Lines) -> tuple[Grid, ...]:
    """Levels of every arm, then what holds on each data set."""
    comparisons = dict.fromkeys((each["data"], each["search"]) for each in lines)
    levels, holds = [], []
    for data, search in comparisons:
        own = {
            each["regime"]: each
            for each in lines
            if (each["data"], each["search"]) == (data, search)
        }
        (measure,) = {each["measure"] for each in own.values()}
        scores = (shown(own.get(name, {}), "score") for name in COLUMNS)
        levels.append((data, measure, search, *scores))
    for data in dict.fromkeys(data for data, _ in comparisons):
        of = [each for each in lines if each["data"] == data]
        first = [each for each in of if each["search"] == next(iter(SEARCHES))]
        best = next((each for each in first if each["best"]), {})
        frozen = next(each for each in first if each["regime"] == "frozen")
        orders = dict.fromkeys(
            ranking([each for each in of if each["search"] == search])
            for search in dict.fromkeys(each["search"] for each in of)
        )
        holds.append(
            (
                data,
                "; ".join(orders),
                contradictions(of),
                shown(frozen, "above_means"),
                "yes" if trained_to_the_end(frozen) else "no",
                shown(best, "above_tf_idf"),
                against_tf_idf(best),
            )
        )
    return (
        Grid("On test texts", ("data", "measure", "search", *COLUMNS), tuple(levels), 3),
        Grid(
            "What holds",
            (
                "data",
                "order by validation loss",
                "reversed differences",
                "frozen − optimum",
                "trained to its end",
                "chosen − TF-IDF",
                "the answer says",
            ),
            tuple(holds),
            1,
        ),
    )


def counted(holds: Sequence[Sequence[str]]) -> str:
    """On how many data sets what holds; their lines are those of the second grid."""
    several = [(orders, found) for _, orders, found, *_ in holds if found != HOLE]
    same = sum(";" not in orders for orders, _ in several)
    turned = sum(found != "none" for _, found in several)
    ended = sum(of == "yes" for *_, of, _, _ in holds)
    said = Counter(last for *_, last in holds)
    alone = said[HOLE]
    return (
        f"Of {len(holds)} data sets {len(several)} were searched more than once: {same} of these "
        f"have one order by validation loss in every search, {turned} a reversed difference. On "
        f"{ended} of all the frozen arm is trained to its end. Of the {len(holds) - alone} where "
        f"arms were compared, the chosen one is above TF-IDF on {said['above']} and below on "
        f"{said['below']}."
    )


def table(lines: Lines) -> Table:
    """All comparisons, as a table and as lines."""
    summary, *details = grids(lines)
    return Table(
        title="Does the order of tuned arms hold?",
        caption=(
            (
                f"Mean of {SEEDS} seeds with the 95 % interval over seeds and texts, encoder mean, "
                f"GloVe 6B 100d. Every arm gets {TRIALS} trials; twice as many, the first among "
                "them; or as many others."
            ),
            (
                "A difference is reversed where its interval lies above zero in one search and "
                f"below in another; {HOLE} where one search was made, or where texts are long and "
                "the frozen arm stands alone. The optimum of the frozen "
                "arm is logistic regression on the "
                f"same mean vectors; trained to its end is not below it by more than {CLOSE} and "
                "two standard errors. The last four columns are of the first search."
            ),
            counted(details[0].body),
        ),
        summary=(summary,),
        details=tuple(details),
        notes=(),
        objects=tuple(dict(each) for each in lines),
    )
