"""Files of columns: CSV, TSV, JSON lines and Parquet, plain or compressed."""

import codecs
import csv
import json
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from embexp.errors import InputError
from embexp.formats import parquet, streams

LONGEST_FIELD = 1 << 24
UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
"""A line with its end, whatever ends it."""
OBJECT = '{"text": …, "label": …}, or {"tokens": […], "tags": […]} for tagging'
"""What a line of JSON holds."""


class Columns(NamedTuple):
    """A file's columns by name, and the line or row (`unit`) at which each row begins, from 1."""

    values: dict[str, list[Any]]
    places: Sequence[int]
    unit: str = "line"


def read_columns(path: Path, header: bool = True) -> Columns:
    """All columns of a file whose suffix is a key of `READERS`, packed or not.

    Raises:
        InputError: a file that is missing, broken, empty or of another format.
    """
    suffix = suffix_of(path)
    if suffix not in READERS:
        known = f"{', '.join(READERS)}, each also with {', '.join(streams.SUFFIXES)}"
        raise InputError(
            f"{path.name}: labelled texts are read from {known}, not from "
            f"{suffix or 'a name without a suffix'}"
        )
    columns = READERS[suffix](path, header)
    if not columns.places:
        raise InputError(f"{path.name} holds no rows; a row for each text is needed")
    return columns


def suffix_of(path: Path) -> str:
    """The suffix that tells the format: `.csv` for `a.csv.gz`."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in streams.SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def decoded(path: Path, *, of_lines: bool = True) -> str:
    """The text of a file that is not empty; see `text_of`.

    Raises:
        InputError: as `text_of`, or an empty file.
    """
    content = text_of(path, of_lines=of_lines)
    if not content.strip():
        raise InputError(f"{path.name} is empty; a row for each text is needed")
    return content


def text_of(path: Path, *, of_lines: bool = True) -> str:
    """The text of a file, unpacked and read as UTF-8, without its byte order mark.

    A file that begins with UTF-16's mark, as some spreadsheets write it, is read as UTF-16.
    Lines that end in a carriage return alone, as on old Macs, end in newlines. Files of one
    long line are refused if they are to be `of_lines`.

    Raises:
        InputError: a file that is missing, broken, too large or not UTF-8.
    """
    data = streams.whole(path, of_lines=of_lines)
    try:
        content = data.decode("utf-16" if data.startswith(UTF16) else "utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"{path.name}, line {line}: the bytes {data[error.start : error.end].hex(' ')} are not "
            "UTF-8; save the file as UTF-8"
        ) from None
    return content if "\n" in content else content.replace("\r", "\n")


def _read_csv(path: Path, header: bool) -> Columns:
    content = decoded(path)
    first = content.split("\n", 1)[0]
    delimiter = next((mark for mark in ",;\t" if mark in first), ",")
    return _quoted(path.name, content, delimiter, header)


def _read_tsv(path: Path, header: bool) -> Columns:
    """Tab-separated columns.

    If every line has as many tabs as the first, quotes mean nothing; otherwise quoted
    fields may hold tabs and line breaks.
    """
    content = decoded(path)
    lines = enumerate(content.split("\n"), 1)
    rows = _with_rows([(number, line.removesuffix("\r").split("\t")) for number, line in lines])
    if '"' in content and any(len(row) != len(rows[0][1]) for _, row in rows):
        return _quoted(path.name, content, "\t", header)
    return _by_name(path.name, rows, header)


def _quoted(name: str, content: str, delimiter: str, header: bool) -> Columns:
    """Rows whose fields may be quoted, with quotes inside doubled (RFC 4180)."""
    limit = csv.field_size_limit(LONGEST_FIELD)
    rows, line = [], 1
    lines = (match[0] for match in LINE.finditer(content))
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            rows.append((line, row or [""]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InputError(
            f"{name}, line {line}: {error}; a quote inside a quoted field is doubled, and a quoted "
            "field is closed"
        ) from None
    finally:
        csv.field_size_limit(limit)
    return _by_name(name, _with_rows(rows), header)


def _with_rows(lines: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Numbered lines but for empty ones, which are rows of a single column alone.

    So the nth text of a file of texts is its nth line; empty lines at the end are none.
    """
    while lines and lines[-1][1] == [""]:
        lines.pop()
    single = all(len(fields) == 1 for _, fields in lines)
    return [line for line in lines if single or line[1] != [""]]


def _by_name(name: str, rows: list[tuple[int, list[str]]], header: bool) -> Columns:
    """Numbered rows as columns; every row has as many fields as the first."""
    if not rows:
        raise InputError(f"{name} holds nothing but empty lines; a row for each text is needed")
    width = len(rows[0][1])
    for line, row in rows:
        if len(row) != width:
            fields = f"{len(row)} field{'s' * (len(row) != 1)}"
            way_out = (
                "quote a field that holds the separator"
                if len(row) > width
                else "give it those that it lacks, empty ones too, or leave the line out"
            )
            raise InputError(
                f"{name}, line {line} has {fields} where the first line has {width}; {way_out}"
            )
    names = rows.pop(0)[1] if header else [str(number) for number in range(width)]
    twice = next((column for column in names if names.count(column) > 1), None)
    if twice is not None:
        raise InputError(
            f"{name}: two columns are named {twice!r}; rename one, or if they are no names, say "
            "header=False (--no-header)"
        )
    values = {column: [row[place] for _, row in rows] for place, column in enumerate(names)}
    return Columns(values, [line for line, _ in rows])


def _read_json(path: Path, header: bool) -> Columns:  # noqa: ARG001 - every reader takes it
    """One object per line, or one list of objects."""
    content = decoded(path, of_lines=False)
    if content.lstrip().startswith("["):
        return _records(path.name, enumerate(_json(path.name, 1, content), 1), "row")
    records = (
        (number, _json(path.name, number, line))
        for number, line in enumerate(content.split("\n"), 1)
        if line.strip()
    )
    return _records(path.name, records, "line")


def _json(name: str, line: int, content: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise InputError(
            f"{name}, line {line} is not JSON ({error}); each line is one object such as {OBJECT}"
        ) from None


def _records(name: str, records: Iterable[tuple[int, Any]], unit: str) -> Columns:
    """Objects as columns; what an object lacks is None."""
    places, objects = [], []
    for place, record in records:
        if not isinstance(record, dict):
            raise InputError(f"{name}, {unit} {place} is not an object such as {OBJECT}")
        places.append(place)
        objects.append(record)
    names = dict.fromkeys(key for record in objects for key in record)
    return Columns({key: [record.get(key) for record in objects] for key in names}, places, unit)


def _read_parquet(path: Path, header: bool) -> Columns:  # noqa: ARG001 - every reader takes it
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = pa.BufferReader(streams.whole(path))
    try:
        parquet.check_size(pq.read_metadata(data))
        table = pq.read_table(data)
        values = {name: table.column(name).to_pylist() for name in table.column_names}
    except InputError as error:
        raise InputError(f"{path.name}: {error}") from None
    except (pa.ArrowException, *streams.BROKEN) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"{path.name} is no sound Parquet file ({reason}); write it again"
        ) from error
    return Columns(values, range(1, table.num_rows + 1), "row")


READERS: dict[str, Callable[[Path, bool], Columns]] = {
    ".csv": _read_csv,
    **dict.fromkeys((".tsv", ".tab", ".txt"), _read_tsv),
    **dict.fromkeys((".jsonl", ".ndjson", ".json"), _read_json),
    ".parquet": _read_parquet,
}
"""A reader for each suffix; it takes the path and whether the first line names the columns."""
