"""Runs an experiment into `results/` and draws its table and figures there: what the
project publishes.

Of an experiment with measures of its own those are kept, besides what figures draw, and
numbers have five digits: so rows stay small.

    python scripts/publish.py quickstart
"""

import shutil
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import pages
from render import render

from embexp import records
from embexp.cli import main as embexp
from embexp.measures import describe
from embexp.records import Cell, Row
from embexp.report.figures import EMERGENCE


def publish(name: str, then: Callable[[Path], None] = lambda folder: None) -> None:
    """One experiment: its rows, what `then` makes of the models it kept, its tables and
    figures. Logits and models are not published.
    """
    folder = Path("results", name)
    try:
        embexp(["run", name, "--results", "results"])
    except SystemExit as end:  # a command ends the process; 0 is well
        if end.code:
            raise
    then(folder)
    for unpublished in ("logits", "models"):
        shutil.rmtree(folder / unpublished, ignore_errors=True)
    shown = pages.experiment_of(folder)
    thin(
        folder,
        None if shown.measures is None else {*shown.measures, *EMERGENCE},
        curves=shown.curves,
    )
    render(folder)
    pages.write()


def thin(folder: Path, measures: Collection[str] | None, *, curves: bool = True) -> None:
    """Keeps the rows of some measures and of the task's, or all, their numbers with
    five digits; without curves at three moments only.
    """
    cells, rows, made = (
        records.read_cells(folder),
        records.read_rows(folder),
        folder.with_suffix(".thin"),
    )
    shutil.rmtree(made, ignore_errors=True)
    for digest, cell in cells.items():
        own = [row for row in rows if row["digest"] == digest]
        moments = {
            0,
            *(row["step"] for row in own if row["split"] == "test"),
            max((row["step"] for row in own), default=0),
        }
        own = [row for row in own if curves or row["step"] in moments]
        shown = (
            row
            for row in own
            if measures is None
            or row["measure"] in measures
            or describe(row["measure"]).what == "task"
        )
        kept = [Row(**{name: rounded(row[name]) for name in Row._fields}) for row in shown]
        records.append(made, kept, Cell(**{name: cell[name] for name in Cell._fields}))
    for name in (records.ROWS, records.CELLS):
        (made / name).replace(folder / name)
    made.rmdir()


def rounded(value: Any) -> Any:
    """A number with five digits; all else as it is."""
    return float(f"{value:.5g}") if isinstance(value, float) else value


if __name__ == "__main__":
    for each in sys.argv[1:] or sys.exit("publish.py NAME …: give the names of experiments"):
        publish(each)
