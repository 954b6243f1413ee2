"""Which column of a table holds the texts, and which the labels."""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import combinations

from embexp.errors import InputError

TEXT_NAMES = ("text", "sentence", "review", "content", "headline", "message")
LABEL_NAMES = ("label", "sentiment", "class", "category", "target", "polarity")


def choose_column(
    columns: Iterable[str],
    wanted: str | int | None,
    usual: Sequence[str],
    role: str,
    where: str,
    header: bool = True,
) -> str:
    """The column that is wanted, or by default the one whose name is among the usual ones.

    `role` is "text" or "label" and `where` names the file; both are for the error.

    Raises:
        InputError: no such column, or not exactly one with a usual name.
    """
    columns = list(columns)
    there = ", ".join(
        repr(name if len(name) <= 40 else name[:39] + "…") for name in columns[:12]
    ) + (", …" if len(columns) > 12 else "")
    if wanted is not None:
        if str(wanted) in columns:
            return str(wanted)
        near = get_close_matches(str(wanted), columns, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        if header and str(wanted).isdigit():
            hint = (
                "; columns are counted only in a file without a header (header=False, --no-header)"
            )
        raise InputError(f"{where} has no column {str(wanted)!r}, but {there}{hint}")
    found = [name for name in columns if name.strip().lower() in usual]
    if len(found) == 1:
        return found[0]
    why = (
        f"it could be {' or '.join(map(repr, found))}"
        if found
        else f"none of its columns ({there}) has a usual name"
    )
    raise InputError(
        f"{where}: which column holds the {role}s? {why}; name it with {role}=… (--{role} …)"
    )


def check_apart(where: str, columns: Mapping[str, str]) -> None:
    """Refuses one column for two purposes, by which the columns are given."""
    for (one, column), (other, same) in combinations(columns.items(), 2):
        if column == same:
            raise InputError(
                f"{where}: the column {column!r} was named for both {one} and {other}; name two"
            )
