"""The program `embexp`: its commands, its exit codes, and one sentence for each error."""

import sys
import warnings
from collections.abc import Sequence
from typing import Any, NoReturn

from cyclopts import App, CycloptsError

from embexp.cli.data import data
from embexp.cli.measure import measure
from embexp.cli.reports import figure, report, table
from embexp.cli.sweeps import compare, run
from embexp.cli.train import train
from embexp.cli.vectors import vectors
from embexp.errors import InputError

app = App(
    name="embexp",
    help=(
        "Compare embedding training regimes: which vectors to start from, whether to freeze "
        "them, what the table learns."
    ),
    suppress_keyboard_interrupt=False,
)
for command in (run, compare, table, figure, report, measure, vectors, data):
    app.command(command)
vectors.command(train)


def stop(code: int, sentence: str) -> NoReturn:
    """Ends the process with one line on the standard error."""
    print("embexp:", *sentence.split(), file=sys.stderr)
    raise SystemExit(code)


def warn(message: Any, *_: Any, **__: Any) -> None:
    """Shows a warning as one line, without the place in the code."""
    print("embexp:", message, file=sys.stderr)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; `embexp.cli.main` says with which exit codes."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    if arguments is None:
        warnings.showwarning = warn
    try:
        app([word for word in given if word != "--debug"], exit_on_error=False, print_error=False)
    except (InputError, CycloptsError) as error:
        if debug:
            raise
        stop(2, str(error))
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:
        if debug:
            raise
        stop(1, f"{type(error).__name__}: {error} (--debug shows where)")
