"""Does the order of tuned arms hold when the search has twice the trials, or other draws?

On eight data sets the arms `random`, `frozen` and `tuned` are searched three times; the
answers go to `results/validity/rankings.md`. It needs the data sets and GloVe 6B 100d below
EMBEXP_DATA, and about two hours on two cores; one that was stopped goes on where it was.

    python scripts/rankings.py
    python scripts/rankings.py --data subj sms
"""

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float
from written import joined, write

from embexp import grid, progress, records, run
from embexp.malloc import keep_memory
from embexp.measures import describe
from embexp.measures.variance import MeanEstimate, crossed_mean
from embexp.report.against_baselines import CLOSE
from embexp.report.answer import answer, right_of, validation_loss
from embexp.report.arms import BASELINE, arms_of
from embexp.report.formatting import HOLE, Grid, Table, inside, number
from embexp.report.headline import headline
from embexp.runner.baselines import baselines_of, run_baselines
from embexp.runner.tuning import tuned
from embexp.search import SETTINGS, TRIALS
from embexp.spec import Spec
from embexp.tasks import Tasks

FOLDER = Path(__file__).parent.parent / "results" / "validity"
DATA = ("mr", "subj", "sst2", "sms", "clickbait", "agnews", "20news", "imdb")
REGIMES = ("random", "frozen", "tuned")
SEEDS = 12
UNMEASURED = {
    "similarity": (),
    "lexicon": None,
    "tracked_pairs": (),
    "polarity_corpus": "validation",
}
"""Nothing is measured of tables but polarity, which is not looked at."""
TF_IDF = f"{BASELINE}tf-idf"
OPTIMUM = f"{BASELINE}mean-vectors"
COLUMNS = (*REGIMES, OPTIMUM, TF_IDF)
"""Whose scores are shown."""
AGAINST = {
    "above_random": "random",
    "above_frozen": "frozen",
    "above_means": OPTIMUM,
    "above_tf_idf": TF_IDF,
}
"""What every arm is compared with."""


class Search(NamedTuple):
    """One search of every arm: which draws, and how many."""

    number: int
    trials: int


SEARCHES = {
    "first": Search(0, TRIALS),
    "twice the trials": Search(0, 2 * TRIALS),
    "other draws": Search(1, TRIALS),
}


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

    def sweep(tried: Sequence[Spec], title: str) -> list[dict[str, Any]]:  # noqa: ARG001 - told
        return run(tried, results=folder, tasks=tasks)

    chosen, _ = tuned(specs, sweep, trials=search.trials, number=search.number)
    run(chosen, results=folder, tasks=tasks)
    run_baselines(chosen, results=folder, tasks=tasks)
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
    assert said is not None  # noqa: S101 - the arms differ in their regime only
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
                "best": arm.regime == said.best["regime"],
                "sure": said.sure and arm.regime == said.best["regime"],
                "seconds": round(seconds, 1),
            }
        )
    return lines


def against(
    right: Float[np.ndarray, "seeds texts"], own: Mapping[str, Float[np.ndarray, "seeds texts"]]
) -> dict[str, float]:
    """How far an arm is above each of `AGAINST`, seed by seed."""
    found: dict[str, float] = {}
    for name, other in AGAINST.items():
        found |= flat(name, crossed_mean(1.0 * right - own[other]))
    return found


def flat(name: str, found: MeanEstimate) -> dict[str, float]:
    """An estimate as fields of a line."""
    error = 0.0 if found.error != found.error else found.error
    values = (found.mean, found.low, found.high, error)
    names = (name, f"{name}_low", f"{name}_high", f"{name}_error")
    return {key: round(float(value), 6) for key, value in zip(names, values, strict=True)}


Lines = Sequence[Mapping[str, Any]]


def shown(line: Mapping[str, Any], name: str) -> str:
    """A value of a line with its interval."""
    low, high = line[f"{name}_low"], line[f"{name}_high"]
    return f"{number(line[name])} [{number(low)}, {number(high)}]"


def ranking(lines: Lines) -> str:
    """The arms of one comparison in the order of their validation losses."""
    return " < ".join(each["regime"] for each in lines if each["regime"] in REGIMES)


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
    """Whether the chosen arm beats the counting baseline, as its answer says."""
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
        levels.append((data, measure, search, *(shown(own[name], "score") for name in COLUMNS)))
    for data in dict.fromkeys(data for data, _ in comparisons):
        of = [each for each in lines if each["data"] == data]
        first = [each for each in of if each["search"] == next(iter(SEARCHES))]
        best = next(each for each in first if each["best"])
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
    same = sum(";" not in orders for _, orders, *_ in holds)
    turned = sum(found not in ("none", HOLE) for _, _, found, *_ in holds)
    ended = sum(of == "yes" for *_, of, _, _ in holds)
    said = Counter(last for *_, last in holds)
    return (
        f"Of {len(holds)} data sets {same} have one order by validation loss in every search, "
        f"{turned} a reversed difference and {ended} a frozen arm trained to its end; the chosen "
        f"arm is above TF-IDF on {said['above']} and below on {said['below']}."
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
                f"below in another; {HOLE} where one search was made. The optimum of the frozen "
                "arm is logistic regression on the "
                f"same mean vectors; trained to its end is not below it by more than {CLOSE} and "
                "two standard errors."
            ),
            counted(details[0].body),
        ),
        summary=(summary,),
        details=tuple(details),
        notes=(),
        objects=tuple(dict(each) for each in lines),
    )


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
    keep_memory()
    lines = []
    for data in given.data:
        for title in given.search:
            progress.tell(f"{data}: {title}")
            folder = given.results / data
            lines += objects_of(data, title, compared(data, SEARCHES[title], folder), folder)
    every = joined(lines, FOLDER, "rankings", "data", "search")
    every.sort(key=lambda line: (DATA.index(line["data"]), [*SEARCHES].index(line["search"])))
    write(table(every), FOLDER, "rankings")


if __name__ == "__main__":
    main()
