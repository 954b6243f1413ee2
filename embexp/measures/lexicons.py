"""Lexicons: the valence of words, by name or from a user's file.

A valence of 0 is neutral; its sign is the word's polarity.
"""

import re
from pathlib import Path

from embexp.errors import InputError
from embexp.measures import data_files, lexicons_cjk
from embexp.measures.data_files import Location

WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
"""One word of letters, with hyphens or apostrophes inside."""

NEUTRAL_WARRINER = 5.0
"""The middle of the scale from 1 to 9 that Warriner's raters used."""

LEXICONS = {
    "vader": Location(("lexicons/vader_lexicon.txt.gz",), ("vaderSentiment", "vader_lexicon.txt")),
    "huliu": Location(
        ("lexicons/huliu.positive-words.txt.gz", "lexicons/huliu.negative-words.txt.gz")
    ),
    "warriner": Location(("lexicons/warriner2013.csv.gz",)),
}
"""Where the known lexicons of English lie."""
OTHER_LANGUAGES = lexicons_cjk.LEXICONS
"""Lexicons of other languages, read where they are named."""


def lexicon(name_or_path: str | Path) -> dict[str, float]:
    """The valence of each lower-cased word, by name or from a file of `word<TAB>valence` lines.

    - `vader` (Hutto & Gilbert 2014): mean of ten raters, −4 to 4; emoticons and other
      entries that are no words are left out.
    - `huliu` (Hu & Liu 2004): −1 or 1; the three words in both lists are left out.
    - `warriner` (Warriner, Kuperman & Brysbaert 2013): mean valence minus 5, the middle
      of the scale, so −4 to 4.
    - `zh-hownet`, `ja-tohoku`, `ko-kosac`: see `lexicons_cjk`.

    Raises:
        InputError: an unknown name, a missing file, a line that is not a word and a
            number, or words of one polarity only.
    """
    known = LEXICONS | OTHER_LANGUAGES
    name, paths = data_files.resource_files(name_or_path, "lexicon", known, "word<TAB>valence")
    valences = _READERS.get(name, _valences)(paths)
    if len({value > 0 for value in valences.values() if value}) < 2:
        raise InputError(
            f"the lexicon {str(name_or_path)!r} has words of one polarity only, and both are "
            "needed; give valences below and above 0"
        )
    return valences


def _valences(paths: list[Path]) -> dict[str, float]:
    valences = dict(data_files.read_entries(paths[0], _valence, "a word, a tab and a number"))
    if not valences:
        raise InputError(f"{paths[0]} holds no word with a valence")
    return valences


def _valence(fields: list[str]) -> tuple[str, float] | None:
    value = data_files.number(fields[1]) if len(fields) > 1 else None
    return None if value is None else (fields[0].lower(), value)


def _vader(paths: list[Path]) -> dict[str, float]:
    return {word: value for word, value in _valences(paths).items() if WORD.fullmatch(word)}


def _huliu(paths: list[Path]) -> dict[str, float]:
    positive, negative = (
        {text.strip().lower() for _, text in data_files.read_lines(path)} for path in paths
    )
    return lexicons_cjk.signed(positive, negative)


def _warriner(paths: list[Path]) -> dict[str, float]:
    (_, header), *lines = data_files.read_lines(paths[0])
    word, valence = map(data_files.fields(header).index, ("Word", "V.Mean.Sum"))
    rows = (text.split(",") for _, text in lines)
    return {row[word].lower(): float(row[valence]) - NEUTRAL_WARRINER for row in rows}


_READERS = {"vader": _vader, "huliu": _huliu, "warriner": _warriner} | lexicons_cjk.READERS
