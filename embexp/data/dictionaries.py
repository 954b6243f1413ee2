"""Words of Chinese, Japanese and Korean texts, by the dictionaries of Lindera (extra `cjk`)."""

import hashlib
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import version
from typing import Any

from embexp.data.scripts import DICTIONARIES
from embexp.errors import InputError, unknown

NAMES = {"zh": "cc-cedict", "ja": "ipadic", "ko": "ko-dic"}
"""Lindera's dictionary of each language: CC-CEDICT, IPADIC and mecab-ko-dic."""
PACKAGE = "lindera-python-cjk"


def check(language: str) -> None:
    """Refuses a language without a dictionary.

    Raises:
        InputError: names those that have one.
    """
    if language not in NAMES:
        raise unknown("language of a dictionary", language, DICTIONARIES)


def _lindera() -> Any:
    try:
        import lindera
    except ImportError:
        raise InputError(
            'dictionaries come with an extra that is not installed: pip install "embexp[cjk]"'
        ) from None
    return lindera


def make(language: str) -> Callable[[Iterable[str]], Iterator[list[str]]]:
    """Splits texts (NFKC, lower case) into the dictionary's words; punctuation is dropped.

    Raises:
        InputError: the extra is not installed.
    """
    check(language)
    builder = _lindera().TokenizerBuilder()
    dictionary = builder.set_dictionary(f"embedded://{NAMES[language]}").build()

    def split(texts: Iterable[str]) -> Iterator[list[str]]:
        for text in texts:
            clean = unicodedata.normalize("NFKC", text.lower())
            words = (token.surface for token in dictionary.tokenize(clean))
            yield [word for word in words if any(map(str.isalnum, word))]

    return split


def made_from(language: str) -> str:
    """SHA-256 of the dictionary's name and version."""
    _lindera()
    return hashlib.sha256(f"{PACKAGE} {version(PACKAGE)} {NAMES[language]}".encode()).hexdigest()
