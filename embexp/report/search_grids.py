"""The grids of a search: what was chosen, from where, the expected best, and the order."""

from collections.abc import Sequence

from embexp.parameters import Range
from embexp.report.formatting import HOLE, Grid, Line, number
from embexp.report.grids import Labels, grid_of, labels
from embexp.report.search_analysis import Ranking, Search, TunedArm, budgets

DIGITS = 4
"""Of losses, in which tuned arms are often close."""


def chosen(arms: Sequence[TunedArm]) -> Grid:
    """Trials, seconds, the chosen settings, and the seeds that ended at their bound."""
    names = settings_of(arms)
    header = ("trials", "seconds", *names, "at the bound")
    return grid_of("", header, searched(arms), (_chosen(each.search, names) for each in arms))


def _chosen(search: Search, names: Sequence[str]) -> Line:
    made = len(search.losses)
    trials = (
        f"{made - search.failed}/{made} ({search.failed} failed)" if search.failed else f"{made}"
    )
    settings = (
        f"{setting_text(search.settings[name])}{'*' * (name in search.edges)}"
        if name in search.settings
        else HOLE
        for name in names
    )
    seeds = f"{sum(search.at_bound)}/{len(search.at_bound)}" if search.at_bound else HOLE
    return (trials, f"{search.seconds:.0f}", *settings, seeds)


def ranges(arms: Sequence[TunedArm]) -> Grid:
    """Where the settings of each arm were drawn."""
    names = settings_of(arms)
    lines = (
        [range_text(own[name]) if name in own else HOLE for name in names]
        for own in (each.search.ranges for each in arms)
    )
    return grid_of("Where settings were drawn", names, searched(arms), lines)


def expected(arms: Sequence[TunedArm]) -> Grid:
    """The expected least validation loss of each arm at some budgets."""
    shown = budgets(max(len(each.best) for each in arms))
    lines = (
        [number(each.best[k - 1], DIGITS) if k <= len(each.best) else HOLE for k in shown]
        for each in arms
    )
    title = "Expected least validation loss of so many trials"
    return grid_of(title, map(str, shown), searched(arms), lines)


def order(ranking: Ranking, several: bool) -> Grid:
    """The order of the arms at some budgets; the title says from where on it stays.

    Args:
        several: whether there are other rankings, so that the title names this one.
    """
    search, trials = ranking.arms[0].search, len(ranking.orders)
    which = f", {search.line['spec']['corpus']}, search {search.number}" if several else ""
    since = (
        "the same for any number of trials"
        if ranking.settled == 1
        else f"the same from {ranking.settled} trials on"
        if ranking.settled < trials
        else "it changes up to the last trial"
    )
    body = tuple((str(k), ranking.orders[k - 1]) for k in budgets(trials))
    return Grid(f"Order by expected least loss{which}: {since}", ("trials", "order"), body, 2)


def searched(arms: Sequence[TunedArm]) -> Labels:
    """What tells searched arms apart; one search alone needs no column."""
    names, lines = labels([each.arm for each in arms])
    if len({each.search.number for each in arms}) == 1:
        return names, lines
    numbers = (str(each.search.number) for each in arms)
    return ("search", *names), [(own, *line) for own, line in zip(numbers, lines, strict=True)]


def settings_of(arms: Sequence[TunedArm]) -> list[str]:
    """The names of all settings that were searched."""
    return list(dict.fromkeys(name for each in arms for name in each.search.ranges))


def setting_text(value: float) -> str:
    """A setting as trials have it: `0.02581`."""
    return f"{value:.4g}"


def range_text(each: Range) -> str:
    """`0.001–0.1, log`."""
    return f"{each.low:g}–{each.high:g}{', log' * each.log}"
