"""Rows of measured values and the runs they belong to, in files that damage cannot falsify.

A working folder holds `rows.jsonl`, one measured value a line, and `runs.jsonl`, one line
when a run ends. The line of a run is written last and seals what belongs to it: a checksum
of its rows, of its files (logits, parameters) and of itself. What does not match its
checksum does not count: it is reported as damage, and the run is made again. Published
folders hold the same rows as `rows.parquet`.
"""

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

from embexp.errors import InputError
from embexp.storage import (
    append_lines,
    checksum,
    read_lines,
    read_parquet,
    replace,
    write_parquet,
    writing,
)

ROWS, RUNS, PUBLISHED = "rows.jsonl", "runs.jsonl", "rows.parquet"
JOINED = ("corpus", "regime", "vectors", "encoder", "seed")
"""Fields of a run's spec that `read_rows` puts beside each of its rows."""


class Row(NamedTuple):
    """One measured value; (step, split, measure, stratum) is unique within a run.

    NaN and infinity are written as null. `n` items were used, of `total`.
    """

    digest: str
    run: str
    step: int
    split: str
    measure: str
    value: float | None
    low: float | None
    high: float | None
    n: int
    total: int
    chance: float | None = None
    stratum: str = "all"


class Run(NamedTuple):
    """How an attempt at a spec ended; `error` is None where it succeeded.

    `append` adds the number of rows (`rows`), their checksum (`rows_sha256`), the checksums
    of its `files` and that of the line itself (`sha256`).
    """

    digest: str
    """`digest` of the fields of the spec that are named in `hashed`."""
    run: str
    """A random id: every attempt has its own."""
    spec: Mapping[str, Any]
    """JSON values, with at least the fields in `JOINED`."""
    hashed: Sequence[str]
    arm: str
    """What tables call the regime with its vectors, `tuned · glove-6b-100d`."""
    control: bool
    data: Mapping[str, Any]
    code: Mapping[str, Any]
    versions: Mapping[str, str]
    device: str
    seconds: float
    time: str
    error: str | None = None


def digest(content: Any) -> str:
    """The first 16 hex digits of the SHA-256 of some JSON values, keys sorted.

    >>> digest({"seed": 0, "corpus": "mr"}) == digest({"corpus": "mr", "seed": 0})
    True
    """
    return hashlib.sha256(_json(content).encode()).hexdigest()[:16]


def append(
    folder: str | Path, rows: Iterable[Row], run: Run, files: Iterable[str | Path] = ()
) -> None:
    """Writes the rows, then the run's line; several processes may append to one folder.

    Args:
        files: what else belongs to the run, already written, relative to the folder.

    Raises:
        InputError: the folder cannot be written.
        ValueError: two rows have the same place, or a row belongs to another run.
    """
    written = [_plain(row) for row in rows]
    if any((row["digest"], row["run"]) != run[:2] for row in written):
        raise ValueError(f"a row of another run was given with {run.digest}, run {run.run}")
    if len({_place(row) for row in written}) < len(written):
        raise ValueError(f"two rows of {run.digest} have the same step, split, measure and stratum")
    with writing(folder) as folder:
        sums = {Path(file).as_posix(): checksum(folder / file) for file in files}
        append_lines(folder / ROWS, map(_json, written))
        append_lines(folder / RUNS, [sealed(run, written, sums)])


def publish(folder: str | Path, runs: Sequence[tuple[Run, Sequence[Row]]]) -> None:
    """Writes finished runs for others to read: rows as Parquet, and no logits or parameters."""
    with writing(folder) as folder:
        plain = [[_plain(row) for row in rows] for _, rows in runs]
        lines = [sealed(run, rows, {}) + "\n" for (run, _), rows in zip(runs, plain, strict=True)]
        write_parquet(folder / PUBLISHED, [row for rows in plain for row in rows])
        replace(folder / RUNS, lambda file: file.write("".join(lines).encode()))


def sealed(run: Run, rows: Sequence[Mapping[str, Any]], files: Mapping[str, str]) -> str:
    """The line of a run, with the checksums that hold it and its rows together."""
    line = {**run._asdict(), "rows": len(rows), "rows_sha256": _sha256(rows), "files": files}
    return _json({**line, "sha256": _sha256(line)})


def read_runs(folder: str | Path) -> dict[str, dict[str, Any]]:
    """The line of each run that ended, by digest.

    That is the last run that succeeded and is whole, else the last that failed. A spec
    without a line has never been finished, or what it left is damaged: it is to be run.
    """
    return _read(folder)[0]


def read_rows(folder: str | Path) -> list[dict[str, Any]]:
    """The rows of the runs that succeeded, each joined with what tells of its run.

    A row gains `spec`, `arm`, `control`, and the `corpus`, `regime`, `vectors`, `encoder`
    and `seed` of its spec.

    Raises:
        InputError: no such folder; the sentence names those there are.
    """
    runs, rows, _ = _read(folder)
    joined = {
        (run["digest"], run["run"]): {key: run[key] for key in ("spec", "arm", "control")}
        | {key: run["spec"][key] for key in JOINED}
        for run in runs.values()
        if run["error"] is None
    }
    return [row | joined[row["digest"], row["run"]] for row in rows if _run_of(row) in joined]


def damage(folder: str | Path) -> int:
    """How many lines and runs are ignored as torn, malformed or unlike their checksums."""
    return _read(folder)[2]


def _plain(row: Row) -> dict[str, Any]:
    """A row in JSON's types."""
    numbers = {key: getattr(row, key) for key in ("value", "low", "high", "chance")}
    finite = {
        key: float(value) if value is not None and math.isfinite(value) else None
        for key, value in numbers.items()
    }
    counts = {key: int(getattr(row, key)) for key in ("step", "n", "total")}
    return row._asdict() | finite | counts


def _json(content: Any) -> str:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _sha256(content: Any) -> str:
    return hashlib.sha256(_json(content).encode()).hexdigest()


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[key] for key in ("digest", "run", "step", "split", "measure", "stratum"))


def _run_of(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["digest"], row["run"]


def _read(folder: str | Path) -> tuple[dict[str, dict[str, Any]], list[dict[str, Any]], int]:
    """Runs that ended, by digest; their rows, each place once; and how much is ignored."""
    folder = Path(folder)
    if not folder.is_dir():
        raise _missing(folder)
    runs, ignored = _sound(read_lines(folder / RUNS), _is_run)  # first, as they are written last
    rows, torn = _sound([*read_parquet(folder / PUBLISHED), *read_lines(folder / ROWS)], _is_row)
    of: dict[tuple[str, str], dict[tuple[Any, ...], dict[str, Any]]] = defaultdict(dict)
    for row in rows:
        of[_run_of(row)].setdefault(_place(row), row)
    ended: dict[str, dict[str, Any]] = {}
    for run in {line["run"]: line for line in runs}.values():
        if run["error"] is None and not _whole(folder, run, [*of[_run_of(run)].values()]):
            ignored += 1
        elif run["error"] is None or ended.get(run["digest"], run)["error"] is not None:
            ended[run["digest"]] = run
    finished = [run for run in ended.values() if run["error"] is None]
    return ended, [row for run in finished for row in of[_run_of(run)].values()], ignored + torn


def _whole(folder: Path, run: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run's rows and files are those that its line was sealed with."""
    return run["rows_sha256"] == _sha256(rows) and all(
        (folder / file).is_file() and checksum(folder / file) == sha256
        for file, sha256 in run["files"].items()
    )


def _missing(folder: Path) -> InputError:
    """The error for a folder that is not there, with the folders of results beside it."""
    beside = sorted(path.parent.name for path in folder.parent.glob(f"*/{RUNS}"))
    names = get_close_matches(folder.name, beside, n=3, cutoff=0.5) or beside[:10]
    if names:
        return InputError(
            f"no results at {folder}; in {folder.parent} there are {', '.join(names)}"
        )
    return InputError(
        f"no results at {folder}; run the experiment first, or name the folder of its results"
    )


def _sound(values: Iterable[Any], check: Callable[[Any], bool]) -> tuple[list[dict[str, Any]], int]:
    """The values that pass a check, and how many do not."""
    values = list(values)
    sound = [value for value in values if check(value)]
    return sound, len(values) - len(sound)


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == set(Row._fields)


def _is_run(value: Any) -> bool:
    """Whether a line is a run's, unchanged since it was sealed, and its digest that of its spec."""
    if not isinstance(value, dict) or "sha256" not in value:
        return False
    with suppress(ValueError, KeyError, TypeError):
        rest = {key: each for key, each in value.items() if key != "sha256"}
        hashed = {name: value["spec"][name] for name in value["hashed"]}
        return value["sha256"] == _sha256(rest) and value["digest"] == digest(hashed)
    return False
