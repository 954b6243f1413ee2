"""Do intervals of a difference hold the truth when replicates and items are both drawn?

Tables of scores are simulated; the answers go to `results/validity/coverage.md`.

    python scripts/interval_coverage.py               # 2,000 tables of each kind: a minute
    python scripts/interval_coverage.py --tables 100
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from written import write

from embexp.report.formatting import Grid, Table, number
from embexp.synthetic.interval_coverage import METHODS, TABLES, Coverage, interval_coverage

FOLDER = Path(__file__).parent.parent / "results" / "validity"
METHOD = "two-way components"
LEAST, MOST, MOST_RESIDUAL = 0.93, 0.97, 0.99
"""What coverage the intervals of `METHOD` are to have; the last where the residual dominates."""
FEWEST = 5
"""Replicates from which on they are to have it."""
HEADER = ("scores", "replicates", "items")


def kinds(found: Sequence[Coverage]) -> list[tuple[str, int, int]]:
    """The kinds of tables, in the order of the results."""
    return list(dict.fromkeys((each.scores, each.replicates, each.items) for each in found))


def verdict(one: Coverage) -> str:
    """Whether an interval covers as often as it is to."""
    most = MOST_RESIDUAL if one.scores == "residual dominates" else MOST
    side = "too seldom" if one.coverage < LEAST else "too often" if one.coverage > most else ""
    if not side:
        return "as stated"
    return side + (f", below {FEWEST} replicates" if one.replicates < FEWEST else "")


def table(found: Sequence[Coverage]) -> Table:
    """Coverage and mean width: a line for each kind of table, a column for each interval."""
    by = {(each.scores, each.replicates, each.items, each.method): each for each in found}

    def grid(title: str, field: str) -> Grid:
        lines = tuple(
            (*kind, *(number(getattr(by[*kind, method], field)) for method in METHODS))
            for kind in kinds(found)
        )
        return Grid(title, (*HEADER, *METHODS), tuple(tuple(map(str, line)) for line in lines), 1)

    verdicts = tuple(
        (kind[0], *map(str, kind[1:]), verdict(by[*kind, METHOD])) for kind in kinds(found)
    )
    worst = max(each.error for each in found if each.method == METHOD)
    return Table(
        title="How often intervals of a difference hold the truth",
        caption=(
            (
                f"Share of {found[0].tables} simulated pairs of tables whose 95 % interval holds "
                f"the true difference; Monte Carlo standard error at most {number(worst)} for "
                f"{METHOD}. A replicate is a seed, or a draw of the training texts."
            ),
            (
                "Replicates, items and residual have .8, .1 and .1 of the variance of the mean "
                "difference where replicates dominate, .1, .8 and .1 where items do, a third each "
                "where balanced, and .05, .05 and .9 where the residual dominates. Binary scores "
                "come from a logistic model with effects of both on the logit."
            ),
            (
                "Replicates and item errors: one value and one standard error over items for each "
                "replicate. The last three take items or replicates as fixed."
            ),
        ),
        summary=(grid("", "coverage"),),
        details=(
            grid("Mean width, relative to the interval that knows the variance", "width"),
            Grid(
                f"Whether {METHOD} cover {number(LEAST)} to {number(MOST)} "
                f"({number(MOST_RESIDUAL)} where the residual dominates)",
                (*HEADER, "verdict"),
                verdicts,
                len(HEADER) + 1,
            ),
        ),
        notes=(),
        objects=tuple(
            {
                name: round(value, 6) if isinstance(value, float) else value
                for name, value in asdict(each).items()
            }
            for each in found
        ),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", type=int, default=TABLES)
    print(write(table(interval_coverage(parser.parse_args().tables)), FOLDER, "coverage"))
