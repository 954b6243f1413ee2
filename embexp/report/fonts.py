"""Fonts that have the characters of a figure's texts, and what stands where no font has one."""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import groupby
from typing import NamedTuple
from unicodedata import east_asian_width

USUAL = "DejaVu Sans"
"""Matplotlib brings it along."""
WEIGHT = 400
"""Of a regular font, neither light nor bold."""
EMPTY = ("Last Resort", ".LastResort", "Adobe Blank")
"""How the names of fonts begin that draw a box, or nothing, for any character."""


NOTICE = (
    "no font on this machine has some letters of these figures, which name them by number, such as "
    "U+597D; install one that has them, such as Noto Sans CJK"
)


class Fonts(NamedTuple):
    """Families to draw with, in order of preference, and the characters that none has."""

    families: tuple[str, ...]
    lacking: frozenset[str]

    def drawable(self, text: str) -> str:
        """The text with the number of each character that no font has.

        >>> Fonts((USUAL,), frozenset("好")).drawable("cos(好, good)")
        'cos(U+597D, good)'
        """
        runs = ((lacks, "".join(run)) for lacks, run in groupby(text, self.lacking.__contains__))
        return "".join(" ".join(map(_number, run)) if lacks else run for lacks, run in runs)


def _number(character: str) -> str:
    return f"U+{ord(character):04X}"


@cache
def _tell_once(notice: str) -> None:
    from embexp import progress  # it loads rich

    progress.tell(notice)


def width(text: str) -> int:
    """How many Latin letters a text is about as wide as.

    >>> width("cos(好)")
    7
    """
    return sum(1 + (east_asian_width(each) in "WF") for each in text)


@contextmanager
def any_weight() -> Iterator[None]:
    """Lets matplotlib take a regular font where a family has no bold one, and not remark on it."""
    logger = logging.getLogger("matplotlib.font_manager")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


def fonts_for(texts: Iterable[str]) -> Fonts:
    """Matplotlib's usual font, and others for the characters that it lacks.

    Of the installed families the one comes first that has most of them, so that a text is
    drawn in few fonts. Where no font has some, a remark says so, once.
    """
    characters = frozenset(each for text in texts for each in text if not each.isspace())
    found = _chosen(characters - _characters(USUAL))
    if found.lacking:
        _tell_once(NOTICE)
    return found


@lru_cache
def _chosen(lacking: frozenset[str]) -> Fonts:
    from matplotlib.font_manager import fontManager

    families = [USUAL]
    names = {font.name for font in fontManager.ttflist if not font.name.startswith(EMPTY)}
    has = {name: lacking & _characters(name) for name in sorted(names)} if lacking else {}
    while lacking and (best := max(has, key=lambda name: len(has[name] & lacking))):
        if not has[best] & lacking:
            break
        families.append(best)
        lacking -= has[best]
    return Fonts(tuple(families), lacking)


def _characters(family: str) -> frozenset[str]:
    """The characters of a family's upright font."""
    from matplotlib.font_manager import fontManager, get_font

    fonts = (font for font in fontManager.ttflist if font.name == family)
    upright = min(fonts, key=lambda font: (font.style != "normal", font.weight != WEIGHT))
    try:
        return frozenset(map(chr, get_font(upright.fname).get_charmap()))
    except (OSError, RuntimeError):  # it was removed, or is no font any more
        return frozenset()
