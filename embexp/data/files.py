"""Texts and their labels from one file, and the files of a folder's splits."""

import hashlib
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from embexp.data.columns import LABEL_NAMES, TEXT_NAMES, check_apart, choose_column
from embexp.data.labels import LABELLINGS, Labelled
from embexp.data.readers import READERS, decoded, read_columns, suffix_of
from embexp.errors import InputError

SPLIT_STEMS = {
    "train": "train",
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    "test": "test",
}


def read_labelled(
    path: str | Path,
    text: str | int | None = None,
    label: str | int | None = None,
    header: bool = True,
    only: tuple[str, str] | None = None,
    second: str | int | None = None,
    labels: str = "classes",
) -> Labelled:
    """Texts and labels of one file, in file order; other columns are ignored.

    Args:
        path: a .csv, .tsv, .tab, .txt (as .tsv), .jsonl, .ndjson, .json or .parquet
            file, also inside .gz, .bz2, .xz or .zip.
        text: the column of the texts: its name, or its number from 0 if there is no
            header. By default the one column with a name in `TEXT_NAMES`.
        label: the column of the labels likewise, by default one of `LABEL_NAMES`.
        header: whether the first line of a CSV or TSV file names the columns.
        only: a column, and the value that a row must have there to be read.
        second: the column of second texts; then there are pairs.
        labels: their kind, a name in `LABELLINGS`.

    Raises:
        InputError: a file that is missing, broken or empty, or a missing column or
            label; the sentence names file, line and way out.
    """
    path = Path(path)
    columns = read_columns(path, header)
    text_column = choose_column(columns.values, text, TEXT_NAMES, "text", path.name, header)
    label_column = choose_column(columns.values, label, LABEL_NAMES, "label", path.name, header)
    named = {"texts": text_column, "labels": label_column}
    check_apart(path.name, named)
    rows = range(len(columns.places))
    if only:
        rows = [row for row in rows if columns.values[only[0]][row] == only[1]]

    def read(column: str) -> Labelled:
        own, names = (
            [columns.values[each][row] for row in rows] for each in (column, label_column)
        )
        found = checked_rows(own, names, place, (column, label_column), labels)
        if not any(map(str.strip, found.texts)):
            raise InputError(
                f"{path.name}: every text in column {column!r} is empty; does another column hold "
                "the texts?"
            )
        return found

    def place(row: int) -> str:
        return f"{path.name}, {columns.unit} {columns.places[rows[row]]}"

    first = read(text_column)
    if second is None:
        return first
    second_column = choose_column(columns.values, second, (), "text", path.name, header)
    check_apart(path.name, named | {"second texts": second_column})
    return paired(first, read(second_column), place)


def paired(first: Labelled, second: Labelled, place: Callable[[int], str]) -> Labelled:
    """Pairs of texts with a label each; `place` names a row in an error.

    Raises:
        InputError: a pair with an empty side.
    """
    for row, pair in enumerate(zip(first.texts, second.texts, strict=True)):
        if not all(map(str.strip, pair)):
            raise InputError(f"{place(row)} has a pair with an empty side; leave the row out")
    return Labelled([*zip(first.texts, second.texts, strict=True)], first.labels)


def read_texts(
    path: str | Path,
    text: str | int | None = None,
    header: bool = True,
    second: str | int | None = None,
) -> list[Any]:
    """The texts, or pairs, of one file without their labels; arguments as `read_labelled`.

    The only column of a file without a header needs no name.

    Raises:
        InputError: as `read_labelled`, or a first line that may be a name or a text.
    """
    path = Path(path)
    columns = read_columns(path, header)

    def read(wanted: str | int | None, usual: Sequence[str]) -> list[str]:
        if wanted is None and len(columns.values) == 1:
            (wanted,) = columns.values
            if header and wanted.strip().lower() not in usual:
                raise InputError(
                    f"{path.name} has one column, which begins with {wanted!r:.60}: if that is its "
                    "name, give it with text=… (--text …); if it is the first text, say "
                    "header=False (--no-header)"
                )
        name = choose_column(columns.values, wanted, usual, "text", path.name, header)
        if not (values := columns.values[name]):
            raise InputError(f"{path.name} has no texts")
        if None in values:
            lacking = columns.places[values.index(None)]
            raise without_text(f"{path.name}, {columns.unit} {lacking}", name)
        return [str(value) for value in values]

    first = read(text, TEXT_NAMES)
    return first if second is None else [*zip(first, read(second, ()), strict=True)]


def checked_rows(
    texts: Iterable[Any],
    labels: Iterable[Any],
    place: Callable[[int], str],
    columns: tuple[str, str],
    kind: str = "classes",
) -> Labelled:
    """Values of two columns as texts and labels; `place` names a row in an error.

    Args:
        kind: of the labels, a name in `LABELLINGS`.

    Raises:
        InputError: a row without a text or a label, or a value that is none.
    """
    done, labelling = Labelled([], []), LABELLINGS[kind]
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        name = labelling.read(label)
        if name is None or (not name and not labelling.empty):
            if name is None:
                other = f"a {type(label).__name__} for a label"
                given = f"the label {label!r:.60}" if isinstance(label, str) else other
                raise InputError(
                    f"{place(row)} has {given} in column {columns[1]!r}, {labelling.wrong}"
                )
            raise InputError(
                f"{place(row)} has no label in column {columns[1]!r}; give it one, or leave the "
                "row out"
            )
        if text is None:
            raise without_text(place(row), columns[0])
        if not isinstance(text, str):
            raise InputError(
                f"{place(row)} holds {text!r} in column {columns[0]!r}, which is no text; does "
                "another column hold the texts?"
            )
        done.texts.append(text)
        done.labels.append(name)
    return done


def without_text(place: str, column: str) -> InputError:
    """The error of a row that lacks its text, which may be misspelt keys and not empty ones."""
    return InputError(
        f"{place} has no text in {column!r}; give it one, even an empty one, or leave the row out"
    )


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty."""
    return [line for line in map(str.strip, decoded(path).split("\n")) if line]


def split_files(folder: Path, suffixes: Collection[str] | None = READERS) -> dict[str, Path]:
    """The files named train, validation (valid, val, dev) and test in a folder, by split.

    Args:
        suffixes: files with other suffixes are ignored; None takes any.

    Raises:
        InputError: two files for one split, or none for "train".
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        split = SPLIT_STEMS.get(path.name.split(".")[0].lower())
        known = suffixes is None or suffix_of(path) in suffixes
        if split is None or not known or not path.is_file():
            continue
        if split in found:
            raise InputError(
                f"{folder} holds two files for the {split} split, {found[split].name} and "
                f"{path.name}; keep only one"
            )
        found[split] = path
    if "train" not in found:
        kinds = f" with a suffix of {', '.join(suffixes)}" if suffixes else ""
        raise InputError(f"{folder} holds no file named train{kinds}; add one, or name a file")
    return found


def checksum(paths: Iterable[Path]) -> str:
    """The sha256 of the files' bytes on disk, one file after another."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
