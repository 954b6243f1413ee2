"""Where a labelled data set comes from, and its files on this machine."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from embexp.errors import InputError


@dataclass(frozen=True)
class CorpusSource:
    """Where a named data set comes from and how it is read.

    Args:
        files: the file of each split, below `EMBEXP_DATA` or below `package`. With
            `by_class` there is one file of lines per class instead.
        classes: names of the classes whose labels are numbers, in order.
        columns: the columns of texts and labels (or tokens and tags), counted from 0 in
            a file without a header; None for the usual names.
        rows: a column, and the value that the rows of each split have there.
        official: whether a test split is the publishers' own.
        hub: the hub's name of the data set and its columns of texts and labels.
        second: the column of second texts, where texts come in pairs.
        labels: their kind, a name in `LABELLINGS`.
        unlabelled: a file of more texts of the same kind, without labels.
    """

    summary: str
    provenance: str
    terms: str
    files: Mapping[str, str]
    classes: tuple[str, ...] = ()
    columns: tuple[Any, Any] = (None, None)
    package: str | None = None
    rows: tuple[str, Mapping[str, str]] | None = None
    official: bool = True
    by_class: bool = False
    hub: tuple[str, str, str] | None = None
    second: str | None = None
    labels: str = "classes"
    unlabelled: str | None = None

    def rows_of(self, split: str) -> tuple[str, str] | None:
        """A column and the value that a split's rows have there; None where all belong."""
        return self.rows and (self.rows[0], self.rows[1][split])


def data_folder(package: str | None = None) -> Path | None:
    """The folder that `EMBEXP_DATA` names, or that of a package; None if it is missing.

    The package is not imported.
    """
    if package:
        spec = find_spec(package)
        return Path(spec.origin).parent if spec and spec.origin else None
    named = os.environ.get("EMBEXP_DATA")
    return Path(named) if named else None


def locate(files: Mapping[str, str], package: str | None = None) -> dict[str, Path]:
    """The path of each file below `EMBEXP_DATA`, or below an installed package.

    Raises:
        InputError: a file, the package or the environment variable is missing.
    """
    root = data_folder(package)
    if root is None:
        raise InputError(
            f'it comes with the package {package}; install it with pip install "embexp[demo]"'
            if package
            else "EMBEXP_DATA, the folder of such data, is not set"
        )
    paths = {split: root / file for split, file in files.items()}
    if missing := [path for path in paths.values() if not path.is_file()]:
        raise InputError(f"there is no {missing[0]}")
    return paths
