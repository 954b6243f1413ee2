"""Makes the tables and figures of all of `results/` from rows, and fills the pages with them.

With `--check` nothing is written, and what differs from the rows fails. Figures are checked
for being there only: their bytes depend on the version of matplotlib.

    python scripts/render.py
    python scripts/render.py --check
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pages
from pages import ROOT, experiment_of, read

from embexp import records
from embexp.comparing import rendered
from embexp.report import drawing, figures
from embexp.runner.searched import searches_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drawings(folder: Path) -> Mapping[str, Callable[[], "Figure"]]:
    """The figures that a folder's rows are enough for, by file.

    Curves against a setting are of its experiment's measures.
    """
    every = read(folder)
    rows = every.reported().rows
    wanted = {"sensitivity": lambda: figures.sensitivity(rows, experiment_of(folder).measures)}
    drawable = figures.drawable(rows, searches=searches_of(every))
    return {f"{name}.png": wanted.get(name, draw) for name, draw in drawable.items()}


def render(folder: Path) -> None:
    """Writes the tables and the figures of one folder."""
    texts = rendered.texts(folder, read(folder))
    for name, text in texts.items():
        (folder / name).write_bytes(text)
    for name, draw in drawings(folder).items():
        drawing.save(draw(), folder / name)
    print(f"{folder}: {', '.join([*texts, *drawings(folder)])}")


def drift(folder: Path) -> list[str]:
    """What differs between a folder and its rows."""
    missing = [name for name in drawings(folder) if not (folder / name).exists()]
    other = rendered.drift(folder, rendered.texts(folder, read(folder)))
    return [
        *(f"{folder / name} is missing" for name in missing),
        *(
            f"{folder / name} is not what its rows give; run python scripts/render.py"
            for name in other
        ),
    ]


if __name__ == "__main__":
    folders = sorted(path.parent for path in (ROOT / "results").glob(f"*/{records.RUNS}"))
    if "--check" in sys.argv[1:]:
        found = [line for folder in folders for line in drift(folder)] + pages.drift()
        print("\n".join(found) or f"{len(folders)} published tables are what their rows give")
        sys.exit(bool(found))
    for folder in folders:
        render(folder)
    pages.write()
