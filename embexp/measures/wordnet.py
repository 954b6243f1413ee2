"""Read synonyms and antonyms from WordNet's own data files, as wndb(5WN) describes them."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from embexp.errors import InputError
from embexp.measures import data_files

PARTS = ("adj", "adv", "noun", "verb")
"""Parts of speech, which are also the suffixes of WordNet's data files."""

ANTONYM = re.compile(r" ! (\d{8}) \w ([\da-f]{2})([\da-f]{2})(?!\S)")
"""A pointer to an antonym: the other synset's offset, and the words' numbers in hexadecimal."""

Pair = tuple[str, str, str, str]
"""Relation (synonym or antonym), part of speech ("" where none is given), and two words."""


class _Synset(NamedTuple):
    """A line of WordNet's data files.

    Args:
        antonyms: for each antonym the number of the word here (from 1), the other
            synset's offset and the number of the word there.
    """

    words: list[str]
    antonyms: list[tuple[int, str, int]]


def read_dict(folder: Path) -> Iterator[Pair]:
    """The single words of WordNet's `dict` folder that are synonyms or antonyms.

    Synonyms are the words of one synset, antonyms the pointers `!` between words.
    """
    for part in PARTS:
        synsets = dict(_synsets(data_files.user_file(folder / f"data.{part}", "WordNet")))
        for synset in synsets.values():
            words = synset.words
            yield from (
                ("synonym", part, a, b)
                for i, a in enumerate(words)
                for b in words[i + 1 :]
                if "_" not in a + b
            )
            for source, offset, target in synset.antonyms:
                a, b = words[source - 1], synsets[offset].words[target - 1]
                if "_" not in a + b:
                    yield "antonym", part, a, b


def _synsets(path: Path) -> Iterator[tuple[str, _Synset]]:
    """Each synset by its offset; antonyms never lead to another part's file."""
    for line, text in data_files.read_lines(path):
        if text.startswith(" "):  # the licence
            continue
        try:
            synset = text.partition(" | ")[0]
            offset, _, _, count, *fields = synset.split()
            words = [word.partition("(")[0] for word in fields[: 2 * int(count, 16) : 2]]
        except ValueError as error:
            raise InputError(
                f"{path}, line {line} is no synset of WordNet; is it WordNet's own dict folder?"
            ) from error
        antonyms = [
            (int(source, 16), other, int(target, 16))
            for other, source, target in ANTONYM.findall(synset)
        ]
        yield offset, _Synset(words, antonyms)
