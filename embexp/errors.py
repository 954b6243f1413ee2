"""Errors that a user can cause."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from embexp.printable import sentence


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
    """
    names = sorted(known)
    if called := elsewhere.get(name.lower().replace("-", "_")):
        return InputError(f"unknown {what} {name!r}; here it is called {called}")
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    others = f"known: {', '.join(names)}" if names else "there are none yet"
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else others
    return InputError(f"unknown {what} {name!r}; {hint}")
