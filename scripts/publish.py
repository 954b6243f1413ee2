"""Runs an experiment into `results/` and draws its table and figures there: what the project publishes.

python scripts/publish.py quickstart
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pages
from render import render

from embexp.cli import main as embexp


def publish(name: str, then: Callable[[Path], None] = lambda folder: None) -> None:
    """One experiment: its rows, what `then` makes of the models it kept, its tables and figures. Logits and models are not published."""
    folder = Path("results", name)
    try:
        embexp(["run", name, "--results", "results"])
    except SystemExit as end:  # a command ends the process; 0 is well
        if end.code:
            raise
    then(folder)
    for unpublished in ("logits", "models"):
        shutil.rmtree(folder / unpublished, ignore_errors=True)
    render(folder)
    pages.write()


if __name__ == "__main__":
    for each in sys.argv[1:] or sys.exit("publish.py NAME …: give the names of experiments"):
        publish(each)
