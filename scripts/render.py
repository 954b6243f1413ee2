"""Rows into the tables and figures beside them, for all of `results/`; with `--check` nothing is written, and drift fails.

Figures are checked for being there only: their bytes depend on the version of matplotlib.

    python scripts/render.py
    python scripts/render.py --check
"""

import sys
from pathlib import Path

from embexp import records
from embexp.experiments import load
from embexp.report import figures, writers
from embexp.report.tables import comparison

ROOT = Path(__file__).parent.parent
FIGURES = {"plane.png": figures.plane, "emergence.png": figures.emergence}


def table(folder: Path) -> str:
    """The table of a folder's rows, as Markdown."""
    experiment = load(str(ROOT / "experiments" / f"{folder.name}.py"))
    rows, cells, damaged = records.read_rows(folder), records.read_cells(folder), records.damage(folder)
    return writers.markdown(comparison(rows, cells, experiment.measures, experiment.baseline, damaged=damaged))


def render(folder: Path) -> None:
    """Writes the table and the figures of one folder."""
    (folder / "table.md").write_text(table(folder), encoding="utf-8")
    rows = records.read_rows(folder)
    for name, draw in FIGURES.items():
        figures.save(draw(rows), folder / name)
    print(f"{folder}: table.md, {', '.join(FIGURES)}")


def drift(folder: Path) -> list[str]:
    """What differs between a folder and its rows."""
    missing = [f"{folder / name} is missing" for name in FIGURES if not (folder / name).exists()]
    path = folder / "table.md"
    same = path.exists() and path.read_text(encoding="utf-8") == table(folder)
    return missing + ([] if same else [f"{path} is not what its rows give; run python scripts/render.py"])


if __name__ == "__main__":
    folders = sorted(path.parent for path in (ROOT / "results").glob(f"*/{records.CELLS}"))
    if "--check" in sys.argv[1:]:
        found = [line for folder in folders for line in drift(folder)]
        print("\n".join(found) or f"{len(folders)} published tables are what their rows give")
        sys.exit(bool(found))
    for folder in folders:
        render(folder)
