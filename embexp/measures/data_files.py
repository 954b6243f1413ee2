"""Find and read the files of word lists: pairs, lexicons, categories, questions, relations.

A known list lies in an installed package or under the folder that `EMBEXP_DATA` names;
any other name is the path of a user's own file.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from embexp.data.readers import text_of
from embexp.data.sources import data_folder
from embexp.errors import InputError, no_file, unknown

ENVIRONMENT = "EMBEXP_DATA"

Entry = TypeVar("Entry")


class Location(NamedTuple):
    """Where a known list lies: files under `EMBEXP_DATA`, or a package and files in it.

    Args:
        install: what pip installs the package by, where that is more than its name.
    """

    files: tuple[str, ...] = ()
    package: tuple[str, ...] | None = None
    install: str = ""

    @property
    def summary(self) -> str:
        """Where the list may lie, in words."""
        package = f"package {self.package[0]}" if self.package else ""
        if self.install:
            package += f" (pip install {self.install})"
        files = f"{ENVIRONMENT}: {' and '.join(self.files)}" if self.files else ""
        return ", or ".join(filter(None, (package, files)))

    @property
    def ways(self) -> list[str]:
        """What a user may do to have the list."""
        ways = []
        if self.package:
            ways.append(
                f"pip install {self.install}" if self.install else f"install {self.package[0]}"
            )
        if self.files:
            ways.append(f"set {ENVIRONMENT} to a folder that holds {' and '.join(self.files)}")
        return ways


def resource_files(
    name_or_path: str | Path, kind: str, known: Mapping[str, Location], line: str
) -> tuple[str, list[Path]]:
    """The name and the files of a list, which is either known or a user's own file.

    A user's file is named by its stem.

    Args:
        kind: what the list is called in error messages.
        line: what a line of a user's own file holds, for error messages.

    Raises:
        InputError: an unknown name, or a missing file.
    """
    name = str(name_or_path)
    if name in known:
        return name, _known_files(name, kind, known[name], line)
    return Path(name).stem, [user_file(name, kind, known)]


def _known_files(name: str, kind: str, location: Location, line: str) -> list[Path]:
    package, *packaged = location.package or ("",)
    for files, home in ((packaged, package), (location.files, None)):
        found = [path for file in files if (path := in_data(file, home))]
        if files and len(found) == len(files):
            return found
    raise InputError(
        f"the {kind} {name!r} is not on this machine; {', '.join(location.ways)}, or give the "
        f"path of a file with {line}"
    )


def in_data(path: str, package: str | None = None) -> Path | None:
    """A file of an installed package, or under `EMBEXP_DATA`; None if it is missing."""
    folder = data_folder(package)
    return folder / path if folder and (folder / path).is_file() else None


def user_file(path: str | Path, kind: str, known: Iterable[str] = ()) -> Path:
    """The path of a user's file.

    Raises:
        InputError: there is no such file; what looks like a name is compared with the
            known ones.
    """
    file = Path(path)
    if not os.path.exists(file) and file.name == str(path) and not file.suffix:
        raise unknown(f"{kind} (nor is there a file of that name)", file.name, known)
    if not os.path.isfile(file):
        raise no_file(file, kind)
    return file


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """The lines of a UTF-8 file, plain or packed, with their numbers from 1.

    Blank lines and comments (`#`, `;`) are left out, and lines have no line end.

    Raises:
        InputError: the file is missing, broken, too large or not UTF-8.
    """
    for number, line in enumerate(text_of(path).split("\n"), 1):
        text = line.strip("\r")
        if text.strip() and text[0] not in "#;":
            yield number, text


def read_entries(
    path: Path, entry: Callable[[list[str]], Entry | None], expected: str
) -> Iterator[Entry]:
    """What `entry` makes of the fields of each line; it gives None for fields that do not fit.

    A first line that does not fit is a header.

    Args:
        expected: what a line holds, for error messages.

    Raises:
        InputError: another line does not fit.
    """
    for place, (line, text) in enumerate(read_lines(path)):
        found = entry(fields(text))
        if found is not None:
            yield found
        elif place:
            raise InputError(
                f"{path}, line {line}: expected {expected}, but this line is {text[:60]!r}"
            )


def fields(line: str) -> list[str]:
    """The fields of a line without surrounding space or quotes.

    They are separated by tabs if there are any, else by commas, else by spaces.
    """
    separator = next((mark for mark in "\t," if mark in line), None)
    return [field.strip().strip('"') for field in line.split(separator)]


def number(text: str) -> float | None:
    """A finite number; None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
