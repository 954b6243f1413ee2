"""What is said to a user who asks for something that cannot be done."""

from collections.abc import Iterable
from difflib import get_close_matches


class InputError(ValueError):
    """A user's mistake, in one sentence that names the value, the place and the way out; the command line exits with 2."""


def unknown(what: str, name: str, known: Iterable[str]) -> InputError:
    """The error for a name that is not known, with the nearest known names first: `unknown regime 'glov-tuned'; …`."""
    names = sorted(known)
    near = get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}?" if near else f"known: {', '.join(names)}"
    return InputError(f"unknown {what} {name!r}; {hint}")
