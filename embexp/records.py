"""Result rows and the cells they belong to: appended to two files, and read back
whatever a kill left in them.

`rows.jsonl` holds one measured value a line, `cells.jsonl` one line when a cell ends,
written after its rows. So the rows of a cell count once its line stands in
`cells.jsonl`, and a line that is torn, malformed or of the wrong types hides nothing
but itself.
"""

import fcntl
import hashlib
import json
import math
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple, NoReturn, SupportsFloat

from embexp.errors import InputError

ROWS, CELLS, LOCK = "rows.jsonl", "cells.jsonl", ".lock"


class Row(NamedTuple):
    """One measured value. NaN and infinity are written as null; (step, split, measure,
    stratum) is unique within a run of a cell.
    """

    digest: str
    """Of the cell's spec."""
    run: str
    """Of this attempt at the cell: a cell that is tried again gets another."""
    step: int
    split: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    """Items that were used, of `total`."""
    total: int
    chance: float | None = None
    stratum: str = "all"


class Cell(NamedTuple):
    """How an attempt at a cell ended; `error` is None when it succeeded. `append` adds
    `rows`, the number of its rows.
    """

    digest: str
    run: str
    spec: Mapping[str, Any]
    """JSON values, with at least `corpus`, `regime`, `encoder` and `seed`."""
    data: Mapping[str, Any]
    code: Mapping[str, Any]
    versions: Mapping[str, str]
    device: str
    seconds: float
    time: str
    error: str | None = None


def digest(spec: Mapping[str, Any]) -> str:
    """The first 16 hex digits of the SHA-256 of the spec's JSON, keys sorted: equal
    specs, equal digests, on every machine.

    >>> digest({"seed": 0, "corpus": "mr"}) == digest({"corpus": "mr", "seed": 0})
    True
    """
    text = json.dumps(spec, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def append(folder: str | Path, rows: Iterable[Row], cell: Cell) -> None:
    """Writes the rows, then the cell's line, each flushed to the disk; several
    processes may append to one folder.

    Raises:
        InputError: the folder cannot be written.
        ValueError: two rows have the same place, or a row belongs to another run.
    """
    rows = list(rows)
    if any(row[:2] != cell[:2] for row in rows):
        raise ValueError(
            f"a row of another cell or run was given with cell {cell.digest}, run {cell.run}"
        )
    if len({_place(row._asdict()) for row in rows}) < len(rows):
        raise ValueError(
            f"two rows of cell {cell.digest} have the same step, split, measure and stratum"
        )
    folder = _writable(folder)
    _append(folder / ROWS, map(_row_line, rows))
    _append(folder / CELLS, [json.dumps({**cell._asdict(), "rows": len(rows)}, allow_nan=False)])


def read_cells(folder: str | Path) -> dict[str, dict[str, Any]]:
    """The line of each cell that ended, by digest: the first that succeeded with all
    its rows there, else the last that failed.

    A cell that is not there has never ended, or has lost rows: it is to be run again.
    """
    return _read(folder)[0]


def read_rows(folder: str | Path) -> list[dict[str, Any]]:
    """The rows of the cells that succeeded, each joined with its cell's `spec`, and
    `corpus`, `regime`, `encoder`, `seed` from it.

    Raises:
        InputError: no such folder; the sentence names those there are.
    """
    cells, rows, _ = _read(folder)
    specs = {
        (cell["digest"], cell["run"]): cell["spec"]
        for cell in cells.values()
        if cell["error"] is None
    }
    found = ((row, specs.get((row["digest"], row["run"]))) for row in rows)
    return [
        {**row, "spec": spec} | {key: spec[key] for key in _SPEC}
        for row, spec in found
        if spec is not None
    ]


def damage(folder: str | Path) -> int:
    """How many lines of the two files are ignored because they are torn, malformed or
    of the wrong types.
    """
    return _read(folder)[2]


@contextmanager
def lock(folder: str | Path) -> Iterator[None]:
    """Keeps other sweeps out of the folder, which is made if need be; the lock goes
    with the process, however it ends.

    Raises:
        InputError: another process holds it, or the folder cannot be written.
    """
    path = _writable(folder) / LOCK
    file = _hold(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        fcntl.flock(file, fcntl.LOCK_UN)  # closing alone would leave it to a forked child
        os.close(file)


def _hold(path: Path) -> int:
    """The locked file with this process's id in it."""
    while True:
        file = _open(path)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(file, 32, 0).decode(errors="replace").strip() or "unknown"
            os.close(file)
            raise InputError(
                f"{path.parent} is in use by another sweep (process {holder}); wait until it ends, or give another folder"
            ) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                os.ftruncate(file, 0)
                os.write(file, f"{os.getpid()}\n".encode())
                return file
        os.close(file)  # its last holder has just removed it: lock the next one


def _writable(folder: str | Path) -> Path:
    """The folder, made if need be."""
    folder = Path(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        _refuse(folder, error)
    return folder


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    except OSError as error:
        _refuse(path.parent, error)


def _refuse(folder: Path, error: OSError) -> NoReturn:
    raise InputError(
        f"results cannot be written to {folder} ({error.strerror}); give another folder"
    ) from error


def _append(path: Path, lines: Iterable[str]) -> None:
    """The lines at the file's end and on the disk, in one write under the file's lock;
    a torn last line is closed first.
    """
    text = "".join(line + "\n" for line in lines).encode()
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        size = os.fstat(file).st_size
        if size and os.pread(file, 1, size - 1) != b"\n":
            text = b"\n" + text
        while text:  # one write, unless the disk takes less
            text = text[os.write(file, text) :]
        os.fsync(file)
    finally:
        os.close(file)


def _row_line(row: Row) -> str:
    measured = {key: _finite(getattr(row, key)) for key in ("value", "low", "high", "chance")}
    counted = {key: int(getattr(row, key)) for key in ("step", "n", "total")}
    return json.dumps(row._asdict() | measured | counted, allow_nan=False)


def _finite(value: SupportsFloat | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _read(folder: str | Path) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]], int]:
    """Cells that ended, by digest; sound rows, each place once; and the number of lines ignored."""
    folder = Path(folder)
    if not folder.is_dir():
        raise _missing(folder)
    cells, torn_cells = _sound(
        folder / CELLS, _is_cell
    )  # before the rows: a cell's line is written after its rows
    rows, torn_rows = _sound(folder / ROWS, _is_row)
    placed = {_place(row): row for row in reversed(rows)}  # the first of a place stays
    counts: dict[tuple[str, str], int] = {}
    for place in placed:
        counts[place[:2]] = counts.get(place[:2], 0) + 1
    ended: dict[str, dict[str, Any]] = {}
    for cell in cells:
        finished = ended.get(cell["digest"], {"error": ""})["error"] is None
        count = counts.get((cell["digest"], cell["run"]), 0)
        if not finished and (cell["error"] is not None or cell.get("rows", count) == count):
            ended[cell["digest"]] = cell
    return ended, list(reversed(placed.values())), torn_cells + torn_rows


def _missing(folder: Path) -> InputError:
    """The error for a folder that is not there, with the folders of results beside it."""
    beside = sorted(path.parent.name for path in folder.parent.glob(f"*/{CELLS}"))
    names = get_close_matches(folder.name, beside, n=3, cutoff=0.5) or beside[:10]
    hint = (
        f"in {folder.parent} there are {', '.join(names)}"
        if names
        else "run the experiment first, or name the folder of its results"
    )
    return InputError(f"no results at {folder}; {hint}")


def _sound(path: Path, check: Callable[[Any], bool]) -> tuple[list[dict[str, Any]], int]:
    """The objects of a file's lines that pass the check, and how many lines do not; a
    missing file has no lines.
    """
    if not path.exists():
        return [], 0
    try:
        lines = [line for line in path.read_bytes().split(b"\n") if line.strip()]
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); give another folder"
        ) from error
    sound = [value for value in map(_parsed, lines) if check(value)]
    return sound, len(lines) - len(sound)


def _parsed(line: bytes) -> Any:
    with suppress(ValueError, RecursionError):
        return json.loads(line.decode())
    return None


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("digest", "run", "step", "split", "measure", "stratum"))


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_number(value: object) -> bool:
    """Null or finite; JSON as Python reads it knows NaN and infinity, too."""
    return value is None or (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) <= sys.float_info.max
    )


_ROW = {
    **dict.fromkeys(("digest", "run", "split", "measure", "stratum"), _is_text),
    **dict.fromkeys(("step", "n", "total"), _is_count),
    **dict.fromkeys(("value", "low", "high", "chance"), _is_number),
}
_SPEC = {**dict.fromkeys(("corpus", "regime", "encoder"), _is_text), "seed": _is_count}


def _has(value: object, checks: Mapping[str, Callable[[object], bool]]) -> bool:
    return isinstance(value, dict) and all(
        key in value and check(value[key]) for key, check in checks.items()
    )


def _is_row(value: object) -> bool:
    return _has(value, _ROW)


def _is_cell(value: Any) -> bool:
    """Only what reading relies on is checked; `rows` may be missing from files that
    something else wrote.
    """
    return (
        _has(value, {"digest": _is_text, "run": _is_text})
        and _has(value.get("spec"), _SPEC)
        and (value.get("error", 0) is None or _is_text(value.get("error")))
        and _is_count(value.get("rows", 0))
    )
