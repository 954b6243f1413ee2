"""Makes missing runs: trials, what they choose, baselines; with progress and the time left."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from embexp.malloc import keep_memory

if TYPE_CHECKING:
    from embexp.runner import Plan
    from embexp.runner.executors import Executor
    from embexp.spec import Spec
    from embexp.tasks import Tasks

Told = Callable[[Callable[[], str]], None]
"""Told what to ask from now on for how many runs are finished, should the program be stopped."""


def tuned(
    specs: "Sequence[Spec]",
    folder: Path,
    *,
    executor: "Executor | str" = "local",
    searches: Sequence[int] = (0,),
    tasks: "Tasks | None" = None,
    told: Told = lambda finished: None,
    **options: Any,
) -> "tuple[list[Spec], set[str]]":
    """The runs with what searches of each arm choose, and the digests of their trials.

    The searches are made here; options are those of `runner.tuning.tuned`.

    Args:
        searches: their numbers; each has other draws, and controls stand in the first alone.
    """
    from embexp import progress
    from embexp.runner import tuning

    chosen: list[Spec] = []
    tried: set[str] = set()

    def searched(trials: "Sequence[Spec]", title: str) -> list[dict[str, Any]]:
        tried.update(trial.digest for trial in trials)
        told(finished(trials, folder))
        return sweep(trials, folder, executor=executor, title=title, tasks=tasks)

    for number in searches:
        own = specs if number == searches[0] else tuning.without_controls(specs)
        found, choices = tuning.tuned(own, searched, number=number, **options)
        chosen += found
        for choice in choices:
            if choice.spec.selection != "paired":
                progress.tell(f"chosen for {choice}", "dim")
    return chosen, tried


def fit_baselines(specs: "Sequence[Spec]", folder: Path, tasks: "Tasks | None" = None) -> set[str]:
    """Fits the baselines that are missing; returns the digests of all."""
    from embexp import progress
    from embexp.runner.baselines import baselines_of, run_baselines

    with progress.saying("fitting the baselines"):
        run_baselines(specs, results=folder, tasks=tasks)
    return {baseline.digest for baseline in baselines_of(specs)}


def finished(specs: "Sequence[Spec]", folder: Path) -> Callable[[], str]:
    """Says how many of the runs are finished in the folder, whenever it is called."""
    from embexp import records

    digests = {spec.digest for spec in specs}
    return lambda: f"{len(digests & records.ended_well(folder))} of {len(digests)} runs finished"


def sweep(
    specs: "Sequence[Spec]",
    folder: Path,
    save_models: bool = False,
    executor: "Executor | str" = "local",
    title: str = "training",
    tasks: "Tasks | None" = None,
) -> list[dict[str, Any]]:
    """Makes the runs that are missing, with a progress bar that tells the time left.

    Returns:
        The rows of all runs of the folder.
    """
    from contextlib import ExitStack

    from embexp import progress, runner
    from embexp.comparing.pace import watching

    keep_memory()
    with ExitStack() as reading, ExitStack() as training:
        reading.enter_context(progress.saying("reading the data"))

        def on_plan(plan: "Plan") -> None:
            nonlocal passed
            reading.close()
            passed = training.enter_context(watching(plan, title))

        passed: Any = None
        return runner.run(
            specs,
            results=folder,
            save_models=save_models,
            executor=executor,
            tasks=tasks,
            on_plan=on_plan,
            on_step=lambda group, step: passed(group, step),
        )
