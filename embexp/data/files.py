"""A user's CSV, TSV, JSON lines or Parquet file, plain or compressed, into texts and labels."""

import bz2
import csv
import gzip
import hashlib
import io
import json
import lzma
import math
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from embexp.errors import InputError

TEXT_NAMES = ("text", "sentence", "review", "content", "headline", "message")
LABEL_NAMES = ("label", "sentiment", "class", "category", "target", "polarity")
SPLIT_STEMS = {
    "train": "train",
    **dict.fromkeys(("validation", "valid", "val", "dev"), "validation"),
    "test": "test",
}
COMPRESSIONS = {
    b"\x1f\x8b": gzip.decompress,
    b"BZh": bz2.decompress,
    b"\xfd7zXZ\x00": lzma.decompress,
}
PACKED = (".gz", ".bz2", ".xz")


class Labelled(NamedTuple):
    """Texts and the name of each one's class."""

    texts: list[str]
    labels: list[str]


class Columns(NamedTuple):
    """A file's columns by name, and where each row begins, counted from 1, in `unit`s
    ("line" or "row").
    """

    values: dict[str, list[Any]]
    places: Sequence[int]
    unit: str = "line"


def read_labelled(
    path: str | Path,
    text: str | int | None = None,
    label: str | int | None = None,
    header: bool = True,
    only: tuple[str, str] | None = None,
) -> Labelled:
    """Texts and labels of one file, in file order; an unwanted column is not looked at.

    Args:
        path: a .csv, .tsv, .tab, .txt (as .tsv), .jsonl, .ndjson, .json or .parquet
            file, also inside .gz, .bz2 or .xz.
        text: the column that holds the texts: its name, or without a header its number
            counted from 0. Left out, the one column with a name from TEXT_NAMES;
            `label` likewise with LABEL_NAMES.
        header: whether the first line of a CSV or TSV file names the columns.
        only: a column and the value that it must have for a row to count.

    Raises:
        InputError: a file that is missing, broken or empty, a missing column or label;
            file, line and way out are named.
    """
    path = Path(path)
    columns = _columns(path, header)
    text_column = choose_column(columns.values, text, TEXT_NAMES, "text", path.name, header)
    label_column = choose_column(columns.values, label, LABEL_NAMES, "label", path.name, header)
    if text_column == label_column:
        raise InputError(
            f"{path.name}: the column {text_column!r} was named for both texts and labels; name two"
        )
    rows = range(len(columns.places))
    if only:
        rows = [row for row in rows if columns.values[only[0]][row] == only[1]]
    labelled = cells(
        [columns.values[text_column][row] for row in rows],
        [columns.values[label_column][row] for row in rows],
        lambda row: f"{path.name}, {columns.unit} {columns.places[rows[row]]}",
        (text_column, label_column),
    )
    if not any(map(str.strip, labelled.texts)):
        raise InputError(
            f"{path.name}: every text in column {text_column!r} is empty; does another column hold the texts?"
        )
    return labelled


def choose_column(
    columns: Iterable[str],
    wanted: str | int | None,
    usual: Sequence[str],
    role: str,
    where: str,
    header: bool = True,
) -> str:
    """The column wanted, or, left open, the one column whose name is among the usual
    ones; `role` is "text" or "label".
    """
    columns = list(columns)
    there = ", ".join(
        repr(name if len(name) <= 40 else name[:39] + "…") for name in columns[:12]
    ) + (", …" if len(columns) > 12 else "")
    if wanted is not None:
        if str(wanted) in columns:
            return str(wanted)
        near = get_close_matches(str(wanted), columns, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        if header and str(wanted).isdigit():
            hint = (
                "; columns are counted only in a file without a header (header=False, --no-header)"
            )
        raise InputError(f"{where} has no column {str(wanted)!r}, but {there}{hint}")
    found = [name for name in columns if name.strip().lower() in usual]
    if len(found) == 1:
        return found[0]
    why = (
        f"{' and '.join(map(repr, found))} could all be it"
        if found
        else f"none of its columns ({there}) has a usual name"
    )
    raise InputError(
        f"{where}: which column holds the {role}s? {why}; name it with {role}=… (--{role} …)"
    )


def cells(
    texts: Iterable[Any],
    labels: Iterable[Any],
    place: Callable[[int], str],
    columns: tuple[str, str],
) -> Labelled:
    """Values of two columns as texts and class names; no text is an empty text, but
    every row needs its label.
    """
    done = Labelled([], [])
    for row, (text, label) in enumerate(zip(texts, labels, strict=True)):
        name = _class_name(label)
        if not name:
            what = (
                "has no label"
                if name is not None
                else f"has a {type(label).__name__} for a label, not a name or a number"
            )
            raise InputError(
                f"{place(row)} {what} in column {columns[1]!r}; give it one, or leave the row out"
            )
        if text is not None and not isinstance(text, str):
            raise InputError(
                f"{place(row)} holds {text!r} in column {columns[0]!r}, which is no text; does another column hold the texts?"
            )
        done.texts.append(text or "")
        done.labels.append(name)
    return done


def _class_name(label: Any) -> str | None:
    """A label as a name: 1 and 1.0 are "1", spaces around are dropped; "" for a missing
    one, None for what cannot be one.
    """
    if label is None or (isinstance(label, float) and math.isnan(label)):
        return ""
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label).strip() if isinstance(label, str | int | float) else None


def class_names(labels: Iterable[str]) -> tuple[str, ...]:
    """Distinct labels in the order of the classes: by number if all are whole numbers,
    else by name.

    >>> class_names(["10", "9", "9"]), class_names(["pos", "neg"])
    (('9', '10'), ('neg', 'pos'))
    """
    names = sorted(set(labels))
    try:
        return tuple(sorted(names, key=int))
    except ValueError:
        return tuple(names)


def read_lines(path: Path) -> list[str]:
    """The lines of a text file that are not empty."""
    return [line for line in map(str.strip, decoded(path).split("\n")) if line]


def split_files(folder: Path) -> dict[str, Path]:
    """The files named train, validation (valid, val, dev) and test in a folder, by split."""
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        split = SPLIT_STEMS.get(path.name.split(".")[0].lower())
        if split is None or _suffix(path) not in READERS:
            continue
        if split in found:
            raise InputError(
                f"{folder} holds two files for the {split} split, {found[split].name} and {path.name}; leave one"
            )
        found[split] = path
    if "train" not in found:
        raise InputError(
            f"{folder} holds no file named train with a suffix of {', '.join(READERS)}; add one, or name a file"
        )
    return found


def checksum(paths: Iterable[Path]) -> str:
    """The sha256 of the files' bytes as they lie there, one after another."""
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _columns(path: Path, header: bool) -> Columns:
    suffix = _suffix(path)
    if suffix not in READERS:
        known = f"{', '.join(READERS)}, each also with {', '.join(PACKED)}"
        raise InputError(
            f"{path.name}: labelled texts are read from {known}, not from {suffix or 'a name without a suffix'}"
        )
    columns = READERS[suffix](path, header)
    if not columns.places:
        raise InputError(f"{path.name} holds no rows; a row for each text is needed")
    return columns


def _suffix(path: Path) -> str:
    """The suffix that tells the format: `.csv` of `a.csv.gz`."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in PACKED:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def _unpacked(path: Path) -> bytes:
    """The bytes of a file, decompressed if its first bytes say so."""
    try:
        data = path.read_bytes()
        for magic, unpack in COMPRESSIONS.items():
            if data.startswith(magic):
                return unpack(data)
    except FileNotFoundError:
        raise InputError(f"there is no file {path}; is the path right?") from None
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise InputError(
            f"{path} cannot be read ({error}); is it damaged, or not yours to read?"
        ) from error
    return data


def decoded(path: Path) -> str:
    """The text of a file, unpacked and read as UTF-8, without its byte order mark."""
    data = _unpacked(path)
    try:
        content = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name}, line {line}: the bytes {data[error.start : error.end].hex(' ')} are not UTF-8; save the file as UTF-8"
        ) from None
    if not content.strip():
        raise InputError(f"{path.name} is empty; a row for each text is needed")
    return content


def _read_csv(path: Path, header: bool) -> Columns:
    content = decoded(path)
    first = content.split("\n", 1)[0]
    delimiter = next((mark for mark in ",;\t" if mark in first), ",")
    return _quoted(path.name, content, delimiter, header)


def _read_tsv(path: Path, header: bool) -> Columns:
    """Quotes mean nothing where every line has as many tabs as the first; else they
    hold tabs and line breaks together.
    """
    content = decoded(path)
    rows = [line.removesuffix("\r").split("\t") for line in content.removesuffix("\n").split("\n")]
    if any(len(row) != len(rows[0]) for row in rows if row != [""]) and '"' in content:
        return _quoted(path.name, content, "\t", header)
    return _by_name(
        path.name, [(number, row) for number, row in enumerate(rows, 1) if row != [""]], header
    )


def _quoted(name: str, content: str, delimiter: str, header: bool) -> Columns:
    """Rows whose fields may be quoted, a quote inside doubled (RFC 4180)."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        reader = csv.reader(io.StringIO(content, newline=""), delimiter=delimiter, strict=True)
        rows, line = [], 1
        try:
            for row in reader:
                if row:
                    rows.append((line, row))
                line = reader.line_num + 1
        except csv.Error as error:
            raise InputError(
                f"{name}, line {line}: {error}; a quote inside a quoted field is doubled, and a quoted field is closed"
            ) from None
    finally:
        csv.field_size_limit(limit)
    return _by_name(name, rows, header)


def _by_name(name: str, rows: list[tuple[int, list[str]]], header: bool) -> Columns:
    """Rows with their line numbers as columns; every row has as many fields as the first."""
    width = len(rows[0][1])
    for line, row in rows:
        if len(row) != width:
            raise InputError(
                f"{name}, line {line} has {len(row)} fields where the first line has {width}; quote a field that holds the separator"
            )
    names = rows.pop(0)[1] if header else [str(number) for number in range(width)]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None:
        raise InputError(
            f"{name}: two columns are named {twice!r}; rename one, or read without a header (header=False, --no-header)"
        )
    values = zip(*(row for _, row in rows), strict=True) if rows else ([] for _ in names)
    return Columns(
        {column: list(cell) for column, cell in zip(names, values, strict=True)},
        [line for line, _ in rows],
    )


def _read_json(path: Path, header: bool) -> Columns:  # noqa: ARG001 - every reader takes it
    """One object a line, or one list of objects."""
    content = decoded(path)
    if content.lstrip().startswith("["):
        return _records(path.name, enumerate(_json(path.name, 1, content), 1), "row")
    lines = ((number, line) for number, line in enumerate(content.split("\n"), 1) if line.strip())
    return _records(
        path.name, ((number, _json(path.name, number, line)) for number, line in lines), "line"
    )


def _json(name: str, line: int, content: str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise InputError(
            f'{name}, line {line} is not JSON ({error}); each line is one object such as {{"text": …, "label": …}}'
        ) from None


def _records(name: str, records: Iterable[tuple[int, Any]], unit: str) -> Columns:
    """Objects as columns; what an object lacks is None."""
    places, objects = [], []
    for place, record in records:
        if not isinstance(record, dict):
            raise InputError(
                f'{name}, {unit} {place} is not an object such as {{"text": …, "label": …}}'
            )
        places.append(place)
        objects.append(record)
    names = dict.fromkeys(key for record in objects for key in record)
    return Columns({key: [record.get(key) for record in objects] for key in names}, places, unit)


def _read_parquet(path: Path, header: bool) -> Columns:  # noqa: ARG001 - every reader takes it
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(pa.BufferReader(_unpacked(path)))
    except pa.ArrowException as error:
        raise InputError(
            f"{path.name} is no sound Parquet file ({error}); write it again"
        ) from error
    return Columns(
        {name: table.column(name).to_pylist() for name in table.column_names},
        range(1, table.num_rows + 1),
        "row",
    )


READERS: dict[str, Callable[[Path, bool], Columns]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".tab": _read_tsv,
    ".txt": _read_tsv,
    ".jsonl": _read_json,
    ".ndjson": _read_json,
    ".json": _read_json,
    ".parquet": _read_parquet,
}
