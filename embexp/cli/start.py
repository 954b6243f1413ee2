"""The start of the program: it watches for signals before anything heavy is imported."""

from collections.abc import Sequence

from embexp.cli import signals


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command: the program's own, or the given words within another program.

    The exit code is 0, or 2 for a user's mistake, or 1 for a failure inside, which `--debug`
    shows where it happened. The program itself ends with 130 or 143 when it is stopped;
    within another program KeyboardInterrupt goes through.
    """
    if arguments is None:
        signals.watch()
    from embexp.cli import app

    try:
        app.main(arguments)
    except SystemExit as ended:
        if arguments is None and isinstance(ended.code, int):
            signals.end(ended.code)
        raise
    if arguments is None:
        signals.end(0)
