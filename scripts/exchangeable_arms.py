"""Do comparisons claim a difference between arms that are equal by construction?

In each of 200 small synthetic worlds two arms are tuned and compared as `embexp compare` does:
12 trials, 3 finalists with 3 more seeds, then 12 fresh seeds. All arms are the regime
`matched-gaussian` of the same vectors, with seeds of their own. Two of them share the draws of
hyper-parameters, as arms of one comparison do, and a third has other draws. The answers go to
`results/validity/exchangeable.md`. It trains 19,800 runs, in about half an hour on two free
cores; one that was stopped goes on where it was.

    python scripts/exchangeable_arms.py
    python scripts/exchangeable_arms.py --worlds 10 --trials 4
"""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from written import write

from embexp import grid, progress, records, run, storage
from embexp.measures.equivalence import POWER
from embexp.measures.statistics import wilson
from embexp.report.formatting import Grid, Table, bounds, number
from embexp.runner.tuning import tuned
from embexp.search import SETTINGS, TRIALS
from embexp.spec import Spec
from embexp.synthetic import make_world
from embexp.synthetic.exchangeable_arms import (
    QUANTILE,
    Comparison,
    Right,
    comparison,
    most_claims,
    slack,
    spread,
)

FOLDER = Path(__file__).parent.parent / "results" / "validity"
WORLDS, SEEDS = 200, 12
WORLD = "words=100,topics=4,texts=2000,length=20,unseen=0"
"""Every word stands in training texts, and texts are cut to the least length: worlds differ in
no shape, so that all share the compiled programs."""
MAX_LENGTH = 10
ARMS, SHARED = 3, 2
"""Arms of a world, and which shares its draws of hyper-parameters with the first."""
SHIFT = 500
"""Between the seeds of two searches that share their draws."""
FACTORS = {"topic": 1.0, "polarity": 1.0, "dim": 20}
"""What the pretrained vectors hold, whose mean and covariance the arms start from."""
UNMEASURED = {"similarity": (), "lexicon": None, "tracked_pairs": ()}


def arm(world: int, place: int, vectors: Path) -> list[Spec]:
    """The runs of one of a world's two arms; no two arms of all worlds share a seed."""
    first = (2 * world + place if place < SHARED else 2 * WORLDS + world) * SEEDS
    return grid(
        corpus=f"world:seed={world},{WORLD}",
        vectors=str(vectors),
        regime="matched-gaussian",
        encoder="mean",
        seed=range(first, first + SEEDS),
        max_length=MAX_LENGTH,
        **SETTINGS,
        **UNMEASURED,
    )


def answers(world: int, folder: Path, trials: int) -> list[Right]:
    """Which test texts the arms of a world have right; made where it is missing.

    The first two share nothing. The third has the draws of hyper-parameters of the first, as
    arms of one comparison do, and seeds of its own in the search and after it.
    """
    kept = folder / f"{world}.npy"
    right = [*np.load(kept, allow_pickle=False)] if kept.exists() else []
    vectors, results, tasks = folder / "vectors.vec", folder / str(world), {}
    for place in range(len(right), ARMS):
        shift = SHIFT if place == SHARED else 0

        def sweep(tried: Sequence[Spec], _: str, by: int = shift) -> list[dict[str, Any]]:
            own = [spec.model_copy(update={"seed": spec.seed + by}) for spec in tried]
            names = {new.digest: old.digest for new, old in zip(own, tried, strict=True)}
            rows = run(own, results=results, tasks=tasks)
            return [{**row, "digest": names.get(row["digest"], "")} for row in rows]

        specs = arm(world, place, vectors)
        number = 2 * world + (0 if place == SHARED else place)
        chosen, _ = tuned(specs, sweep, trials=trials, number=number)
        run(chosen, results=results, tasks=tasks)
        scores = records.read_scores(results)
        right.append(np.stack([scores[spec.digest]["accuracy"] for spec in chosen]))
        storage.replace(kept, lambda file: np.save(file, np.stack(right), allow_pickle=False))
    return right


def compared(worlds: int, folder: Path, trials: int) -> list[Comparison]:
    """The comparisons of all worlds."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (vectors := folder / "vectors.vec").exists():
        make_world(f"world:{WORLD}").vectors(**FACTORS).write(vectors)
    found = []
    with progress.counting("worlds", worlds) as done:
        for world in range(worlds):
            one, other, shared = answers(world, folder, trials)
            found.append(comparison(world, one, other, shared))
            done(world + 1, f"world {world}")
    return found


def claims(found: Sequence[Comparison]) -> Grid:
    """How many comparisons claim a difference, and whether that is as many as expected."""
    worlds, most, room = len(found), most_claims(len(found)), slack(len(found))
    claimed = sum(each.claimed for each in found)
    within = sum(each.claimed_within for each in found)
    together = sum(each.claimed_together for each in found)
    detected = sum(each.detected for each in found)

    def line(arms: str, count: int, expected: str, *, holds: bool) -> tuple[str, ...]:
        share = f"{number(count / worlds)} {bounds(*wilson(count / worlds, worlds))}"
        return arms, str(count), share, expected, "yes" if holds else "no"

    return Grid(
        "",
        ("arms", "differences claimed", "share [95 %]", "expected", "holds"),
        (
            line("in one comparison", together, f"at most {most}", holds=together <= most),
            line("each in its own", claimed, f"at most {most}", holds=claimed <= most),
            line("halves of one arm", within, f"at most {most}", holds=within <= most),
            line(
                "with a planted difference",
                detected,
                f"{number(POWER)} ± {number(room)}",
                holds=abs(detected / worlds - POWER) <= room,
            ),
        ),
        1,
    )


def over_worlds(found: Sequence[Comparison]) -> Grid:
    """How large accuracies, differences and their errors are."""
    differences, errors = spread(found)
    accuracies = [(each.one + each.other) / 2 for each in found]
    planted, seen = ([getattr(each, name) for each in found] for name in ("planted", "found"))
    return Grid(
        "Over worlds",
        ("quantity", "value"),
        (
            ("mean accuracy", number(float(np.mean(accuracies)))),
            ("least and greatest", f"{number(min(accuracies))}, {number(max(accuracies))}"),
            ("root mean square difference of exchangeable arms", number(differences, 4)),
            ("root mean square of its standard error", number(errors, 4)),
            ("mean planted difference", number(float(np.mean(planted)), 4)),
            ("mean difference seen where it is planted", number(float(np.mean(seen)), 4)),
        ),
        1,
    )


def table(found: Sequence[Comparison], trials: int) -> Table:
    """False claims, planted differences that were found, and what lies behind both."""
    worlds = len(found)
    return Table(
        title="Do comparisons claim differences that are not there?",
        caption=(
            (
                f"{worlds} worlds ({WORLD}), each with arms `matched-gaussian` of the same "
                f"vectors. Each arm is searched ({trials} trials) and has {SEEDS} fresh seeds. "
                "A difference is claimed where the 95 % interval of the difference of test "
                "accuracy, over seeds and texts, excludes zero."
            ),
            (
                "The planted difference is the least that a comparison finds with power "
                f"{number(POWER)}, as it promises itself: right answers of one arm become wrong at "
                "random. The expected share is given with three standard errors."
            ),
            (
                "False claims are compared with the number that intervals of 95 % exceed in less "
                f"than {100 * (1 - QUANTILE):.0f} % of cases."
            ),
            (
                "Arms in one comparison share the draws of hyper-parameters, and no seed. Arms "
                "that share nothing also differ in what their two searches chose, which an "
                "interval over seeds and texts does not cover: numbers of two comparisons are not "
                "to be set against each other. The halves of one arm's seeds share a choice."
            ),
        ),
        summary=(claims(found),),
        details=(over_worlds(found),),
        notes=(),
        objects=tuple(
            {
                name: round(value, 6) if isinstance(value, float) else value
                for name, value in asdict(each).items()
            }
            for each in found
        ),
    )


def main() -> None:
    """Makes the runs that are missing, and writes the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--worlds", type=int, default=WORLDS)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--results", type=Path, default=Path("runs/exchangeable"))
    given = parser.parse_args()
    found = compared(given.worlds, given.results / f"trials-{given.trials}", given.trials)
    print(write(table(found, given.trials), FOLDER, "exchangeable"))


if __name__ == "__main__":
    main()
