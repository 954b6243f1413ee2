"""Files of words with their polarity into `word → valence`, where 0 is neutral and the
sign is the polarity.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from embexp.errors import InputError, unknown
from embexp.measures import sources

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
"""One word of letters, with hyphens or apostrophes inside."""

NEUTRAL_WARRINER = 5.0
"""The middle of the scale from 1 to 9 that Warriner's raters used."""


class Lexicon(NamedTuple):
    """Where a lexicon lies and how it is read: a package and its file, files under
    `EMBEXP_DATA`, a reader of both.
    """

    package: tuple[str, str] | None
    files: tuple[str, ...]
    read: Callable[[list[Path]], dict[str, float]]


def lexicon(name_or_path: str | Path) -> dict[str, float]:
    """The valence of each word, lower-cased, by name (`LEXICONS`) or from a user's file
    of `word<TAB>valence` lines.

    - `vader` (Hutto & Gilbert 2014): mean of ten raters, −4 to 4; its emoticons and
      other entries that are no word are left out.
    - `huliu` (Hu & Liu 2004): −1 or 1; the three words that stand in both lists are
      left out.
    - `warriner` (Warriner, Kuperman & Brysbaert 2013): mean valence minus 5, the middle
      of the scale, so −4 to 4.

    Raises:
        InputError: an unknown name, a missing file, a line that is not a word and a
            number, or no word at all.
    """
    name = str(name_or_path)
    if name in LEXICONS:
        return LEXICONS[name].read(_find(name))
    if not Path(name).exists() and Path(name).name == name and not Path(name).suffix:
        raise unknown("lexicon (nor is there a file of that name)", name, LEXICONS)
    return _valences([sources.given(name, "lexicon")])


def _find(name: str) -> list[Path]:
    package, files, _ = LEXICONS[name]
    packaged = sources.in_package(*package) if package else None
    found = [packaged] if packaged else [path for path in map(sources.in_data, files) if path]
    if not packaged and len(found) < len(files):
        install = f"install {package[0]}, " if package else ""
        ways = f"{install}set {sources.ENVIRONMENT} to a folder that holds {' and '.join(files)}, or give a file of word<TAB>valence"
        raise InputError(f"the lexicon {name!r} is not on this machine; {ways}")
    return found


def _valences(paths: list[Path]) -> dict[str, float]:
    valences: dict[str, float] = {}
    for place, (line, text) in enumerate(sources.read_lines(paths[0])):
        parts = sources.fields(text)
        value = sources.number(parts[1]) if len(parts) > 1 else None
        if value is not None:
            valences[parts[0].lower()] = value
        elif place:
            raise InputError(
                f"{paths[0]}, line {line}: expected a word, a tab and a number, but this line is {text[:60]!r}"
            )
    if not valences:
        raise InputError(f"{paths[0]} holds no word with a valence")
    return valences


def _vader(paths: list[Path]) -> dict[str, float]:
    entries = (text.split("\t")[:2] for _, text in sources.read_lines(paths[0]) if "\t" in text)
    return {word.lower(): float(value) for word, value in entries if WORD.fullmatch(word)}


def _huliu(paths: list[Path]) -> dict[str, float]:
    positive, negative = (
        {text.strip().lower() for _, text in sources.read_lines(path)} for path in paths
    )
    return dict.fromkeys(sorted(positive - negative), 1.0) | dict.fromkeys(
        sorted(negative - positive), -1.0
    )


def _warriner(paths: list[Path]) -> dict[str, float]:
    (_, header), *lines = sources.read_lines(paths[0])
    word, valence = map(sources.fields(header).index, ("Word", "V.Mean.Sum"))
    rows = (text.split(",") for _, text in lines)
    return {row[word].lower(): float(row[valence]) - NEUTRAL_WARRINER for row in rows}


LEXICONS = {
    "vader": Lexicon(
        ("vaderSentiment", "vader_lexicon.txt"), ("lexicons/vader_lexicon.txt.gz",), _vader
    ),
    "huliu": Lexicon(
        None,
        ("lexicons/huliu.positive-words.txt.gz", "lexicons/huliu.negative-words.txt.gz"),
        _huliu,
    ),
    "warriner": Lexicon(None, ("lexicons/warriner2013.csv.gz",), _warriner),
}
