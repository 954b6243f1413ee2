"""Counts how the cases of one part of the campaign end, and whether its promise held."""

import argparse
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROMISE_BROKEN = 1


@dataclass
class Tally:
    """The cases of one kind of harm.

    Args:
        part: what was harmed, and how.
        promise: what must hold in every case.
        held: how often it held, by how the case ended.
        broken: how often it was broken, by what was seen.
        skipped: what could not be tried here, and why.
    """

    part: str
    promise: str
    held: Counter[str] = field(default_factory=Counter)
    broken: Counter[str] = field(default_factory=Counter)
    skipped: list[str] = field(default_factory=list)

    def lines(self) -> Iterator[str]:
        """A line for each way in which cases ended."""
        for mark, counts in (("    ok", self.held), ("BROKEN", self.broken)):
            yield from (
                f"{mark} {self.part:28} {count:8} {kind}" for kind, count in counts.most_common()
            )
        yield from (f"  SKIP {self.part:28}          {reason}" for reason in self.skipped)


@dataclass
class Options:
    """How long a part may take, and where failing inputs are kept.

    Args:
        minutes: the time for the part, unless `times` is given.
        times: the number of cases of each kind.
        only: the kinds to try; all if empty.
    """

    minutes: float = 2.0
    times: int | None = None
    seed: int = 0
    keep: Path | None = None
    only: tuple[str, ...] = ()

    def cases(self, share: float = 1.0) -> Iterator[int]:
        """Numbers from 0, `times` of them, or until this share of the time is over."""
        end, case = time.monotonic() + 60 * self.minutes * share, 0
        while (case < self.times) if self.times is not None else (time.monotonic() < end):
            yield case
            case += 1

    def wants(self, kind: str) -> bool:
        """Whether a kind is to be tried."""
        return not self.only or any(kind.startswith(name) for name in self.only)

    def kept(self, name: str, content: bytes) -> str:
        """Keeps a failing input if there is a folder for them; the name under which it lies."""
        if self.keep is not None:
            self.keep.mkdir(parents=True, exist_ok=True)
            (self.keep / name).write_bytes(content)
        return name


def start(about: str | None, run: Callable[[Options], Iterable[Tally]]) -> None:
    """Runs one part from the command line; exit code 1 where a promise is broken."""
    parser = argparse.ArgumentParser(description=(about or "").partition("\n\n")[0])
    parser.add_argument("--minutes", type=float, default=2.0)
    parser.add_argument("--times", type=int, help="cases of each kind, instead of --minutes")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder for inputs that break a promise")
    parser.add_argument("--only", nargs="*", default=(), help="kinds, by how their names begin")
    parser.add_argument("--json", type=Path, help="a file for the counts")
    given = parser.parse_args()
    os.environ["EMBEXP_CACHE"] = ""
    options = Options(given.minutes, given.times, given.seed, given.keep, tuple(given.only))
    begin, found = time.monotonic(), []
    for tally in run(options):
        found.append(tally)
        print("\n".join(tally.lines()), flush=True)
    if given.json is not None:
        given.json.write_text(json.dumps([vars(tally) for tally in found], indent=1))
    print(
        f"{sum(t.held.total() + t.broken.total() for t in found)} cases in "
        f"{time.monotonic() - begin:.0f} s"
    )
    sys.exit(PROMISE_BROKEN if any(tally.broken for tally in found) else 0)
