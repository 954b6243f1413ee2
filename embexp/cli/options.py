"""Options that commands share, and how they print tables and lists."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Parameter, Token

from embexp.errors import InputError

if TYPE_CHECKING:
    from embexp.report.formatting import Table

Format = Literal["md", "latex", "csv", "html", "json"]
Many = Parameter(consume_multiple=True, negative=())
On = Parameter(negative=())


def whole(_: Any, tokens: Sequence[Token]) -> int:
    """A whole number; left to itself, cyclopts rounds 1.5."""
    try:
        return int(tokens[0].value)
    except ValueError:
        raise ValueError(f"a whole number is needed, not {tokens[0].value!r}") from None


Whole = Parameter(converter=whole)


def column(name: str | None, header: bool) -> str | int | None:
    """A column's name, or its number where the file has no header."""
    if header or name is None:
        return name
    if not name.isdecimal():
        raise InputError(f"with --no-header columns are numbers counted from 0, not {name!r}")
    return int(name)


def print_table(shown: "Table", format: Format | None) -> None:
    """Prints a table: drawn on a terminal, Markdown where it is piped, or as asked."""
    from embexp.report import writers

    if format is None and sys.stdout.isatty():
        from rich import print as rich_print

        rich_print(writers.terminal(shown))
    else:
        print(writers.FORMATS[format or "md"](shown), end="")


def print_json(objects: list[dict[str, Any]]) -> None:
    """Prints a list of objects, and nothing else."""
    import json

    print(json.dumps(objects, indent=1, ensure_ascii=False))
