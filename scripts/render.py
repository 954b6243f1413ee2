"""Rows into the tables and figures beside them and into the README, for all of `results/`; with `--check` drift fails.

Between `<!-- table FOLDER MEASURES -->` and `<!-- end -->` the README holds the summary of a folder's table. With `--check`
nothing is written. Figures are checked for being there only: their bytes depend on the version of matplotlib.

    python scripts/render.py
    python scripts/render.py --check
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from embexp import records
from embexp.experiments import load
from embexp.report import figures, writers
from embexp.report.tables import Table, comparison

ROOT = Path(__file__).parent.parent
FIGURES = {"plane.png": figures.plane, "emergence.png": figures.emergence}


README = ROOT / "README.md"
PLACE = re.compile(r"(<!-- table (\S+) (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)


def table(folder: Path, measures: Sequence[str] | None = None) -> Table:
    """The comparison of a folder's rows, with its experiment's measures unless others are asked for."""
    experiment = load(str(ROOT / "experiments" / f"{folder.name}.py"))
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


def render(folder: Path) -> None:
    """Writes the table and the figures of one folder."""
    (folder / "table.md").write_text(writers.markdown(table(folder)), encoding="utf-8")
    rows = records.read_rows(folder)
    for name, draw in FIGURES.items():
        figures.save(draw(rows), folder / name)
    print(f"{folder}: table.md, {', '.join(FIGURES)}")


def drift(folder: Path) -> list[str]:
    """What differs between a folder and its rows."""
    missing = [f"{folder / name} is missing" for name in FIGURES if not (folder / name).exists()]
    path = folder / "table.md"
    same = path.exists() and path.read_text(encoding="utf-8") == writers.markdown(table(folder))
    return missing + ([] if same else [f"{path} is not what its rows give; run python scripts/render.py"])


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
