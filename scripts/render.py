"""Rows into the tables and figures beside them and into the README, for all of `results/`; with `--check` drift fails.

Between `<!-- table FOLDER MEASURES -->` and `<!-- end -->` the README holds the summary of a folder's table. With `--check`
nothing is written. Figures are checked for being there only: their bytes depend on the version of matplotlib.

    python scripts/render.py
    python scripts/render.py --check
"""

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from embexp import records
from embexp.experiments import Experiment, load
from embexp.report import drawing, emergence, figures, writers
from embexp.report.tables import Table, comparison

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
PLACE = re.compile(r"(<!-- table (\S+) (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def experiment_of(folder: Path) -> Experiment:
    """The experiment that a folder has its rows from."""
    return load(str(ROOT / "experiments" / f"{folder.name}.py"))


def table(folder: Path, measures: Sequence[str] | None = None) -> Table:
    """The comparison of a folder's rows, with its experiment's measures unless others are asked for."""
    experiment = experiment_of(folder)
    rows, cells, damaged = records.read_rows(folder), records.read_cells(folder), records.damage(folder)
    return comparison(rows, cells, measures or experiment.measures, experiment.baseline, damaged=damaged)


def readme() -> str:
    """The README with its tables made anew; measures stand in one block."""

    def filled(place: re.Match[str]) -> str:
        shown = table(ROOT / place[2], split(place[3]))
        return f"{place[1]}\n{writers.summary(shown)}\n{place[4]}"

    return PLACE.sub(filled, README.read_text(encoding="utf-8"))


def split(measures: str) -> list[str]:
    """Names separated by commas, but not by those inside parentheses."""
    return re.findall(r"[^,(]+(?:\([^)]*\))?", measures)


def drawings(folder: Path) -> Mapping[str, Callable[[], "Figure"]]:
    """The figures that a folder's rows are enough for, by file; curves against a setting are of its experiment's measures."""
    rows = records.read_rows(folder)
    wanted = {"dial": lambda: figures.dial(rows, experiment_of(folder).measures)}
    return {f"{name}.png": wanted.get(name, draw) for name, draw in figures.drawable(rows).items()}


def texts(folder: Path) -> dict[str, str]:
    """The tables that a folder's rows are enough for, in Markdown."""
    rows, cells = records.read_rows(folder), records.read_cells(folder)
    made = {"table.md": table(folder)}
    if emergence.enough(rows):
        made["emergence.md"] = emergence.table(rows, cells, damaged=records.damage(folder))
    return {name: writers.markdown(each) for name, each in made.items()}


def render(folder: Path) -> None:
    """Writes the tables and the figures of one folder."""
    written = texts(folder)
    for name, text in written.items():
        (folder / name).write_text(text, encoding="utf-8")
    for name, draw in drawings(folder).items():
        drawing.save(draw(), folder / name)
    print(f"{folder}: {', '.join([*written, *drawings(folder)])}")


def drift(folder: Path) -> list[str]:
    """What differs between a folder and its rows."""
    found = [f"{folder / name} is missing" for name in drawings(folder) if not (folder / name).exists()]
    for name, text in texts(folder).items():
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != text:
            found.append(f"{folder / name} is not what its rows give; run python scripts/render.py")
    return found


if __name__ == "__main__":
    folders = sorted(path.parent for path in (ROOT / "results").glob(f"*/{records.CELLS}"))
    if "--check" in sys.argv[1:]:
        found = [line for folder in folders for line in drift(folder)]
        if README.read_text(encoding="utf-8") != readme():
            found.append(f"{README} does not show what the rows give; run python scripts/render.py")
        print("\n".join(found) or f"{len(folders)} published tables are what their rows give")
        sys.exit(bool(found))
    for folder in folders:
        render(folder)
    README.write_text(readme(), encoding="utf-8")
