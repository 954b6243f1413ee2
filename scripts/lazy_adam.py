"""Does a table that only moves the rows of a step's texts learn as well as under Adam?

On some data sets the arms `random` and `tuned` are tuned and trained with `lazy-adam`, the
default of comparisons, and with `adam`, which moves every row at every step; both searches
have the same draws and seeds. The answers go to `results/validity/lazy_adam.md`. It needs the
data sets and GloVe 6B 100d below EMBEXP_DATA, and about half an hour on two cores; one that
was stopped goes on where it was.

    python scripts/lazy_adam.py
    python scripts/lazy_adam.py --data sms
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from rankings import FOLDER, compared, flat, options
from rankings_table import SEEDS, Search, shown
from written import joined, write

from embexp import progress, records
from embexp.measures.variance import crossed_difference, crossed_mean
from embexp.report.formatting import Grid, Table, inside
from embexp.report.inference import MARGIN, verdict
from embexp.search import TRIALS

DATA = ("mr", "subj", "sst2", "sms")
REGIMES = ("random", "tuned")
LAZY, DENSE = "lazy-adam", "adam"


def right_of(data: str, optimiser: str, folder: Path) -> dict[str, np.ndarray]:
    """Which test texts the seeds of each regime have right under an optimiser."""
    chosen = compared(data, Search(0, TRIALS), folder, REGIMES, optimiser=optimiser)
    scores = records.read_scores(folder)
    return {
        regime: np.stack(
            [scores[spec.digest]["accuracy"] for spec in chosen if spec.regime == regime]
        )
        for regime in REGIMES
    }


def lines_of(data: str, folder: Path) -> list[dict[str, Any]]:
    """Accuracy under both, and the difference seed by seed."""
    lazy, dense = (right_of(data, name, folder) for name in (LAZY, DENSE))
    found = []
    for regime in REGIMES:
        difference = crossed_difference(lazy[regime], dense[regime])
        found.append(
            {
                "data": data,
                "regime": regime,
                **flat("lazy", inside(crossed_mean(lazy[regime]), 0.0, 1.0)),
                **flat("dense", inside(crossed_mean(dense[regime]), 0.0, 1.0)),
                **flat("difference", difference),
                "verdict": verdict(difference, MARGIN),
            }
        )
    return found


def table(lines: Sequence[Mapping[str, Any]]) -> Table:
    """A line for each data set and regime."""
    values = ("lazy", "dense", "difference")
    body = tuple(
        (each["data"], each["regime"], *(shown(each, name) for name in values), each["verdict"])
        for each in lines
    )
    verdicts = Counter(each["verdict"] for each in lines)
    counted = ", ".join(f"{count} {verdict}" for verdict, count in verdicts.most_common())
    header = ("data", "regime", LAZY, DENSE, "difference", f"margin {MARGIN:g}")
    return Table(
        title="Lazy Adam and Adam, tuned alike",
        caption=(
            (
                f"Test accuracy, mean of {SEEDS} seeds with the 95 % interval over seeds and "
                f"texts, encoder mean, GloVe 6B 100d. Each optimiser has {TRIALS} trials of the "
                "same draws; differences are paired by seed. Margin: whether two one-sided t tests "
                "show that the difference is smaller."
            ),
            f"Of {len(lines)} differences: {counted}.",
        ),
        summary=(Grid("", header, body, 2),),
        details=(),
        notes=(),
        objects=tuple(dict(each) for each in lines),
    )


def main() -> None:
    """Makes the runs that are missing, and writes the table."""
    given = options(__doc__, DATA).parse_args()
    lines = []
    for data in given.data:
        progress.tell(data)
        lines += lines_of(data, given.results / data)
    every = joined(lines, FOLDER, "lazy_adam", "data")
    every.sort(key=lambda line: DATA.index(line["data"]))
    print(write(table(every), FOLDER, "lazy_adam"))


if __name__ == "__main__":
    main()
