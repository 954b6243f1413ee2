"""Does the order of tuned arms hold when the search has twice the trials, or other draws?

The arms `random`, `frozen` and `tuned` are searched three times on each data set but those of
long texts, where training a table takes hours and the frozen arm stands alone, beside its
optimum. The answers go to `results/validity/rankings.md`. It needs the data sets and GloVe 6B
100d below EMBEXP_DATA, and about two hours on two cores; one that was stopped goes on where it
was.

    python scripts/rankings.py
    python scripts/rankings.py --data subj sms
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from rankings_table import OPTIMUM, REGIMES, SEARCHES, SEEDS, TF_IDF, Search, table
from written import joined, write

from embexp import grid, progress, records
from embexp.comparing.sweeps import fit_baselines, sweep, tuned
from embexp.grids import UNMEASURED
from embexp.measures import describe
from embexp.measures.variance import MeanEstimate, crossed_mean
from embexp.report.answer import answer, right_of, validation_loss
from embexp.report.arms import arms_of
from embexp.report.formatting import inside
from embexp.report.headline import headline
from embexp.runner.baselines import baselines_of
from embexp.search import SETTINGS
from embexp.spec import Spec
from embexp.tasks import Tasks

FOLDER = Path(__file__).parent.parent / "results" / "validity"
DATA = ("mr", "subj", "sst2", "sms", "clickbait", "agnews", "20news", "imdb")
ALONE = ("20news", "imdb")
"""Where the frozen arm stands alone, searched once."""
AGAINST = {
    "above_random": "random",
    "above_frozen": "frozen",
    "above_means": OPTIMUM,
    "above_tf_idf": TF_IDF,
}
"""What every arm is compared with."""


def compared(
    data: str, search: Search, folder: Path, regimes: Sequence[str] = REGIMES, **changes: Any
) -> list[Spec]:
    """The runs of one comparison, made where they are missing, and its baselines.

    Args:
        changes: of the settings that searched runs have.
    """
    specs = grid(
        corpus=data,
        vectors="glove-6b-100d",
        regime=list(regimes),
        encoder="mean",
        seed=range(SEEDS),
        **SETTINGS | UNMEASURED | changes,
    )

    tasks: Tasks = {}
    chosen, _ = tuned(specs, folder, searches=[search.number], trials=search.trials, tasks=tasks)
    sweep(chosen, folder, tasks=tasks)
    fit_baselines(chosen, folder, tasks)
    return chosen


def objects_of(data: str, title: str, chosen: Sequence[Spec], folder: Path) -> list[dict[str, Any]]:
    """What one comparison found: a line for each arm and baseline."""
    digests = {each.digest for each in (*chosen, *baselines_of(chosen))}
    found, scores = records.read(folder), records.read_scores(folder)
    runs = {digest: run for digest, run in found.runs.items() if digest in digests}
    rows = [row for row in found.rows if row["digest"] in runs]
    of = arms_of(runs.values())
    losses, right = validation_loss(rows, of), right_of(of, runs, scores)
    measure = describe(headline(scores)).title
    said = answer(rows, runs, scores, seconds=0.0, tuned=True)
    several = sum(not arm.baseline for arm in right) > 1  # one alone is not chosen
    best, sure = (said.best["regime"], said.sure) if said and several else (None, False)
    own = {arm.regime: table for arm, table in right.items()}
    lines = []
    for arm in sorted(right, key=losses.__getitem__):
        seconds = sum(runs[digest]["seconds"] for digest, own in of.items() if own == arm)
        lines.append(
            {
                "data": data,
                "search": title,
                "measure": measure,
                "regime": arm.regime,
                "validation_loss": losses[arm],
                **flat("score", inside(crossed_mean(right[arm]), 0.0, 1.0)),
                **against(right[arm], own),
                "best": arm.regime == best,
                "sure": sure and arm.regime == best,
                "seconds": round(seconds, 1),
            }
        )
    return lines


def against(
    right: Float[np.ndarray, "seeds texts"], own: Mapping[str, Float[np.ndarray, "seeds texts"]]
) -> dict[str, float]:
    """How far an arm is above each of `AGAINST` that is there, seed by seed."""
    found: dict[str, float] = {}
    for name, other in AGAINST.items():
        if other in own:
            found |= flat(name, crossed_mean(1.0 * right - own[other]))
    return found


def flat(name: str, found: MeanEstimate) -> dict[str, float]:
    """An estimate as fields of a line."""
    error = 0.0 if found.error != found.error else found.error
    values = (found.mean, found.low, found.high, error)
    names = (name, f"{name}_low", f"{name}_high", f"{name}_error")
    return {key: round(float(value), 6) for key, value in zip(names, values, strict=True)}


def options(description: str | None, data: Sequence[str]) -> argparse.ArgumentParser:
    """What a script over several data sets is told: which of them, and where results are kept."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", nargs="+", default=data, choices=data)
    parser.add_argument("--results", type=Path, default=Path("runs/rankings"))
    return parser


def main() -> None:
    """Makes the comparisons that are missing, and writes them among those made before."""
    parser = options(__doc__, DATA)
    parser.add_argument("--search", nargs="+", default=list(SEARCHES), choices=SEARCHES)
    given = parser.parse_args()
    lines = []
    for data in given.data:
        regimes = ("frozen",) if data in ALONE else REGIMES
        for title in [next(iter(SEARCHES))] if data in ALONE else given.search:
            progress.tell(f"{data}: {title}")
            folder = given.results / data
            chosen = compared(data, SEARCHES[title], folder, regimes)
            lines += objects_of(data, title, chosen, folder)
    every = joined(lines, FOLDER, "rankings", "data", "search")
    every.sort(key=lambda line: (DATA.index(line["data"]), [*SEARCHES].index(line["search"])))
    write(table(every), FOLDER, "rankings")


if __name__ == "__main__":
    main()
