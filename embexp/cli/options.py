"""Options that commands share, and how they print tables and lists."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Parameter, Token

from embexp.errors import InputError
from embexp.printable import json_text, printable

if TYPE_CHECKING:
    from embexp.report.formatting import Table
    from embexp.runner.executors import Executor

Format = Literal["md", "latex", "csv", "html", "json"]
Many = Parameter(consume_multiple=True, negative=())
On = Parameter(negative=())


MOST = 2**32 - 1
"""The largest whole number that an option takes: a seed may be that large, and nothing that
fits a machine is counted further."""


def whole(_: Any, tokens: Sequence[Token]) -> int:
    """A whole number; left to itself, cyclopts rounds 1.5."""
    try:
        number = int(tokens[0].value)
    except ValueError:  # also for thousands of digits
        raise ValueError(f"a whole number is needed, not {tokens[0].value!r}") from None
    if abs(number) > MOST:
        raise ValueError(f"a whole number up to {MOST} is needed, not {number}")
    return number


Whole = Parameter(converter=whole)


def number(_: Any, tokens: Sequence[Token]) -> float:
    """A number; left to itself, cyclopts takes nan, which is beyond no bound."""
    try:
        found = float(tokens[0].value)
    except ValueError:
        found = nan
    if isnan(found):
        raise ValueError(f"a number is needed, not {tokens[0].value!r}")
    return found


@Parameter(name="*")
@dataclass(frozen=True)
class Place:
    """Where runs are trained.

    Parameters
    ----------
    executor
        Where runs are trained: local, ray (a Ray cluster) or slurm (an array of jobs).
    address
        Of the Ray cluster, HOST:PORT; without it Ray works on this machine alone.
    partition
        Of Slurm, for the jobs.
    """

    executor: str = "local"
    address: str | None = None
    partition: str | None = None

    def executes(self) -> "Executor":
        """The executor.

        Raises:
            InputError: there is none of that name, or it has no such option.
        """
        from embexp import runner

        return runner.executor(self.executor, address=self.address, partition=self.partition)


HERE = Place()


def column(name: str | None, header: bool) -> str | int | None:
    """A column's name, or its number where the file has no header."""
    if header or name is None:
        return name
    if not (name.isdecimal() and len(name) < 10):
        raise InputError(f"with --no-header columns are numbers counted from 0, not {name!r}")
    return int(name)


def columns(header: bool, **names: str | None) -> dict[str, Any]:
    """Columns by their role, and whether the file has a header, as data are read by."""
    return {role: column(name, header) for role, name in names.items()} | {"header": header}


def say(text: object) -> None:
    """Prints one line, in which names and words from data are only text."""
    print(printable(text))


def print_table(shown: "Table", format: Format | None, *, wide: bool = False) -> None:
    """Prints a table: drawn on a terminal, Markdown where it is piped, or as asked.

    Args:
        wide: whether a table on a terminal may have lines of more than 80 columns.
    """
    from embexp.report import writers

    if format == "json":
        print_json([*shown.objects, *([shown.answer] if shown.answer else [])])
    elif format is None and sys.stdout.isatty():
        from rich import print as rich_print

        rich_print(writers.terminal(shown, wide=wide))
    else:
        print(writers.FORMATS[format or "md"](shown), end="")


def print_json(objects: Sequence[Mapping[str, Any]]) -> None:
    """Prints a list of objects, and nothing else."""
    text = json_text(objects)
    try:
        text.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:
        text = json_text(objects, ascii_only=True)
    print(text, end="")
