"""Errors that a user can cause."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path

from embexp.printable import sentence

LISTED = 200
"""Names that are listed where none is near; more than that are only counted."""


class InputError(ValueError):
    """A user's mistake: a sentence that names the value, the place and the way out.

    The command line prints it and exits with 2. As text it is safe to print, whatever the
    value holds, and of no more than some lines.
    """

    def __str__(self) -> str:
        return sentence(super().__str__())


def unknown(
    what: str, name: str, known: Iterable[str], elsewhere: Mapping[str, str] = {}
) -> InputError:
    """The error for a name that is not known, with the nearest known names first.

    Args:
        elsewhere: what names of other libraries, in small letters, are called here.

    >>> unknown("regime", "rndom", ["random", "one-hot"])
    InputError("unknown regime 'rndom'; did you mean 'random'?")
    >>> unknown("results", "mine", [])
    InputError("unknown results 'mine'; there are none yet")
    >>> unknown("word", "電影", map(str, range(400_000)))
    InputError("unknown word '電影'; it is none of 400,000, and near to none")
    """
    names = sorted(known, key=in_order)
    if called := elsewhere.get(name.lower().replace("-", "_")):
        return InputError(f"unknown {what} {name!r}; here it is called {called}")
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    others = f"known: {', '.join(names)}" if names else "there are none yet"
    if len(names) > LISTED:
        others = f"it is none of {len(names):,}, and near to none"
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else others
    return InputError(f"unknown {what} {name!r}; {hint}")


def in_order(name: str) -> tuple[bool, int, str]:
    """A key that sorts whole numbers by their size, before names in alphabetical order."""
    return (False, len(name), name) if name.isdecimal() else (True, 0, name)


def no_file(path: str | Path, kind: str = "") -> InputError:
    """The error for a file that is not there, with those of its folder that have nearly its name.

    Args:
        kind: what the file was to be, such as `lexicon`.
    """
    file, near = Path(path), []
    with suppress(OSError):
        near = get_close_matches(file.name, [each.name for each in file.parent.iterdir()], 3, 0.75)
    hint = f"; did you mean {' or '.join(repr(str(file.with_name(name))) for name in near)}?"
    what = f"{kind} file" if kind else "file"
    return InputError(f"there is no {what} {str(path)!r}" + hint * bool(near))
