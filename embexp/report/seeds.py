"""Which seeds of a table each arm has, which failed and which are missing."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from embexp.report.arms import Arm, order

Runs = Mapping[str, Mapping[str, Any]]
"""The line of each run, by digest, from `records.read_runs`."""


@dataclass(frozen=True)
class Seeds:
    """How many of the table's seeds an arm has."""

    finished: int
    failed: int
    missing: int
    """Seeds that other arms have but that never ended in this one."""
    errors: tuple[str, ...]

    def __str__(self) -> str:
        holes = [
            f"{count} {what}"
            for count, what in ((self.failed, "failed"), (self.missing, "not run"))
            if count
        ]
        return f"{self.finished}/{self.finished + self.failed + self.missing}" + (
            f" ({', '.join(holes)})" if holes else ""
        )

    def with_values(self, count: int) -> str:
        """The same, and how many seeds have a value where some finished without one."""
        return str(self) if count == self.finished else f"{self}; {count} with a value"


def seeds_of(runs: Runs, of: Mapping[str, Arm]) -> dict[Arm, Seeds]:
    """Which seeds of the table each arm has, in the order of the arms."""
    ended: dict[Arm, dict[int, str | None]] = defaultdict(dict)
    for digest, run in runs.items():
        ended[of[digest]][run["spec"]["seed"]] = run["error"]
    every = set().union(*ended.values())
    return {
        arm: Seeds(
            finished=sum(error is None for error in errors.values()),
            failed=sum(error is not None for error in errors.values()),
            missing=len(every - errors.keys()),
            errors=tuple(
                f"seed {seed}: {' '.join(error.split())}"
                for seed, error in sorted(errors.items())
                if error is not None
            ),
        )
        for arm, errors in sorted(ended.items(), key=lambda item: order(item[0]))
    }


def notes_of(seeds: Mapping[Arm, Seeds], damaged: int) -> tuple[str, ...]:
    """What failed and what was ignored, in sentences below a table."""
    failed = [f"Failed: {arm}, {error}" for arm, own in seeds.items() for error in own.errors]
    lines = "1 damaged line was" if damaged == 1 else f"{damaged} damaged lines were"
    ignored = f"{lines} ignored; runs that lost rows so are made again with the next sweep."
    return (*failed, *([ignored] if damaged else []))


def corpora(runs: Iterable[Mapping[str, Any]]) -> str:
    """The corpora of some runs, in the order of the alphabet."""
    return ", ".join(sorted({run["spec"]["corpus"] for run in runs}))
