"""The commands `run` and `compare`: specs into results, with the time left, and their
table at the end.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from embexp.cli.options import Format, Many, On, Whole, column, print_json, print_table
from embexp.cli.reports import table_of
from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.spec import Spec


def run(
    experiment: str,
    *,
    seeds: Annotated[int | None, Whole] = None,
    set: Annotated[list[str], Many] = [],
    only: Annotated[list[str], Many] = [],
    results: Path = Path("runs"),
    keep_models: Annotated[bool, On] = False,
    dry_run: Annotated[bool, On] = False,
    format: Format | None = None,
) -> None:
    """Run the cells of an experiment that are missing, then show its table.

    Parameters
    ----------
    experiment
        A file such as experiments/quickstart.py, or its name.
    seeds
        How many seeds; the experiment says how many by default.
    set
        Settings for every cell, such as epochs=3 rate=0.01.
    only
        Only the cells with these values, such as regime=glove-tuned regime=random.
    results
        Where results are kept, in a folder for each experiment.
    keep_models
        Keep the trained parameters of every cell too, for `embexp vectors export` and
        `embexp.trained`.
    dry_run
        Print the cells, programs, memory and time, and run nothing.
    format
        How the table is printed; by default for the eye.
    """
    from embexp import experiments

    chosen = experiments.load(experiment)
    specs = experiments.cells(chosen, seeds=seeds, settings=set, only=only)
    show = {
        "dry_run": dry_run,
        "format": format,
        "baseline": chosen.baseline,
        "by": chosen.by,
        "measures": chosen.measures,
    }
    sweep_and_show(
        specs, results / chosen.name, keep_models=keep_models or chosen.keep_models, **show
    )


def compare(
    corpus: str,
    *,
    text: str | None = None,
    label: str | None = None,
    header: bool = True,
    vectors: Annotated[list[str], Many] = ["glove-6b-50d"],
    regimes: Annotated[list[str], Many] = [
        "random",
        "glove-frozen",
        "glove-tuned",
        "permuted",
        "random-labels",
    ],
    encoder: Annotated[list[str], Many] = ["mean"],
    seeds: Annotated[int, Whole] = 5,
    set: Annotated[list[str], Many] = [],
    results: Path = Path("runs"),
    keep_models: Annotated[bool, On] = False,
    dry_run: Annotated[bool, On] = False,
    format: Format | None = None,
) -> None:
    """Compare regimes on your own labelled texts: a CSV, TSV, JSONL or Parquet file, a
    folder of splits, or a data set's name.

    Parameters
    ----------
    corpus
        The file, folder or name (see `embexp data list`); hub:NAME for a hub data set.
    text
        The column of the texts, by name, or by number counted from 0 with --no-header.
    label
        The column of the labels.
    header
        Whether the first line names the columns.
    vectors
        Pretrained vectors, by name or file; several make several arms.
    regimes
        Which regimes to compare.
    encoder
        Which encoders: mean, cnn, lstm.
    seeds
        How many seeds.
    set
        Settings for every cell, such as epochs=3 rate=0.01.
    results
        Where results are kept.
    keep_models
        Keep the trained parameters of every cell too, for `embexp vectors export` and
        `embexp.trained`.
    dry_run
        Print the cells, programs, memory and time, and run nothing.
    format
        How the table is printed; by default for the eye.
    """
    from embexp.experiments import setting
    from embexp.spec import grid

    if seeds < 1:
        raise InputError(f"--seeds {seeds} makes no cells; give 1 or more")
    columns = {"text": column(text, header), "label": column(label, header), "header": header}
    fields = {"vectors": vectors, "regime": regimes, "encoder": encoder, "seed": list(range(seeds))}
    changes = dict(setting(each, "--set") for each in set)
    if given := [name for name in ("corpus", *columns) if name in changes]:
        raise InputError(
            f"--set {given[0]}=… is given twice over; {given[0]} is an argument of compare, so leave --set out for it"
        )
    for key in changes.keys() & {
        "windows",
        "cosines",
        "similarity",
    }:  # a list is one value of these, not several cells
        changes[key] = tuple(changes[key]) if isinstance(changes[key], list) else changes[key]
    specs = grid(corpus=corpus, **columns, **fields | changes)
    name = Path(corpus).name.partition(".")[0].replace(":", "-") or "compare"
    sweep_and_show(specs, results / name, keep_models=keep_models, dry_run=dry_run, format=format)


def sweep_and_show(
    specs: "Sequence[Spec]",
    folder: Path,
    *,
    keep_models: bool,
    dry_run: bool,
    format: Format | None,
    baseline: str | None = None,
    by: str = "regime",
    measures: Sequence[str] | None = None,
) -> None:
    """Runs what is missing with a progress bar, writes the table beside the rows, and prints it."""
    from embexp import progress, sweep

    with progress.saying("reading the data"):
        groups = sweep.groups_of(sweep.missing(specs, folder, keep_models=keep_models))
    if dry_run:
        if format not in (None, "json"):
            raise InputError(
                f"--dry-run has no table to be printed as {format}; leave --format out, or give json"
            )
        print_plan(groups, len({spec.digest for spec in specs}), folder, format)
        return
    done: dict[int, int] = {}

    with progress.counting(
        "training", sum(len(group.specs) * group.task.schedule.steps for group in groups)
    ) as show:

        def on_step(group: Any, step: int) -> None:
            done[id(group)] = step * len(group.specs)
            show(sum(done.values()), f"{group.specs[0].encoder}, {len(group.specs)} cells")

        rows = sweep.run(specs, results=folder, keep_models=keep_models, progress=on_step)
    from embexp import records
    from embexp.report import writers
    from embexp.report.entries import fitting

    shown = table_of(folder, measures=measures, **fitting(records.read_cells(folder), baseline, by))
    (folder / "table.md").write_text(writers.markdown(shown), encoding="utf-8")
    print_table(shown, format)
    made = f"{folder / 'table.md'} · {folder / 'rows.jsonl'} · figures: embexp figure {shlex.quote(str(folder))}"
    progress.console.print(made, style="dim", highlight=False, markup=False, soft_wrap=True)
    if not {row["digest"] for row in rows} & {spec.digest for spec in specs}:
        raise RuntimeError(f"every cell failed, and {folder / 'cells.jsonl'} says why")


def print_plan(groups: Sequence[Any], cells: int, folder: Path, format: Format | None) -> None:
    """What a sweep would do: each group's cells, and programs, memory and time in all."""
    from embexp import sweep
    from embexp.sweep.plan import cell_bytes

    if format == "json":
        print_json(
            [
                {
                    "digest": spec.digest,
                    "program": group.program + 1,
                    **spec.model_dump(mode="json"),
                }
                for group in groups
                for spec in group.specs
            ]
        )
        return
    missing = sum(len(group.specs) for group in groups)
    print(f"{cells} cells, {cells - missing} of them finished in {folder}")
    for group in groups:
        first, task = group.specs[0], group.task
        size = f"{len(task.vocabulary)} words × {task.dim}, {task.schedule.steps} steps, {task.padding:.2f}× the true tokens"
        print(
            f"  program {group.program + 1}: {first.corpus}, {first.encoder}, {len(group.specs)} cells, {size}"
        )
        for spec in group.specs:
            print(f"    {spec.digest}  {spec.arm}")
    memory = max((group.size * cell_bytes(group.specs[0]) for group in groups), default=0)
    programs = len({group.program for group in groups})
    minutes = sweep.estimate_seconds(groups) / 60
    print(
        f"{missing} cells to run in {programs} programs; about {memory / 2**30:.1f} GiB; about {minutes:.1f} minutes"
    )
