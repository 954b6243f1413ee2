"""Text from data as it may be shown: what a terminal would obey is written as an escape."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ud800-\udfff]")
"""Control characters, ends of lines, marks that turn the direction of writing, and lone
surrogates, which are no characters. Joiners stay: scripts and emoji need them."""
WORD = 200
"""The longest word of a sentence; of a longer one the two ends are shown."""
SENTENCE = 2000
"""The longest sentence: room for long paths and for a list of known names."""


def printable(text: object) -> str:
    r"""A text on one line, with escapes in place of what a terminal would obey.

    >>> print(printable("a\x1b[31mb\nc\u202ed"), printable("naïve 👩‍💻"))
    a\x1b[31mb\nc\u202ed naïve 👩‍💻
    """
    return OBEYED.sub(lambda found: ascii(found[0])[1:-1], str(text))


def sentence(text: str) -> str:
    """The same, with very long words, and what is too long as a whole, cut in the middle."""
    words = re.sub(r"\S+", lambda found: _cut(found[0], WORD), printable(text))
    return _cut(words, SENTENCE)


def quoted(value: object) -> str:
    """A value as Python writes it, also if it has too many digits or levels for that."""
    try:
        return repr(value)
    except (ValueError, RecursionError):
        return f"a very large {type(value).__name__}"


def _cut(text: str, most: int) -> str:
    """The two ends of a text that is longer than that."""
    half = most // 2
    return text if len(text) <= most else f"{text[:half]}…{text[1 - half :]}"


def json_text(objects: Iterable[Mapping[str, Any]], *, ascii_only: bool = False) -> str:
    """A list of objects as JSON that reads back as it was; control characters are escaped.

    Args:
        ascii_only: whether letters outside ASCII are escaped, too.
    """
    text = json.dumps(list(objects), indent=1, ensure_ascii=ascii_only, allow_nan=False)
    between = "\n"  # inside strings it is escaped already
    return OBEYED.sub(
        lambda found: found[0] if found[0] == between else f"\\u{ord(found[0]):04x}", f"{text}\n"
    )
