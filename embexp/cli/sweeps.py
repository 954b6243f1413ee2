"""The command `run`, and what it shares with `compare`: making missing runs, showing the table."""

import shlex
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from embexp.cli import signals
from embexp.cli.options import HERE, Format, Many, On, Place, Whole, print_table
from embexp.cli.plan import due, print_plan
from embexp.cli.reports import table_from
from embexp.malloc import keep_memory

if TYPE_CHECKING:
    from embexp.report.formatting import Table
    from embexp.runner import Group, Plan
    from embexp.runner.executors import Executor
    from embexp.spec import Spec
    from embexp.tasks import Tasks


def run(
    experiment: str,
    *,
    seeds: Annotated[int | None, Whole] = None,
    set: Annotated[list[str], Many] = [],
    only: Annotated[list[str], Many] = [],
    results: Path = Path("runs"),
    save_models: Annotated[bool, On] = False,
    place: Place = HERE,
    dry_run: Annotated[bool, On] = False,
    format: Format | None = None,
) -> None:
    """Make the runs of an experiment that are missing, then show its table.

    Parameters
    ----------
    experiment
        A file such as experiments/quickstart.py, or its name.
    seeds
        How many seeds; the experiment says how many by default.
    set
        Settings for every run, such as epochs=3 learning_rate=0.01; a list such as
        learning_rate=[0.01,0.001] makes runs with each of its values.
    only
        Only the runs with these values, such as regime=tuned regime=random.
    results
        Where results are kept, in a folder for each experiment.
    save_models
        Save the trained parameters of every run too, for `embexp vectors export` and
        `embexp.trained`.
    dry_run
        Print the runs, programs, memory and time, and train nothing.
    format
        How the table is printed; by default for the eye.
    """
    from embexp.runner import experiments

    chosen = experiments.load(experiment)
    specs = experiments.specs_of(chosen, seeds=seeds, settings=set, only=only)
    folder, save = results / chosen.name, save_models or chosen.save_models
    fixed = [experiments.setting(each, "--set")[0] for each in set if chosen.trials]
    executor = place.executes()
    if dry_run:
        next_ones = due(specs, folder, chosen.trials, chosen.searches, fixed=fixed)
        print_plan(next_ones, folder, save, format)
        return
    tasks: Tasks = {}
    names = ("baseline", "by", "measures", "family", "margin")
    shown = {name: getattr(chosen, name) for name in names}
    tried: Collection[str] = ()
    if chosen.trials:
        specs, tried = tuned(
            specs,
            folder,
            searches=chosen.searches,
            trials=chosen.trials,
            fixed=fixed,
            executor=executor,
            tasks=tasks,
        )
    signals.tell(finished(specs, folder))
    sweep(specs, folder, save, executor, tasks=tasks)
    fit_baselines(specs, folder, tasks)
    show(specs, folder, format, tried=tried, **shown)


def tuned(
    specs: "Sequence[Spec]",
    folder: Path,
    *,
    executor: "Executor | str" = "local",
    searches: int = 1,
    tasks: "Tasks | None" = None,
    **options: Any,
) -> "tuple[list[Spec], set[str]]":
    """The runs with what searches of each arm choose, and the digests of their trials.

    The searches are made here; options are those of `runner.tuning.tune`.
    """
    from embexp import progress, records
    from embexp.runner import tuning

    chosen: list[Spec] = []
    tried: set[str] = set()

    def searched(trials: "Sequence[Spec]", title: str) -> list[dict[str, Any]]:
        tried.update(trial.digest for trial in trials)
        signals.tell(finished(trials, folder))
        sweep(trials, folder, executor=executor, title=title, tasks=tasks)
        return records.read_rows(folder)

    for number in range(searches):
        own = tuning.without_controls(specs) if number else specs
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
) -> None:
    """Makes the runs that are missing, with a progress bar that tells the time left."""
    from contextlib import ExitStack

    from embexp import progress, runner

    keep_memory()
    done: dict[str, int] = {}
    with ExitStack() as reading, ExitStack() as training:
        reading.enter_context(progress.saying("reading the data"))

        def on_plan(plan: "Plan") -> None:
            nonlocal advance
            reading.close()
            total = sum(len(group.specs) * group.schedule.steps for group in plan.groups)
            advance = training.enter_context(progress.counting(title, total))

        def on_step(group: "Group", step: int) -> None:
            done[group.specs[0].digest] = step * len(group.specs)
            advance(sum(done.values()), f"{group.static.encoder}, {len(group.specs)} runs")

        advance: Any = None
        options = {"save_models": save_models, "executor": executor, "tasks": tasks}
        runner.run(specs, results=folder, on_plan=on_plan, on_step=on_step, **options)


def show(
    specs: "Sequence[Spec]",
    folder: Path,
    format: Format | None,
    *,
    baseline: str | None = None,
    by: str = "regime",
    only: Collection[str] | None = None,
    tried: Collection[str] = (),
    **options: Any,
) -> "Table":
    """Writes the table beside the rows, with that of the search, and prints it.

    Args:
        only: digests of the runs that are shown; all of the folder if not given.
        tried: digests of the trials that chose their settings; there is no search without.
        options: those of `table_of`.
    """
    from embexp import progress, records
    from embexp.report import searches
    from embexp.report.comparison import fitting
    from embexp.runner.searched import searches_of

    found = records.read(folder)
    searched = found.with_trials(tried)
    found = found if only is None else found.of(only)
    runs = found.runs
    shown = table_from(folder, found, **options, **fitting(found.reported().runs, baseline, by))
    made = [keep(shown, folder / "table.md")]
    if of_arms := searches_of(searched):
        made.append(keep(searches.table(of_arms, searched.damaged), folder / "search.md"))
    print_table(shown, format)
    made.append(f"figures: embexp figure {shlex.quote(str(folder))}")
    progress.tell(" · ".join(made), "dim")
    if all(run["error"] is not None for spec in specs if (run := runs.get(spec.digest))):
        raise RuntimeError(f"every run failed, and {folder / records.RUNS} says why")
    return shown


def keep(table: "Table", path: Path) -> str:
    """Writes a table as Markdown; returns where."""
    from embexp import storage
    from embexp.report import writers

    text = writers.markdown(table).encode(errors="backslashreplace")
    storage.replace(path, lambda file: file.write(text))
    return str(path)
