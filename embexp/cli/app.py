"""The program `embexp`: its commands, its exit codes, and one sentence for each error."""

import os
import sys
import warnings
from collections.abc import Sequence
from io import TextIOWrapper
from typing import Any, NoReturn

from cyclopts import App, CycloptsError, UnusedCliTokensError

from embexp import printable
from embexp.cli.compare import compare
from embexp.cli.data import data
from embexp.cli.measure import measure
from embexp.cli.predict import predict
from embexp.cli.reports import figure, report, table
from embexp.cli.sweeps import run
from embexp.cli.tensorboard import tensorboard
from embexp.cli.train import train
from embexp.cli.vectors import vectors
from embexp.cli.verify import verify
from embexp.errors import InputError

app = App(
    name="embexp",
    help=(
        "Compare embedding training regimes: which vectors to start from, whether to freeze "
        "them, what the table learns. Every command takes --plugin NAME, which loads encoders, "
        "regimes, measures and tokenizers of your own, and --debug."
    ),
    suppress_keyboard_interrupt=False,
)
SHOWING = (table, figure, report, tensorboard)
for command in (run, compare, predict, *SHOWING, verify, measure, vectors, data):
    app.command(command)
vectors.command(train)


def stop(code: int, sentence: str) -> NoReturn:
    """Ends the process with one line on the standard error."""
    warn(sentence)
    raise SystemExit(code)


def warn(message: Any, *_: Any, **__: Any) -> None:
    """Shows a warning as one line, without the place in the code."""
    print("embexp:", printable.sentence(" ".join(str(message).split())), file=sys.stderr)


def _of_command(error: InputError | CycloptsError) -> str:
    """The sentence for a mistake of the user's, or in the words of a command."""
    if isinstance(error, UnusedCliTokensError):
        words = " ".join(error.unused_tokens or ())
        return f"{words!r} belongs to no option; leave it out, or quote a value that has spaces"
    return str(error)


def _of_machine(error: OSError | MemoryError) -> str:
    """The sentence for a disk that is full or broken, or for memory that is short."""
    if isinstance(error, MemoryError):
        return "there is not enough memory; read fewer rows, or take a machine with more"
    place = error.filename or "a temporary file"
    return (
        f"{place} cannot be read or written: {error.strerror or error}; make room there, or give "
        "another place (TMPDIR is that of temporary files)"
    )


def plugins_in(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """The words without `--plugin NAME`, and the names.

    Raises:
        InputError: an option without a name.
    """
    rest, named, given = [], [], iter(words)
    for word in given:
        option, _, name = word.partition("=")
        if option != "--plugin":
            rest.append(word)
            continue
        named.append(name or next(given, ""))
        if not named[-1] or named[-1].startswith("-"):
            raise InputError("--plugin needs a name: an entry point, a module or a .py file")
    return rest, named


def load_plugins(named: Sequence[str]) -> None:
    """Loads plug-ins, after those that the environment names; without any, it imports nothing."""
    if named or "EMBEXP_PLUGINS" in os.environ:
        from embexp import plugins

        plugins.load_named()
        for name in named:
            plugins.load(name)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs a command; `embexp.cli.main` says with which exit codes."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [word for word in given if word != "--debug"]
    if arguments is None:
        warnings.showwarning = warn
        if isinstance(sys.stdout, TextIOWrapper):  # letters that it lacks become escapes
            sys.stdout.reconfigure(errors="backslashreplace")
    try:
        words, named = plugins_in(given)
        load_plugins(named)
        app(words, exit_on_error=False, print_error=False)
    except (InputError, CycloptsError) as error:
        if debug:
            raise
        stop(2, _of_command(error))
    except BrokenPipeError:
        sys.stderr.close()
    except (OSError, MemoryError) as error:
        if debug:
            raise
        stop(2, _of_machine(error))
    except Exception as error:
        if debug:
            raise
        stop(1, f"{type(error).__name__}: {error} (--debug shows where)")
