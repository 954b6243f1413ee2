"""What is computed from the runs of `theory_runs.py`: ranks, directions and coordinates."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float, Int
from theory_runs import RATES, SHRINK, Run, conditions, spec_of, trained

from embexp.measures.sentiment import log_odds
from embexp.measures.statistics import mean_interval, spearman
from embexp.measures.summary import STRATA
from embexp.report.formatting import bounds, number
from embexp.tasks import Task

LEAST_WORDS = 20


def direction(run: Run) -> Float[np.ndarray, "dim"]:
    """The first right singular vector of ΔE, towards the positive class of two."""
    first = np.linalg.svd(run.change, full_matrices=False)[2][0]
    return first * np.sign(first @ difference(run))


def difference(run: Run) -> Float[np.ndarray, "dim"]:
    """The head's two columns before training, positive minus negative."""
    return (run.head[:, 1] - run.head[:, 0]).astype(np.float64)


def odds(task: Task, labels: Int[np.ndarray, "texts"]) -> Float[np.ndarray, "vocab"]:
    """Each word's log-odds in the training texts."""
    return log_odds(task.train.ids.flat, task.train.ids.offsets, labels, len(task.vocabulary))[0]


def strata(task: Task, run: Run) -> dict[str, Bool[np.ndarray, "vocab"]]:
    """Words by the number of updates of their rows, and all that were updated."""
    words = np.arange(len(run.updates)) >= task.vocabulary.specials
    inside = {
        name: words & (run.updates >= low) & (run.updates <= high)
        for name, (low, high) in STRATA.items()
        if low > 0
    }
    return {
        "all updated": words & (run.updates > 0),
        **{name: rows for name, rows in inside.items() if rows.sum() >= LEAST_WORDS},
    }


def followed(task: Task, runs: Sequence[Run], true: bool) -> list[tuple[str, ...]]:
    """Spearman's ρ of coordinate and log-odds over seeds, by stratum.

    The odds are those of the true labels, or of the labels that were trained on.
    """
    found: dict[str, list[tuple[float, int]]] = {}
    for run in runs:
        known, coordinate = (
            odds(task, task.train.labels if true else run.labels),
            run.change @ direction(run),
        )
        for name, rows in strata(task, run).items():
            found.setdefault(name, []).append(
                (spearman(coordinate[rows], known[rows]), int(rows.sum()))
            )
    lines = []
    for name, rhos in found.items():
        mean, low, high = mean_interval([rho for rho, _ in rhos])
        words = "–".join(
            dict.fromkeys((str(min(n for _, n in rhos)), str(max(n for _, n in rhos))))
        )
        lines.append((name, f"{number(mean)} {bounds(low, high)}".rstrip(), words, str(len(rhos))))
    return lines


def log_mean(values: Sequence[float]) -> str:
    """The geometric mean with its interval, in powers of ten."""
    mean, low, high = (10**each for each in mean_interval(np.log10(values)))
    return f"{mean:.1e}" + (f" [{low:.1e}, {high:.1e}]" if low == low else "")


def rank_lines(optimiser: str, classes: int, runs: dict[str, list[Run]]) -> list[tuple[str, ...]]:
    """A table row per condition: what is left beyond the first classes − 1 directions."""
    lines = []
    for name, repeats in runs.items():
        wanted = conditions(optimiser)[name]
        derived = wanted.sgd if optimiser != "adam" else wanted.adam and classes == 2
        beyond = [run.spectrum[classes - 1] for run in repeats]
        left = [
            float((run.spectrum[classes - 1 :] ** 2).sum() / (run.spectrum**2).sum())
            for run in repeats
        ]
        rounding = float(np.mean([run.rounding for run in repeats]))
        inside = all(value <= run.rounding for value, run in zip(beyond, repeats, strict=True))
        expected = ("exact as ε → 0" if optimiser == "adam" else "exact") if derived else "no"
        shown = (log_mean(beyond), f"{rounding:.1e}", log_mean(left), "yes" if inside else "no")
        lines.append((str(classes), optimiser, name, expected, *shown, str(len(repeats))))
    return lines


def still(seeds: int) -> list[tuple[str, ...]]:
    """How many rows changed by a bit that should not have.

    They are the rows of frozen tables after a whole run, and those that no gradient has
    reached after three steps.
    """
    lines = []
    for optimiser in RATES:
        decayed = {"weight_decay": 10 * SHRINK / RATES[optimiser]["table_rate"]}
        frozen = trained(
            [spec_of(optimiser, seed, **{**decayed, "table_rate": 0.0}) for seed in range(seeds)]
        )
        tuned = trained([spec_of(optimiser, seed, **decayed) for seed in range(seeds)], stop=3)
        for what, runs, chosen in (
            (
                "frozen table, whole run",
                frozen,
                [np.ones(len(run.updates), bool) for run in frozen],
            ),
            (
                "tuned table, rows not reached in 3 steps",
                tuned,
                [run.updates == 0 for run in tuned],
            ),
            ("tuned table, rows reached in 3 steps", tuned, [run.updates > 0 for run in tuned]),
        ):
            changed = sum(
                int(moved(run)[rows].sum()) for run, rows in zip(runs, chosen, strict=True)
            )
            lines.append(
                (
                    what,
                    optimiser,
                    str(changed),
                    str(sum(int(rows.sum()) for rows in chosen)),
                    str(seeds),
                )
            )
    return lines


def moved(run: Run) -> Bool[np.ndarray, "vocab"]:
    """Rows that differ in a bit from their start."""
    return (run.start.view(np.uint32) != run.end.view(np.uint32)).any(axis=1)


def turned(optimiser: str, runs: Sequence[Run]) -> tuple[str, ...]:
    """Cosines of ΔE's direction with the head's difference u and with sign(u)."""
    cosines = [
        [
            float(direction(run) @ (each := towards(difference(run))) / np.linalg.norm(each))
            for run in runs
        ]
        for towards in (np.asarray, np.sign)
    ]
    means = [mean_interval(each) for each in cosines]
    return (
        optimiser,
        *(f"{number(mean, 5)} {bounds(low, high, 5)}".rstrip() for mean, low, high in means),
        str(len(runs)),
    )
