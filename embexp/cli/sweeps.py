"""The command `run`, and what it shares with `compare`: showing the table."""

import shlex
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from embexp.cli import signals
from embexp.cli.options import HERE, Format, Many, On, Place, Whole, print_table
from embexp.cli.plan import due, print_plan
from embexp.comparing.sweeps import finished, fit_baselines, sweep, tuned
from embexp.comparing.tables import written

if TYPE_CHECKING:
    from embexp.report.formatting import Table
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
        How the table is printed; for reading in a terminal by default.
    """
    from embexp.runner import experiments

    chosen = experiments.load(experiment)
    specs = experiments.specs_of(chosen, seeds=seeds, settings=set, only=only)
    folder, save = results / chosen.name, save_models or chosen.save_models
    fixed = [*chosen.fixed, *experiments.given_settings(set)] if chosen.trials else []
    executor = place.executes()
    if dry_run:
        next_ones = due(specs, folder, chosen.trials, chosen.searches, fixed=fixed)
        print_plan(next_ones, folder, save, format)
        return
    tasks: Tasks = {}
    names = ("baseline", "by", "measures", "family", "margin", "published", "source")
    shown = {name: getattr(chosen, name) for name in names}
    tried: Collection[str] = ()
    if chosen.trials:
        specs, tried = tuned(
            specs,
            folder,
            searches=range(chosen.searches),
            trials=chosen.trials,
            fixed=fixed,
            executor=executor,
            tasks=tasks,
            told=signals.tell,
        )
    signals.tell(finished(specs, folder))
    sweep(specs, folder, save, executor, tasks=tasks)
    fit_baselines(specs, folder, tasks)
    show(specs, folder, format, tried=tried, **shown)


def show(
    specs: "Sequence[Spec]",
    folder: Path,
    format: Format | None,
    **options: Any,
) -> "Table":
    """Writes the table beside the rows, with that of the search, and prints it.

    Args:
        options: those of `written`.
    """
    from embexp import progress

    made = written(folder, **options)
    print_table(made.table, format)
    figures = f"figures: embexp figure {shlex.quote(str(folder))}"
    progress.tell(" · ".join([*made.files, figures]), "dim")
    made.check(specs, folder)
    return made.table
