"""Words of known categories (AP, Battig, ESSLLI, or a user's own), to compare clusters with."""

from dataclasses import dataclass
from pathlib import Path

from embexp.errors import InputError
from embexp.measures import data_files
from embexp.measures.data_files import Location

CATEGORY_SETS = {
    name: Location((f"similarity/categorization.{file}.csv.gz",))
    for name, file in {"ap": "ap", "battig": "battig", "essli": "essli-2008"}.items()
}
"""Where the known sets lie."""


@dataclass(frozen=True)
class Categories:
    """Distinct lower-cased words and the category of each."""

    name: str
    words: tuple[str, ...]
    categories: tuple[str, ...]

    def __len__(self) -> int:
        """The number of words."""
        return len(self.words)


def categories(name_or_path: str | Path) -> Categories:
    """Categories by name or from a file of `category, word` lines.

    - `ap` (Almuhareb & Poesio 2005): 402 words in 21 categories.
    - `battig` (Battig & Montague 1969): 56 categories.
    - `essli` (ESSLLI 2008): verbs.

    A leading number on a line is passed over. A word in two categories is left out, as
    no cluster could be right about it; so is a line whose word is empty (`ap` has one).

    Raises:
        InputError: an unknown name, a missing file, a line of one field, or fewer than
            two categories.
    """
    name, (path,) = data_files.resource_files(
        name_or_path, "set of categories", CATEGORY_SETS, "category, word"
    )
    found: dict[str, set[str]] = {}
    for category, word in data_files.read_entries(path, _entry, "a category and a word"):
        if category and word and (category, word) != ("category", "word"):
            found.setdefault(word.lower(), set()).add(category)
    single = {word: next(iter(names)) for word, names in found.items() if len(names) == 1}
    if (count := len(set(single.values()))) < 2:
        raise InputError(
            f"{path} holds {count} categories; clusters are compared with two at least"
        )
    return Categories(name, tuple(single), tuple(single.values()))


def _entry(fields: list[str]) -> tuple[str, str] | None:
    return (fields[-2], fields[-1]) if len(fields) > 1 else None
