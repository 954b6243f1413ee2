"""The places where a named list of words may lie into the lines of the first that is there."""

import gzip
import os
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from embexp.errors import InputError

ENVIRONMENT = "EMBEXP_DATA"


def in_package(package: str, path: str) -> Path | None:
    """A data file of an installed package, found without importing the package; None
    where it is missing.
    """
    spec = find_spec(package)
    file = Path(spec.origin).parent / path if spec and spec.origin else None
    return file if file and file.is_file() else None


def in_data(path: str) -> Path | None:
    """A file under the folder that `EMBEXP_DATA` names; None where it is missing."""
    folder = os.environ.get(ENVIRONMENT)
    file = Path(folder) / path if folder else None
    return file if file and file.is_file() else None


def given(path: str | Path, what: str) -> Path:
    """A user's file.

    Raises:
        InputError: there is none.
    """
    file = Path(path)
    if not file.is_file():
        raise InputError(f"there is no {what} file {str(file)!r}")
    return file


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Numbered lines of a UTF-8 file, plain or gzipped, from 1: blank lines and
    comments (`#`, `;`) left out, no ends of line.

    Raises:
        InputError: a line is not UTF-8, or the gzip stream is broken; the sentence
            names file and line.
    """
    with path.open("rb") as file:
        packed = file.read(2) == b"\x1f\x8b"
    number = 0
    with gzip.open(path) if packed else path.open("rb") as file:
        try:
            for number, line in enumerate(file, 1):
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").strip("\r\n")
                if text.strip() and text[0] not in "#;":
                    yield number, text
        except UnicodeDecodeError as error:
            raise InputError(
                f"{path}, line {number} is not UTF-8 ({error.reason}); save the file as UTF-8"
            ) from error
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"{path} breaks off after line {number}: {error}; fetch it again"
            ) from error


def fields(line: str) -> list[str]:
    """The fields of a line, split at tabs, else commas, else spaces, each without space
    or quotes around it.
    """
    separator = next((mark for mark in "\t," if mark in line), None)
    return [field.strip().strip('"') for field in line.split(separator)]


def number(text: str) -> float | None:
    """A finite number, or None for any other text."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
