"""Word pairs with human similarity scores: SimLex-999, WordSim-353 and others, or a user's own."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embexp.errors import InputError
from embexp.measures import data_files
from embexp.measures.arrays import Items
from embexp.measures.data_files import Location


@dataclass(frozen=True)
class WordPairs:
    """Pairs of lower-cased words, each with a human score.

    A higher score means more alike, on whatever scale.
    """

    name: str
    words1: tuple[str, ...]
    words2: tuple[str, ...]
    scores: Items

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.scores)


_GENSIM = {
    "simlex999": ("gensim", "test/test_data/simlex999.txt"),
    "wordsim353": ("gensim", "test/test_data/wordsim353.tsv"),
}
SIMILARITY_SETS = {
    name: Location((f"similarity/{file}.txt.gz",), _GENSIM.get(name))
    for name, file in {
        "simlex999": "EN-SIMLEX-999",
        "wordsim353": "EN-WS-353-ALL",
        "wordsim353-sim": "EN-WS-353-SIM",
        "wordsim353-rel": "EN-WS-353-REL",
        "rg65": "EN-RG-65",
        "mc30": "EN-MC-30",
        "mturk287": "EN-MTurk-287",
        "verb143": "EN-VERB-143",
        "yp130": "EN-YP-130",
    }.items()
}
"""Where the known sets lie; gensim's test data holds two of them."""
OTHER_LANGUAGES = {
    name: Location((f"multilingual/similarity/{file}.txt.gz",))
    for name, file in {
        "zh-wordsim240": "zh.wordsim-240",
        "zh-wordsim297": "zh.wordsim-297",
        "ko-wordsim353": "ko.ws353",
        **{f"ja-jwsd-{part}": f"ja.jwsd-{part}" for part in ("noun", "verb", "adj", "adv")},
    }.items()
}
"""Sets of other languages than English, read where they are named: Chinese (Chen et al. 2015),
Korean (Park et al. 2018) and Japanese (Sakaizawa & Komachi 2018)."""


def similarity_pairs(name_or_path: str | Path) -> WordPairs:
    """Word pairs by name, or from a file of `word1, word2, score` lines.

    Names are those of `SIMILARITY_SETS` and `OTHER_LANGUAGES`. Fields are separated by tabs,
    commas or spaces, and the file may be gzipped. The score is the first number after the two
    words, so that the part of speech in SimLex-999's own file is passed over. A first line
    without a number is a header.

    Raises:
        InputError: an unknown name, a missing file, a line without two words and a
            number, or fewer than two pairs.
    """
    name, (path,) = data_files.resource_files(
        name_or_path, "similarity set", SIMILARITY_SETS | OTHER_LANGUAGES, "word1, word2, score"
    )
    rows = [*data_files.read_entries(path, _scored_pair, "two words and a number")]
    if len(rows) < 2:
        raise InputError(f"{path} holds {len(rows)} word pairs; a correlation needs at least two")
    words1, words2, scores = zip(*rows, strict=True)
    return WordPairs(name, words1, words2, np.array(scores))


def _scored_pair(fields: list[str]) -> tuple[str, str, float] | None:
    numbers = map(data_files.number, fields[2:])
    score = next((value for value in numbers if value is not None), None)
    if score is None or not all(fields[:2]):
        return None
    return fields[0].lower(), fields[1].lower(), score


_COSINE = re.compile(r"cos\(([^(),]+),([^(),]+)\)")


def pair_measure(word1: str, word2: str) -> str:
    """The name of the measure that is the cosine of two words.

    >>> pair_measure("good", "bad")
    'cos(good,bad)'
    """
    return f"cos({word1},{word2})"


def pair_words(name: str) -> tuple[str, str] | None:
    """The two words in a name made by `pair_measure`; None for any other name."""
    found = _COSINE.fullmatch(name)
    return (found[1], found[2]) if found else None
