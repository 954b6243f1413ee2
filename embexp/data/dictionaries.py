"""Words of Chinese, Japanese and Korean texts, by the dictionaries of Lindera (extra `cjk`)."""

import hashlib
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any

from embexp.data.scripts import DICTIONARIES, well_formed
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


@dataclass(frozen=True)
class Dictionary:
    """Splits texts (NFKC, lower case) into a dictionary's words; punctuation is dropped.

    Raises:
        InputError: an unknown language, or the extra is not installed.
    """

    language: str

    def __post_init__(self) -> None:
        check(self.language)
        _loaded(self.language)

    def __call__(self, texts: Iterable[str]) -> Iterator[list[str]]:
        """The words of each text."""
        dictionary = _loaded(self.language)
        for text in texts:
            clean = unicodedata.normalize("NFKC", well_formed(text).lower())
            words = (token.surface for token in dictionary.tokenize(clean))
            yield [word for word in words if any(map(str.isalnum, word))]


@lru_cache(maxsize=len(NAMES))
def _loaded(language: str) -> Any:
    try:
        import lindera  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise InputError(
            'dictionaries come with an extra that is not installed: pip install "embexp[cjk]"'
        ) from None
    return lindera.TokenizerBuilder().set_dictionary(f"embedded://{NAMES[language]}").build()


def made_from(language: str) -> str:
    """SHA-256 of the dictionary's name and version."""
    _loaded(language)
    return hashlib.sha256(f"{PACKAGE} {version(PACKAGE)} {NAMES[language]}".encode()).hexdigest()
