"""Kills sweeps and trainings of vectors at random moments until they end, and compares.

    python scripts/torture/kills.py --times 20 --only "vectors train glove"

Every attempt is a process of its own, which gets a SIGKILL at a moment that is drawn
evenly from a little more than the time of an undisturbed one. `--times` counts kills.
"""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import sweeps
import tally
from forked import forked
from sweeps import command
from tally import Options, Tally

PROMISE = "the repeated command ends with the bits of an undisturbed one, and loses no finished run"
METHODS = {
    "skipgram": ("--method", "skipgram", "--engine", "jax"),
    "skipgram gensim": ("--method", "skipgram", "--engine", "gensim"),
    "cbow": ("--method", "cbow"),
    "fasttext": ("--method", "fasttext"),
    "glove": ("--method", "glove"),
    "ppmi-svd": ("--method", "ppmi-svd"),
}
LONGER = 1.15
"""Moments are drawn from this many times the undisturbed time, so that attempts also end."""


@dataclass(frozen=True)
class Work:
    """What is killed.

    Args:
        act: does it, given a folder with what it needs.
        state: what it has made there, as far as it is finished.
        begin: puts what it needs into the folder.
    """

    act: Callable[[Path], Callable[[], None]]
    state: Callable[[Path], dict[str, Any]]
    begin: Callable[[Path], object]


def works() -> dict[str, Work]:
    """A sweep, and each way of training vectors."""
    found = {
        "sweep": Work(
            lambda folder: command(
                *("run", str(folder / "small.py"), "--results", str(folder / "runs")),
                *("--save-models", "--format", "json"),
            ),
            lambda folder: sweeps.left(folder / "runs" / "small"),
            sweeps.written,
        )
    }
    for name, options in METHODS.items():
        out = "v.fasttext.bin" if name == "fasttext" else "v.vec"
        found[f"vectors train {name}"] = Work(
            _training(options, out), lambda folder, out=out: _bytes(folder / out), _text
        )
    return found


def _training(options: tuple[str, ...], out: str) -> Callable[[Path], Callable[[], None]]:
    epochs = () if "ppmi-svd" in options else ("--epochs", "6")
    given = (*options, "--dim", "8", "--min-count", "1", *epochs)
    return lambda folder: command(
        *("vectors", "train", str(folder / "text.txt"), "--out", str(folder / out), *given)
    )


def _bytes(path: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes()} if path.exists() else {}


def _text(folder: Path) -> None:
    draw = np.random.default_rng(0)
    words = [f"w{number}" for number in range(300)]
    lines = (" ".join(draw.choice(words, 12)) for _ in range(4000))
    (folder / "text.txt").write_text("\n".join(lines) + "\n")


def run(options: Options) -> Iterator[Tally]:
    """Each kind of work in turn."""
    from embexp.vectors import checkpoint, chunks, glove

    if options.wants("sweep"):
        from embexp.runner import plan  # once for all attempts; no device is in use yet

        plan.LARGEST = 2
    checkpoint.EVERY = 0.0
    chunks.CHUNK, glove.ENTRIES = 1 << 13, 1 << 14  # several states in a short training
    wanted = {name: work for name, work in works().items() if options.wants(name)}
    for name, work in wanted.items():
        with tempfile.TemporaryDirectory() as root:
            yield killed(name, work, Path(root), options, 1 / len(wanted))


def killed(name: str, work: Work, root: Path, options: Options, share: float) -> Tally:
    """One kind of work, killed again and again; a new folder after each that ended."""
    tally = Tally(f"kills, {name}", PROMISE)
    whole = _fresh(root, work, "whole")
    start = time.monotonic()
    ended = forked(work.act(whole))
    seconds = time.monotonic() - start
    if ended.code != 0:
        tally.broken[f"undisturbed: {ended.shown}"] += 1
        return tally
    end, draw = work.state(whole), np.random.default_rng(options.seed)
    folder, before, series = _fresh(root, work, "series0"), {}, 0
    for _ in options.cases(share):
        attempt = forked(work.act(folder), kill_after=float(draw.uniform(0, LONGER * seconds)))
        now = work.state(folder)
        if problem := _problem(attempt.code, now, before, end):
            tally.broken[problem if attempt.code in (0, -9) else f"{problem}: {attempt.shown}"] += 1
        else:
            tally.held["killed" if attempt.code else "ended with equal results"] += 1
        before = now
        if attempt.code == 0 or problem:
            series += 1
            folder, before = _fresh(root, work, f"series{series}"), {}
    ended = forked(work.act(folder))
    if ended.code == 0 and work.state(folder) == end:
        tally.held["ended with equal results"] += 1
    else:
        tally.broken[f"at last {ended.shown}"] += 1
    return tally


def _problem(code: int, now: dict[str, Any], before: dict[str, Any], end: dict[str, Any]) -> str:
    """What a kill has broken, or nothing."""
    if code not in (0, -9):
        return "it does not go on after a kill"
    if code == 0 and now != end:
        return "other results than undisturbed"
    if not now.items() <= end.items():
        return "a half file, or a changed value"
    return "" if before.items() <= now.items() else "something finished is lost"


def _fresh(root: Path, work: Work, name: str) -> Path:
    folder = root / name
    folder.mkdir()
    work.begin(folder)
    return folder


if __name__ == "__main__":
    os.environ["EMBEXP_CACHE"] = ""
    tally.start(__doc__, run)
