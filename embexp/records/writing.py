"""Appends runs with their rows to a folder, or publishes them."""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from embexp.records.schema import PUBLISHED, ROWS, RUNS, Row, Run, canonical, place_of, sha256_of
from embexp.records.scores import scores_file
from embexp.records.word_paths import WordPaths, paths_file, write_word_paths
from embexp.storage import append_lines, checksum, replace, write_parquet, writing


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
    if len({place_of(row) for row in written}) < len(written):
        raise ValueError(f"two rows of {run.digest} have the same step, split, measure and stratum")
    with writing(folder) as folder:
        sums = {Path(file).as_posix(): checksum(folder / file) for file in files}
        append_lines(folder / ROWS, map(canonical, written))
        append_lines(folder / RUNS, [sealed(run, written, sums)])


def publish(
    folder: str | Path,
    runs: Sequence[tuple[Run, Sequence[Row]]],
    scores: Mapping[str, Path] = {},
    paths: Mapping[str, WordPaths] = {},
) -> None:
    """Writes finished runs for others to read: rows as Parquet, scores as they are.

    Logits and parameters are not published.

    Args:
        scores: the file of the scores of those runs that have one, by digest.
        paths: of words, for a map, likewise.
    """
    with writing(folder) as folder:
        plain = [[_plain(row) for row in rows] for _, rows in runs]
        files = {name: checksum(folder / name) for name in _extras(folder, scores, paths)}
        sums = {
            run.digest: {name: files[name] for name in _names(run.digest) if name in files}
            for run, _ in runs
        }
        lines = [
            sealed(run, rows, sums[run.digest]) + "\n"
            for (run, _), rows in zip(runs, plain, strict=True)
        ]
        write_parquet(folder / PUBLISHED, [row for rows in plain for row in rows])
        replace(folder / RUNS, lambda file: file.write("".join(lines).encode()))
        for path in (path for name in _names("*") for path in folder.glob(name)):
            if path.relative_to(folder).as_posix() not in files:
                path.unlink()


def _names(digest: str) -> tuple[str, str]:
    """The files of a run that are published beside its rows."""
    return scores_file(digest), paths_file(digest)


def _extras(
    folder: Path, scores: Mapping[str, Path], paths: Mapping[str, WordPaths]
) -> Iterator[str]:
    """Puts runs' scores and words into a folder; gives their files."""
    for digest, path in scores.items():
        content, name = path.read_bytes(), scores_file(digest)
        replace(folder / name, lambda file, content=content: file.write(content))
        yield name
    for digest, each in paths.items():
        yield write_word_paths(folder, digest, each)


def sealed(run: Run, rows: Sequence[Mapping[str, Any]], files: Mapping[str, str]) -> str:
    """The line of a run, with the checksums that hold it and its rows together."""
    line = {**run._asdict(), "rows": len(rows), "rows_sha256": sha256_of(rows), "files": files}
    return json.dumps({**line, "sha256": sha256_of(line)}, allow_nan=False)


def _plain(row: Row) -> dict[str, Any]:
    """A row in JSON's types."""
    numbers = {key: getattr(row, key) for key in ("value", "low", "high", "chance")}
    finite = {
        key: float(value) if value is not None and math.isfinite(value) else None
        for key, value in numbers.items()
    }
    counts = {key: int(getattr(row, key)) for key in ("step", "n", "total")}
    return row._asdict() | finite | counts
