"""The commands `table` and `figure`: rows that are there into what people look at."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from embexp.cli.options import Format, Many, print_table

if TYPE_CHECKING:
    from embexp.report.tables import Table


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
