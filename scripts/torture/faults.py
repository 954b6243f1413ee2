"""Faults at every operation of the code that writes: kills, torn writes, errors of the disk.

    python scripts/torture/faults.py --times 200 --only "sweep"

Each command is run once to count what it does to files, then once for each operation and
fault, in a process of its own. Then it is repeated without a fault, and must give what it
gives undisturbed. Training is stubbed in sweeps, and real for vectors.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import sweeps
import tally
from forked import Ended, forked
from injected import ERRORS, KILL, TORN, Watch, watching
from sweeps import command
from tally import Options, Tally
from works import Work, each, files, sweep, training

PROMISE = (
    "after a kill the repeated command gives equal results and nothing finished is lost; after "
    "an error there is one sentence, no half file, and equal results once the error is gone"
)
QUICKSTART = Path(__file__).parents[2] / "results" / "quickstart"
DIM, EPOCHS = ("--dim", "4"), ("--epochs", "3")
TARGETS = ("v.vec", "v.txt.gz", "v.bin", "v.safetensors", "v.npz", "v.parquet", "v.vec.zip")


def works() -> dict[str, Work]:
    """All commands that write."""
    small = {"words": 6, "length": 8, "lines": 200}
    found = {"sweep": sweep()}
    for method, more in (("cbow", EPOCHS), ("fasttext", EPOCHS), ("ppmi-svd", ())):
        found[f"vectors train {method}"] = training("--method", method, *DIM, *more, **small)
    for target in TARGETS:
        found[f"vectors convert {target}"] = Work(_convert(target), files(target), _vectors)
    for name in ("report", "figure"):
        found[name] = Work(
            lambda folder, name=name: command(name, str(folder / "r")),
            files("r/*.html", "r/*.png"),
            _results,
        )
    return found


def _convert(target: str) -> Callable[[Path], Callable[[], None]]:
    return lambda folder: command(
        "vectors", "convert", str(folder / "in.txt"), str(folder / target)
    )


def _vectors(folder: Path) -> None:
    draw = np.random.default_rng(0)
    rows = (" ".join(map(str, draw.normal(size=50).round(4))) for _ in range(4000))
    (folder / "in.txt").write_text("".join(f"w{n} {row}\n" for n, row in enumerate(rows)))


def _results(folder: Path) -> None:
    shutil.copytree(QUICKSTART, folder / "r", ignore=shutil.ignore_patterns("*.png", "*.md"))


def run(options: Options) -> Iterator[Tally]:
    """Every command in turn."""
    from embexp.vectors import checkpoint

    checkpoint.EVERY = 0.0
    if options.wants("sweep"):
        sweeps.stub()
    yield from each(works(), options, harmed)


def harmed(name: str, work: Work, root: Path, options: Options, share: float) -> Tally:
    """One command, with a fault at its every operation; those of a fraction if time is short."""
    tally = Tally(f"faults, {name}", PROMISE)
    whole = work.fresh(root / "whole")
    watch = Watch(whole)
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        work.act(work.fresh(root / "warm"))()
        with watching(watch):
            work.act(whole)()
    end = work.state(whole)
    cases = [
        (at, fault)
        for at, operation in enumerate(watch.seen)
        for fault in (KILL, TORN, *ERRORS)
        if fault != TORN or operation.startswith("write")
    ]
    order = np.random.default_rng(options.seed).permutation(len(cases))
    for number, case in zip(options.cases(share), order, strict=False):
        at, fault = cases[case]
        found = _case(work, work.fresh(root / f"case{number}"), end, at, fault)
        shown = f"{fault} at {watch.seen[at]}: {found}" if found.startswith("!") else found
        (tally.broken if found.startswith("!") else tally.held)[shown] += 1
        shutil.rmtree(root / f"case{number}")
    return tally


def _case(work: Work, folder: Path, end: Any, at: int, fault: str) -> str:
    """What became of a command with one fault; what breaks the promise begins with `!`."""

    def act() -> None:
        with watching(Watch(folder, at, fault)):
            work.act(folder)()

    first = forked(act)
    if problem := _problem(first, work, folder, end, fault):
        return f"!{problem}"
    again = forked(work.act(folder))
    if again.code != 0:
        return f"!then {again.shown}"
    if work.state(folder) != end:
        return "!then other results"
    stays = any(path.suffix in (".part", ".partial") for path in folder.rglob(".*"))
    return f"{'killed' if first.code == -9 else first.shown if first.code else 'no error'}, " + (
        "then equal results beside a part of a file" if stays else "then equal results"
    )


def _problem(first: Ended, work: Work, folder: Path, end: Any, fault: str) -> str:
    """What a fault has broken, or nothing."""
    if fault in (KILL, TORN):
        if first.code not in (-9, 0):
            return first.shown
    elif first.code != 0 and not first.sentence:
        return first.shown
    now = work.state(folder)
    if first.code == 0 and now != end:
        return "success was told, but results are missing"
    return "" if work.whole(now, end) else "a half file, or a changed value"


if __name__ == "__main__":
    os.environ["EMBEXP_CACHE"] = ""
    tally.start(__doc__, run)
