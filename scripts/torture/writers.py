"""Two writers of one folder of results, and a sweep in a folder that is in use."""

import os
from pathlib import Path
from typing import Any

import sweeps
from forked import forked
from tally import Options, Tally

PROMISE = "two writers of one folder lose nothing, and a second sweep is refused in a sentence"


def two_writers(root: Path, options: Options) -> Tally:
    """Two processes that append to one folder, and a sweep in a folder that is in use."""
    from embexp import records, storage

    tally = Tally("scarce, two writers", PROMISE)
    folder, each = root / "both", options.times or 50
    for child in [_appending(folder, range(start, start + each)) for start in (0, each)]:
        os.waitpid(child, 0)
    found = records.read(folder)
    good = len(found.runs) == 2 * each and not found.damaged
    (tally.held if good else tally.broken)[f"{len(found.runs)} of {2 * each} runs whole"] += 1
    with storage.lock(root / "runs" / "small"):
        path = sweeps.written(root)
        ended = forked(sweeps.command("run", str(path), "--results", str(root / "runs")))
    (tally.held if ended.sentence else tally.broken)[f"a second sweep: {ended.shown}"] += 1
    return tally


def _appending(folder: Path, seeds: range) -> int:
    """A process that appends a run for each seed."""
    child = os.fork()
    if child == 0:
        try:
            for seed in seeds:
                _append(folder, seed)
        finally:
            os._exit(0)
    return child


def _append(folder: Path, seed: int) -> None:
    from embexp.records import Row, Run, append, digest

    spec: dict[str, Any] = {"corpus": "mr", "regime": "random", "vectors": None}
    spec |= {"encoder": "mean", "seed": seed}
    name = digest(spec)
    rows = [Row(name, "r", s, "test", "accuracy", s / 7, 0.1, 0.9, 9, 9) for s in range(20)]
    origin: dict[str, Any] = {"data": {}, "code": {}, "versions": {}}
    append(
        folder,
        rows,
        Run(
            name,
            "r",
            spec,
            sorted(spec),
            "random",
            control=False,
            device="cpu",
            seconds=1.0,
            time="",
            **origin,
        ),
    )
