"""The command line: a user's words into a sweep, a table, a figure, vectors; each
command imports what it needs when it runs.
"""

import os
import sys
from collections.abc import Sequence
from typing import NoReturn

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
    help="Compare embedding training regimes: which vectors to start from, whether to freeze them, what the table learns.",
    suppress_keyboard_interrupt=False,
)
for command in (run, compare, table, figure, report, measure, vectors, data):
    app.command(command)
vectors.command(train)


def stop(code: int, sentence: str) -> NoReturn:
    """One line on the standard error, and the exit code."""
    print("embexp:", *sentence.split(), file=sys.stderr)
    raise SystemExit(code)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command: exit code 0, 2 for a user's mistake, 1 for a failure inside;
    `--debug` shows where it failed.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    try:
        app([word for word in given if word != "--debug"], exit_on_error=False, print_error=False)
    except (InputError, CycloptsError) as error:
        if debug:
            raise
        stop(2, str(error))
    except KeyboardInterrupt:
        try:
            stop(
                130,
                "stopped; sweeps and trainings go on from what they have kept when the same command is given again",
            )
        finally:
            if (
                arguments is None
            ):  # threads of XLA may still be at work: leave without waiting for them, which can crash
                sys.stderr.flush()
                os._exit(130)
    except BrokenPipeError:
        sys.stderr.close()
    except Exception as error:
        if debug:
            raise
        stop(1, f"{type(error).__name__}: {error} (--debug shows where)")
