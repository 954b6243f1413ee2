"""What a comparison is made of, and the runs that answer it."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from embexp import progress
from embexp.comparing.beyond import (
    Variant,
    check_data,
    chosen,
    of_other_data,
    variants,
    within_labels,
)
from embexp.comparing.effort import FEWEST, Effort
from embexp.comparing.sweeps import Told, finished, fit_baselines, sweep

if TYPE_CHECKING:
    from embexp.spec import Spec
    from embexp.tasks import Tasks


class Request(NamedTuple):
    """What is compared.

    specs: the runs of every arm, on the texts' own split and with all labels.
    folder: of the results.
    fixed: settings that stay as they are.
    """

    specs: "list[Spec]"
    folder: Path
    effort: Effort
    fixed: Sequence[str]

    @property
    def variants(self) -> list[Variant]:
        """The runs, with those on other splits and with fewer labels."""
        return variants(self.specs, self.effort.splits, self.effort.budgets, self.fixed)

    def beside(self, tasks: "Tasks") -> "list[Spec]":
        """The runs at settings that other data sets chose, where trials choose others."""
        return of_other_data(self.variants, self.fixed, tasks) if self.effort.trials else []


def request(
    data: Mapping[str, Any],
    arms: Mapping[str, Any],
    settings: Mapping[str, Any],
    *,
    results: Path,
    effort: Effort,
    tasks: "Tasks",
) -> Request:
    """The runs of every arm, tuned by cross-validation where there are few labels.

    Args:
        data: the corpus and its columns.
        arms: vectors, regimes and encoders.
        settings: in place of those of a search.
        results: the folder of the folder.
        tasks: where data that are read are kept.
    """
    from embexp.grids import grid
    from embexp.search import SETTINGS

    name = Path(data["corpus"]).name.partition(".")[0].replace(":", "-")
    folder = results / (name or "compare")
    data = {**data, "corpus": as_recorded(data["corpus"], folder)}
    fields = {**data, **SETTINGS, **arms, "seed": range(effort.seeds), **settings}
    specs, fixed = grid(**fields), [*settings]
    if effort.trials:
        specs = within_labels(specs, fixed, tasks)
    return Request(specs, folder, effort, fixed)


def as_recorded(corpus: str, folder: Path) -> str:
    """The path of a corpus as the runs of a folder have it, if theirs is the same file.

    Runs are so found again under another path, such as `./mine.csv` for `mine.csv`.
    """
    from embexp import records
    from embexp.data.registry import CORPORA

    if corpus in CORPORA or not (os.path.exists(corpus) and (folder / records.RUNS).exists()):
        return corpus
    known = {run["spec"]["corpus"] for run in records.read_runs(folder).values()}
    others = (each for each in known - CORPORA.keys() if os.path.exists(each))
    same = [each for each in others if Path(each).samefile(corpus)]
    return corpus if corpus in known else min(same, default=corpus)


class Compared(NamedTuple):
    """Runs that were made.

    specs: of every arm at the settings that were chosen, on all splits and with all budgets.
    first: those of them with all labels on the first split.
    asked: the digests of all that is shown, baselines among them.
    tried: the digests of the trials.
    """

    specs: "list[Spec]"
    first: "list[Spec]"
    asked: set[str]
    tried: set[str]


def compared(
    asked: Request,
    training: Mapping[str, Any],
    *,
    told: Told = lambda finished: None,
    save_models: bool = False,
) -> Compared:
    """Tunes and trains all arms, and fits the baselines.

    Args:
        training: options of `sweep`, `executor` and `tasks`.
    """
    check_data(asked.variants, training["tasks"])
    trials, minutes = asked.effort.trials, asked.effort.minutes
    if minutes is not None:
        asked, most = within(minutes, asked, training)
        trials = min(trials, most)
    every, folder, fixed = asked.variants, asked.folder, asked.fixed
    options = {"trials": trials, "fixed": fixed, "told": told, **training}
    runs, tried = chosen(every, folder, options)
    beside = asked.beside(training["tasks"])
    told(finished([*runs, *beside], folder))
    sweep([*runs, *beside], folder, save_models, **training)
    shown = fit_baselines(runs, folder, training["tasks"])
    shown |= {run.digest for run in (*runs, *beside)}
    return Compared(runs, runs[: len(asked.specs)], shown, tried)


def within(minutes: float, asked: Request, training: Mapping[str, Any]) -> tuple[Request, int]:
    """The comparison that fits into some minutes, and how many trials and seeds of each arm.

    The fewest trials come first, and show how long a run takes. Where the fewest of all are too
    many, the largest budgets are left out, and then splits.

    Args:
        training: options of `sweep`.
    """
    from embexp import records
    from embexp.runner.tuning import seconds_of, trials_of

    first = trials_of(asked.specs, FEWEST, asked.fixed)
    sweep(first, asked.folder, title="trials", **training)
    runs = records.read_runs(asked.folder)
    each = sum(runs[spec.digest]["seconds"] for spec in first) / len(first)

    def takes(asked: Request, count: int) -> float:
        most = min(asked.effort.trials, count), min(asked.effort.seeds, count)
        return sum(seconds_of(variant.specs, each, *most) for variant in asked.variants) / 60

    kept = asked
    while takes(kept, FEWEST) > minutes and (smaller := kept.effort.smaller()):
        kept = kept._replace(effort=smaller)
    counts = range(max(asked.effort.trials, asked.effort.seeds), FEWEST, -1)
    count = next((count for count in counts if takes(kept, count) <= minutes), FEWEST)
    progress.tell(f"{count} trials and seeds of each arm, {each:.1f} s a trial", "dim")
    if left := asked.effort.beyond(kept.effort):
        progress.tell(f"left out, as {minutes:g} minutes are too short for them: {left}")
    if (most := takes(kept, count)) > minutes:
        progress.tell(f"the fewest trials and seeds take longer, about {most:.0f} minutes")
    return kept._replace(specs=[spec for spec in kept.specs if spec.seed < count]), count


def best_of(best: Mapping[str, str | None], specs: "Sequence[Spec]") -> "Spec":
    """The run of an answer's arm with the first seed."""
    return next(spec for spec in specs if is_best(spec, best))


def is_best(spec: "Spec", best: Mapping[str, str | None]) -> bool:
    """Whether a run is of an answer's arm."""
    arm = spec.regime, spec.encoder
    return arm == (best["regime"], best["encoder"]) and best["vectors"] in (None, spec.vectors)


def save_best(
    best: Mapping[str, str | None], made: Compared, folder: Path, training: Mapping[str, Any]
) -> "Spec":
    """Saves the model of an answer's arm, of its first seed, for predictions; returns its run.

    Args:
        training: options of `sweep`.
    """
    spec = best_of(best, made.first)
    sweep([spec], folder, save_models=True, title="the chosen arm", **training)
    return spec
