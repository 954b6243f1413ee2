"""Reads the runs of a folder that are whole, with their rows."""

import math
import os
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import NoneType
from typing import Any, NamedTuple

from embexp.errors import InputError
from embexp.records.schema import (
    JOINED,
    PUBLISHED,
    ROWS,
    RUNS,
    Row,
    Run,
    digest,
    place_of,
    sha256_of,
)
from embexp.records.scores import RunScores, scores_of
from embexp.storage import checksum, read_lines, read_parquet

Record = dict[str, Any]
FIELDS, TYPES = frozenset(Row._fields), {str, int, float, NoneType}
"""What a row has, and what that may be."""
OTHER_DATA = 1_000_000
"""What stands as the number of the search for settings that other data sets chose."""


class Results(NamedTuple):
    """What a folder holds.

    Args:
        rows: see `read_rows`.
        runs: see `read_runs`.
        damaged: how many lines and runs are ignored, as they are torn, malformed or do not
            match their checksums.
    """

    rows: list[Record]
    runs: dict[str, Record]
    damaged: int

    def reported(self) -> "Results":
        """The same without trials, repeated searches and other splits.

        Tables and figures leave them out.
        """
        return self._having(lambda run: not is_trial(run) and not is_repeated(run))

    def of_splits(self) -> dict[int, "Results"]:
        """Results of each split of the texts, without trials and repeated searches, by number."""
        of: dict[int, set[str]] = defaultdict(set)
        for run in self.runs.values():
            if not is_trial(run) and not run["spec"].get("search"):
                of[run["spec"].get("split", 0)].add(run["digest"])
        return {
            number: self._having(lambda run, own=of[number]: run["digest"] in own)
            for number in sorted(of)
        }

    def of_other_data(self) -> "Results":
        """Results at settings that other data sets chose."""
        return self._having(lambda run: run["spec"].get("search") == OTHER_DATA)

    def of(self, digests: Collection[str]) -> "Results":
        """The same with some runs only, and the trials of searches."""
        return self._having(lambda run: run["digest"] in digests or is_trial(run))

    def with_trials(self, digests: Collection[str]) -> "Results":
        """The same with some trials of searches only."""
        return self._having(lambda run: run["digest"] in digests or not is_trial(run))

    def _having(self, wanted: Callable[[Record], bool]) -> "Results":
        runs = {digest: run for digest, run in self.runs.items() if wanted(run)}
        return self._replace(rows=[row for row in self.rows if row["digest"] in runs], runs=runs)


def is_trial(run: Mapping[str, Any]) -> bool:
    """Whether a run is a trial of a search; runs from before there were searches are not."""
    return run["spec"].get("trial", False)


def is_repeated(run: Mapping[str, Any]) -> bool:
    """Whether a run belongs to a repetition: of the search, or on other splits."""
    return bool(run["spec"].get("search") or run["spec"].get("split"))


def read_runs(folder: str | Path) -> dict[str, Record]:
    """The line of each run that ended, by digest.

    That is the last run that succeeded and is whole, else the last that failed. A spec
    without a line has never been finished, or what it left is damaged: it is to be run.
    """
    return read(folder).runs


def read_rows(folder: str | Path) -> list[Record]:
    """The rows of the runs that succeeded, each joined with what tells of its run.

    A row gains `spec`, `arm`, `control`, and the `corpus`, `regime`, `vectors`, `encoder`
    and `seed` of its spec.

    Raises:
        InputError: no such folder; the sentence names those there are.
    """
    return read(folder).rows


def ended_well(folder: str | Path) -> set[str]:
    """Digests of the runs whose lines say that they succeeded; their rows are not checked."""
    lines, _ = _sound(read_lines(Path(folder, RUNS)), _is_run)
    return {line["digest"] for line in lines if line["error"] is None}


def read_scores(folder: str | Path) -> dict[str, RunScores]:
    """The scores of single items by digest and measure, of the runs that have some.

    Arrays are read when they are asked for: `read_scores(folder)[digest]["accuracy"]`.
    """
    return scores_of(folder, read_runs(folder))


def damage(folder: str | Path) -> int:
    """How many lines and runs of a folder are ignored."""
    return read(folder).damaged


def lost(folder: str | Path, runs: Mapping[str, Record]) -> set[str]:
    """Digests of the runs that ended well, as a line says, and of which none is whole now.

    Args:
        runs: what is whole (`read_runs`).
    """
    lines = [line for line in read_lines(Path(folder, RUNS)) if isinstance(line, dict)]
    named = {line.get("digest") for line in lines if line.get("error") is None}
    whole = {digest for digest, run in runs.items() if run["error"] is None}
    return {digest for digest in named if isinstance(digest, str)} - whole


def read(folder: str | Path) -> Results:
    """The rows and runs of a folder, and how much of it is ignored.

    Raises:
        InputError: no such folder; the sentence names those there are.
    """
    folder = Path(folder)
    if not os.path.isdir(folder):
        raise _missing(folder)
    lines, ignored = _sound(read_lines(folder / RUNS), _is_run)  # first, as they are written last
    values, torn = _sound([*read_parquet(folder / PUBLISHED), *read_lines(folder / ROWS)], _is_row)
    of: dict[tuple[str, str], dict[tuple[Any, ...], Record]] = defaultdict(dict)
    for row in values:
        of[row["digest"], row["run"]].setdefault(place_of(row), row)
    runs: dict[str, Record] = {}
    ended = {(line["digest"], line["run"]): line for line in lines}
    ignored += len(lines) - len(ended) + len(values) - sum(map(len, of.values()))  # doubled
    for run in ended.values():
        if run["error"] is None and not _whole(
            folder, run, [*of[run["digest"], run["run"]].values()]
        ):
            ignored += 1
        elif run["error"] is None or runs.get(run["digest"], run)["error"] is not None:
            runs[run["digest"]] = run
    _fill_in(runs.values())
    rows = []
    for run in runs.values():
        if run["error"] is None:
            joined = {key: run[key] for key in ("spec", "arm", "control")}
            joined |= {key: run["spec"][key] for key in JOINED}
            rows += [row | joined for row in of[run["digest"], run["run"]].values()]
    return Results(rows, runs, ignored + torn)


def _fill_in(runs: Collection[Record]) -> None:
    """Gives specs the identity defaults of fields that were added after they were run.

    They are known from later runs of the same encoder and regime.
    """
    added: dict[tuple[str, str], Record] = defaultdict(dict)
    for spec, hashed in ((run["spec"], run["hashed"]) for run in runs):
        unhashed = {name: spec[name] for name in spec if name not in hashed}
        added[spec["encoder"], spec["regime"]] |= unhashed
    for spec in (run["spec"] for run in runs):
        for name, value in added[spec["encoder"], spec["regime"]].items():
            spec.setdefault(name, value)


def _whole(folder: Path, run: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a run's rows and files are those that its line was sealed with."""
    return run["rows_sha256"] == sha256_of(rows) and all(
        (folder / file).is_file() and checksum(folder / file) == sha256
        for file, sha256 in run["files"].items()
    )


def _missing(folder: Path) -> InputError:
    """The error for a folder that is not there, with the folders of results beside it."""
    beside = sorted(path.parent.name for path in folder.parent.glob(f"*/{RUNS}"))
    there = f"in {folder.parent} there are {', '.join(beside[:10])}"
    hint = there if beside else "run the experiment first, or name the folder of its results"
    return InputError(f"no results at {folder}; {hint}")


def _sound(values: Sequence[Any], check: Callable[[Any], bool]) -> tuple[list[Record], int]:
    """The values that pass a check, and how many do not."""
    sound = [value for value in values if check(value)]
    return sound, len(values) - len(sound)


def _is_row(value: Any) -> bool:
    """Whether a value has a row's fields, with texts, finite numbers or None."""
    if not isinstance(value, dict) or value.keys() != FIELDS:
        return False
    numbers = [each for each in value.values() if type(each) is float]
    return {*map(type, value.values())} <= TYPES and all(map(math.isfinite, numbers))


def _is_run(value: Any) -> bool:
    """Whether a line is a run's, unchanged since it was sealed, and its digest that of its spec."""
    with suppress(AttributeError, ValueError, KeyError, TypeError, RecursionError):
        rest = {key: each for key, each in value.items() if key != "sha256"}
        hashed = {name: value["spec"][name] for name in value["hashed"]}
        whole = {*Run._fields} <= value.keys() and {*JOINED} <= value["spec"].keys()
        sealed = value["sha256"] == sha256_of(rest) and value["digest"] == digest(hashed)
        return whole and sealed
    return False
