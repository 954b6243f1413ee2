"""The command line: `embexp run`, `compare`, `table`, `figure` and `data`; every command imports what it needs when it runs."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter, Token

from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.report.tables import Table
    from embexp.spec import Spec

Format = Literal["md", "latex", "csv", "html", "json"]
Many = Parameter(consume_multiple=True, negative=())
On = Parameter(negative=())


def whole(_: Any, tokens: Sequence[Token]) -> int:
    """A whole number; left to itself, cyclopts rounds 1.5."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"a whole number is needed, not {tokens[0].value!r}") from None


Whole = Parameter(converter=whole)

app = App(
    name="embexp",
    help="Compare embedding training regimes: which vectors to start from, whether to freeze them, what the table learns.",
    suppress_keyboard_interrupt=False,
)
data = App(name="data", help="Data sets: where they come from, their splits, checksums and terms.")
app.command(data)


@app.command
def run(
    experiment: str,
    *,
    seeds: Annotated[int | None, Whole] = None,
    set: Annotated[list[str], Many] = [],
    only: Annotated[list[str], Many] = [],
    results: Path = Path("runs"),
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
    dry_run
        Print the cells, programs, memory and time, and run nothing.
    format
        How the table is printed; by default for the eye.
    """
    from embexp import experiments

    chosen = experiments.load(experiment)
    specs = experiments.cells(chosen, seeds=seeds, settings=set, only=only)
    sweep_and_show(specs, results / chosen.name, dry_run=dry_run, format=format, baseline=chosen.baseline, measures=chosen.measures)


@app.command
def compare(
    corpus: str,
    *,
    text: str | None = None,
    label: str | None = None,
    header: bool = True,
    vectors: Annotated[list[str], Many] = ["glove-6b-50d"],
    regimes: Annotated[list[str], Many] = ["random", "glove-frozen", "glove-tuned", "permuted", "random-labels"],
    encoder: Annotated[list[str], Many] = ["mean"],
    seeds: Annotated[int, Whole] = 5,
    set: Annotated[list[str], Many] = [],
    results: Path = Path("runs"),
    dry_run: Annotated[bool, On] = False,
    format: Format | None = None,
) -> None:
    """Compare regimes on your own labelled texts: a CSV, TSV, JSONL or Parquet file, a folder of splits, or a data set's name.

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
    for key in changes.keys() & {"windows", "cosines"}:  # a list is one value of these, not several cells
        changes[key] = tuple(changes[key]) if isinstance(changes[key], list) else changes[key]
    specs = grid(corpus=corpus, **columns, **fields | changes)
    name = Path(corpus).name.partition(".")[0].replace(":", "-") or "compare"
    sweep_and_show(specs, results / name, dry_run=dry_run, format=format)


def column(name: str | None, header: bool) -> str | int | None:
    """A column's name, or its number where the file has no header."""
    if header or name is None:
        return name
    if not name.isdecimal():
        raise InputError(f"with --no-header columns are numbers counted from 0, not {name!r}")
    return int(name)


def sweep_and_show(
    specs: "Sequence[Spec]",
    folder: Path,
    *,
    dry_run: bool,
    format: Format | None,
    baseline: str | None = None,
    measures: Sequence[str] | None = None,
) -> None:
    """Runs what is missing with a progress bar, writes the table beside the rows, and prints it."""
    from embexp import progress, sweep

    with progress.saying("reading the data"):
        groups = sweep.groups_of(sweep.missing(specs, folder))
    if dry_run:
        print_plan(groups, len(specs), folder)
        return
    done = {id(group): 0 for group in groups}

    with progress.counting("training", sum(len(group.specs) * group.task.schedule.steps for group in groups)) as show:

        def on_step(group: Any, step: int) -> None:
            done[id(group)] = step * len(group.specs)
            show(sum(done.values()), f"{group.specs[0].encoder}, {len(group.specs)} cells")

        sweep.run(specs, results=folder, progress=on_step)
    shown = table_of(folder, measures=measures, baseline=baseline)
    from embexp.report import writers

    (folder / "table.md").write_text(writers.markdown(shown), encoding="utf-8")
    print_table(shown, format)
    progress.console.print(
        f"[dim]{folder / 'table.md'} · {folder / 'rows.jsonl'} · figures: embexp figure {folder}[/dim]", highlight=False, soft_wrap=True
    )


def print_plan(groups: Sequence[Any], cells: int, folder: Path) -> None:
    """What a sweep would do: each group's cells, and programs, memory and time in all."""
    from embexp import sweep
    from embexp.sweep.plan import cell_bytes

    missing = sum(len(group.specs) for group in groups)
    print(f"{cells} cells, {cells - missing} of them finished in {folder}")
    for group in groups:
        first, task = group.specs[0], group.task
        size = f"{len(task.vocabulary)} words × {task.dim}, {task.schedule.steps} steps, {task.padding:.2f}× the true tokens"
        print(f"  program {group.program + 1}: {first.corpus}, {first.encoder}, {len(group.specs)} cells, {size}")
        for spec in group.specs:
            print(f"    {spec.digest}  {spec.arm}")
    memory = max((group.size * cell_bytes(group.specs[0]) for group in groups), default=0)
    programs = len({group.program for group in groups})
    minutes = sweep.estimate_seconds(groups) / 60
    print(f"{missing} cells to run in {programs} programs; about {memory / 2**30:.1f} GiB; about {minutes:.1f} minutes")


@app.command
def table(
    name: str,
    *,
    format: Format | None = None,
    measure: Annotated[list[str], Many] = [],
    baseline: str | None = None,
    at: Literal["picked", "last", "start"] = "picked",
    stratum: str = "all",
) -> None:
    """Show the comparison table of results, with intervals and differences from a baseline.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    format
        How the table is printed; by default for the eye.
    measure
        Which measures.
    baseline
        The regime that the others are compared with.
    at
        The step that validation picked, the last, or the start.
    stratum
        Words whose rows were updated that often: all, 0, 1-4, 5-99, 100-999, >=1000.
    """
    print_table(table_of(folder_of(name), measures=measure or None, baseline=baseline, moment=at, stratum=stratum), format)


@app.command
def figure(
    name: str, *, out: Path | None = None, measure: Annotated[list[str], Many] = [], kind: Literal["svg", "png", "pdf"] = "png"
) -> None:
    """Draw the semantic–sentiment plane and the emergence curves of results.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    out
        The folder that the figures go to; that of the results by default.
    measure
        The measures of the curves.
    kind
        The kind of file.
    """
    from embexp import records
    from embexp.report import figures

    folder = folder_of(name)
    rows = records.read_rows(folder)
    for title, drawn in (("plane", figures.plane(rows)), ("emergence", figures.emergence(rows, measure or None))):
        path = (out or folder) / f"{title}.{kind}"
        figures.save(drawn, path)
        print(path)


@data.command(name="list")
def list_data(*, format: Literal["json"] | None = None) -> None:
    """List the data sets that are known by name, and the vectors."""
    from embexp.data.corpora import CORPORA
    from embexp.vectors.named import VECTORS

    known = [("data set", source.name, source.summary) for source in CORPORA.values()]
    known += [("vectors", name, source.summary) for name, source in VECTORS.items()]
    if format == "json":
        print_json([{"kind": kind, "name": name, "summary": summary} for kind, name, summary in known])
        return
    for kind, name, summary in known:
        print(f"{kind:9} {name:20} {summary}")


@data.command
def info(
    corpus: str, *, text: str | None = None, label: str | None = None, header: bool = True, format: Literal["json"] | None = None
) -> None:
    """Say where a data set comes from: its splits, classes, duplicates across splits, checksum and terms.

    Parameters
    ----------
    corpus
        A name (see `embexp data list`), hub:NAME, or a file or folder of your own.
    text
        The column of the texts in a file.
    label
        The column of the labels.
    header
        Whether the first line names the columns.
    format
        json for a list with one object.
    """
    from embexp.data import describe

    facts = describe(corpus, text=column(text, header), label=column(label, header), header=header)
    if format == "json":
        print_json([facts])
        return
    for name, fact in facts.items():
        items = [f"{key} {value}" for key, value in fact.items()] if isinstance(fact, dict) else fact if isinstance(fact, list) else [fact]
        print(f"{name:11} {', '.join(map(str, items))}")


def folder_of(name: str) -> Path:
    """The folder of results that a path or a name stands for: in runs/ first, then in results/."""
    for folder in (Path(name), Path("runs", name), Path("results", name)):
        if (folder / "cells.jsonl").is_file():
            return folder
    from embexp.errors import unknown

    raise unknown("results", name, {path.parent.name for root in ("runs", "results") for path in Path(root).glob("*/cells.jsonl")})


def table_of(folder: Path, **options: Any) -> "Table":
    """The comparison table of a folder's rows."""
    from embexp import records
    from embexp.report.tables import comparison

    return comparison(records.read_rows(folder), records.read_cells(folder), damaged=records.damage(folder), **options)


def print_table(shown: "Table", format: Format | None) -> None:
    """Onto the standard output: for the eye on a terminal, Markdown where it is piped, or as asked."""
    from embexp.report import writers

    if format is None and sys.stdout.isatty():
        from rich import print as rich_print

        rich_print(writers.terminal(shown))
    else:
        print(writers.FORMATS[format or "md"](shown), end="")


def print_json(objects: list[dict[str, Any]]) -> None:
    """A list of objects, and nothing else."""
    import json

    print(json.dumps(objects, indent=1, ensure_ascii=False))


def stop(code: int, sentence: str) -> NoReturn:
    """One line on the standard error, and the exit code."""
    print("embexp:", *sentence.split(), file=sys.stderr)
    raise SystemExit(code)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command: exit code 0, 2 for a user's mistake, 1 for a failure inside; `--debug` shows where it failed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app([word for word in given if word != "--debug"], exit_on_error=False, print_error=False)
    except (InputError, CycloptsError) as error:
        if debug:
            raise
        stop(2, str(error))
    except KeyboardInterrupt:
        stop(130, "stopped; finished cells are kept, and the same command goes on from there")
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:
        if debug:
            raise
        stop(1, f"{type(error).__name__}: {error} (--debug shows where)")
