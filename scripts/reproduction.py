"""What scripts of reproductions share: the option `--quick`, and where their tables go."""

import argparse
from pathlib import Path

from written import write

from embexp.report.formatting import Table

FOLDER = Path(__file__).parent.parent / "results" / "reproductions"


def is_quick(description: str | None, reduction: str) -> bool:
    """Whether the command line asks for the reduction.

    Args:
        description: of the script, for `--help`.
        reduction: what is left in it.
    """
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help=f"{reduction}; only prints")
    return parser.parse_args().quick


def show(made: Table, name: str, *, quick: bool) -> None:
    """Prints a table and publishes it; that of a reduction stays in `runs`."""
    print(write(made, Path("runs") if quick else FOLDER, name))
