"""The commands `table`, `figure` and `report`: rows that are there into what people look at."""

import ast
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from embexp.cli.options import Format, Many, On, print_table
from embexp.errors import InputError, unknown

if TYPE_CHECKING:
    from embexp.report.formatting import Table


def table(
    name: str,
    *,
    format: Format | None = None,
    measure: Annotated[list[str], Many] = [],
    baseline: str | None = None,
    by: str = "regime",
    at: Literal["picked", "last", "start"] = "picked",
    stratum: str = "all",
    emergence: Annotated[bool, On] = False,
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
        The regime, or the value of what --by names, that the others are compared with.
    by
        What is compared: regime, encoder, or another setting in which the cells differ.
    at
        The step that validation picked, the last, or the start.
    stratum
        Words whose rows were updated that often: all, 0, 1-4, 5-99, 100-999, >=1000.
    emergence
        Show instead when each measure rises, how far, whether it falls again, and
        whether sentiment comes before meaning.
    """
    if emergence:
        if baseline is not None or by != "regime" or at != "picked":
            raise InputError(
                "--emergence shows whole curves and no baseline; leave --at, --by and --baseline out"
            )
        print_table(
            emergence_of(folder_of(name), measures=measure or None, stratum=stratum), format
        )
        return
    print_table(
        table_of(
            folder_of(name),
            measures=measure or None,
            baseline=baseline,
            by=by,
            moment=at,
            stratum=stratum,
        ),
        format,
    )


def figure(
    name: str,
    *,
    out: Path | None = None,
    measure: Annotated[list[str], Many] = [],
    kind: Literal["svg", "png", "pdf"] = "png",
) -> None:
    """Draw the semantic–sentiment plane, the emergence curves, and the measures of
    sentiment by how often rows were updated.

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
    from embexp.report import drawing, figures

    folder = folder_of(name)
    rows = records.read_rows(folder)
    if not (drawable := figures.drawable(rows, measure)):
        raise InputError(
            f"{folder} has too little to draw: no word pairs with scores, and few logged steps; embexp table {name} shows it"
        )
    for title, draw in drawable.items():
        path = (out or folder) / f"{title}.{kind}"
        drawing.save(draw(), path)
        print(path)


def report(name: str, *, out: Path | None = None) -> None:
    """Write one page of HTML: what was run, tables, figures, holes, and how to read the numbers.

    Parameters
    ----------
    name
        A folder of results, or its name in runs/ or results/.
    out
        The file of the page; report.html beside the results by default.
    """
    from embexp import progress

    folder = folder_of(name)
    out = out or folder / "report.html"
    with progress.saying("drawing the page"):
        text = page_of(folder, f"embexp report {shlex.quote(name)}")
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"{out} cannot be written ({error.strerror}); give another file with --out"
        ) from error
    print(out)


def folder_of(name: str) -> Path:
    """The folder of results that a path or a name stands for: in runs/ first, then in results/."""
    for folder in (Path(name), Path("runs", name), Path("results", name)):
        if (folder / "cells.jsonl").is_file():
            return folder
    raise unknown(
        "results",
        name,
        {
            path.parent.name
            for root in ("runs", "results")
            for path in Path(root).glob("*/cells.jsonl")
        },
    )


def table_of(folder: Path, **options: Any) -> "Table":
    """The comparison table of a folder's rows."""
    from embexp import records
    from embexp.report.tables import comparison

    return comparison(
        records.read_rows(folder),
        records.read_cells(folder),
        damaged=records.damage(folder),
        **options,
    )


def emergence_of(folder: Path, **options: Any) -> "Table":
    """How the measures of a folder's rows emerge."""
    from embexp import records
    from embexp.report import emergence

    return emergence.table(
        records.read_rows(folder),
        records.read_cells(folder),
        damaged=records.damage(folder),
        **options,
    )


def page_of(folder: Path, command: str) -> str:
    """The page of a folder's rows, made by a command; question, baseline and measures
    are those of the experiment of that name.
    """
    from embexp import experiments, records
    from embexp.regimes import REGIMES
    from embexp.report.page import page

    options: dict[str, Any] = {"commands": [command]}
    try:
        path = experiments.find(folder.name)
    except InputError:
        pass  # the results of `embexp compare`, say
    else:
        experiment = experiments.load(str(path))
        question = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        options = {
            "question": question,
            "baseline": experiment.baseline,
            "by": experiment.by,
            "measures": experiment.measures or (),
            "commands": [f"embexp run {shlex.quote(experiment.name)}", command],
        }
    summaries = {regime: each.summary for regime, each in REGIMES.items()}
    rows, cells, damaged = (
        records.read_rows(folder),
        records.read_cells(folder),
        records.damage(folder),
    )
    return page(rows, cells, regimes=summaries, damaged=damaged, **options)
