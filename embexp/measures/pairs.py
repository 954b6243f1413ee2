"""Files of word pairs with human scores into `WordPairs`: SimLex-999, WordSim-353 and
others by name, or a user's own.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError, unknown
from embexp.measures import sources


@dataclass(frozen=True)
class WordPairs:
    """Pairs of words, lower-cased, with the human score of each; higher is more alike,
    whatever the scale.
    """

    name: str
    words1: tuple[str, ...]
    words2: tuple[str, ...]
    scores: Float[np.ndarray, "pairs"]

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.scores)


PACKAGED = {
    "simlex999": "test/test_data/simlex999.txt",
    "wordsim353": "test/test_data/wordsim353.tsv",
}
"""Test data of gensim, by name."""

BESIDE = {
    "simlex999": "EN-SIMLEX-999",
    "wordsim353": "EN-WS-353-ALL",
    "wordsim353-sim": "EN-WS-353-SIM",
    "wordsim353-rel": "EN-WS-353-REL",
    "rg65": "EN-RG-65",
    "mc30": "EN-MC-30",
    "mturk287": "EN-MTurk-287",
    "verb143": "EN-VERB-143",
    "yp130": "EN-YP-130",
}
"""Files under `EMBEXP_DATA`, by name."""


def similarity_pairs(name_or_path: str | Path) -> WordPairs:
    """Word pairs by name (`PACKAGED`, `BESIDE`) or from a file of `word1, word2, score` lines.

    A file is separated by tabs, commas or spaces and may be gzipped; the score is the
    first number after the two words (so the part of speech in SimLex-999's own file is
    passed over); a first line without a number is a header.

    Raises:
        InputError: an unknown name, a missing file, a line without two words and a
            number, or fewer than two pairs.
    """
    name = str(name_or_path)
    if name in PACKAGED or name in BESIDE:
        return _read(name, _find(name))
    if not Path(name).exists() and Path(name).name == name and not Path(name).suffix:
        raise unknown(
            "similarity set (nor is there a file of that name)",
            name,
            PACKAGED.keys() | BESIDE.keys(),
        )
    return _read(Path(name).stem, sources.given(name, "similarity"))


def _find(name: str) -> Path:
    file = f"similarity/{BESIDE[name]}.txt.gz"
    found = (
        sources.in_package("gensim", PACKAGED[name]) if name in PACKAGED else None
    ) or sources.in_data(file)
    if found is None:
        ways = f"set {sources.ENVIRONMENT} to a folder that holds {file}, or give the path of a file with word1, word2, score"
        raise InputError(f"the pairs of {name!r} are not on this machine; {ways}")
    return found


def _read(name: str, path: Path) -> WordPairs:
    rows: list[tuple[str, str, float]] = []
    for place, (line, text) in enumerate(sources.read_lines(path)):
        parts = sources.fields(text)
        score = next((value for value in map(sources.number, parts[2:]) if value is not None), None)
        if score is not None and parts[0] and parts[1]:
            rows.append((parts[0].lower(), parts[1].lower(), score))
        elif place:
            raise InputError(
                f"{path}, line {line}: a pair is two words and a number, but this line is {text[:60]!r}"
            )
    if len(rows) < 2:
        raise InputError(f"{path} holds {len(rows)} word pairs; a correlation needs at least two")
    words1, words2, scores = zip(*rows, strict=True)
    return WordPairs(name, words1, words2, np.array(scores))
