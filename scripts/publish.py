"""Runs an experiment into `results/` and draws its table and figures there: what the project publishes.

python scripts/publish.py quickstart
"""

import shutil
import sys
from pathlib import Path

from render import README, readme, render

from embexp.cli import main as embexp

if __name__ == "__main__":
    names = sys.argv[1:] or sys.exit("publish.py NAME …: give the names of experiments")
    for name in names:
        try:
            embexp(["run", name, "--results", "results"])
        except SystemExit as end:  # a command ends the process; 0 is well
            if end.code:
                raise
        shutil.rmtree(Path("results", name, "logits"), ignore_errors=True)  # per-text logits are not published
        render(Path("results", name))
    README.write_text(readme(), encoding="utf-8")
