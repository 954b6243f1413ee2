"""Kills sweeps and trainings of vectors at random moments until they end, and compares.

    python scripts/torture/kills.py --times 20 --only "vectors train glove"

Every attempt is a process of its own, which gets a SIGKILL at a moment that is drawn
evenly from a little more than the time of an undisturbed one. `--times` counts kills.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import tally
from forked import forked
from tally import Options, Tally
from works import Work, each, part_of, sweep, training

PROMISE = "the repeated command ends with the bits of an undisturbed one, and loses no finished run"
EPOCHS = ("--epochs", "6")
METHODS = {
    "skipgram": ("--method", "skipgram", "--engine", "jax", *EPOCHS),
    "skipgram gensim": ("--method", "skipgram", "--engine", "gensim", *EPOCHS),
    "cbow": ("--method", "cbow", *EPOCHS),
    "fasttext": ("--method", "fasttext", *EPOCHS),
    "glove": ("--method", "glove", *EPOCHS),
    "ppmi-svd": ("--method", "ppmi-svd"),
}
LONGER = 1.15
"""Moments are drawn from this many times the undisturbed time, so that attempts also end."""


def works() -> dict[str, Work]:
    """A sweep, and each way of training vectors."""
    text = {"words": 300, "length": 12, "lines": 4000}
    found = {"sweep": sweep()}
    for name, options in METHODS.items():
        found[f"vectors train {name}"] = training(*options, "--dim", "8", **text)
    return found


def run(options: Options) -> Iterator[Tally]:
    """Each kind of work in turn."""
    from embexp.vectors import checkpoint, chunks, glove

    if options.wants("sweep"):
        from embexp.runner import plan  # once for all attempts; no device is in use yet

        plan.LARGEST = 2
    checkpoint.EVERY = 0.0
    chunks.CHUNK, glove.ENTRIES = 1 << 13, 1 << 14  # several states in a short training
    yield from each(works(), options, killed)


def killed(name: str, work: Work, root: Path, options: Options, share: float) -> Tally:
    """One kind of work, killed again and again; a new folder after each that ended."""
    tally = Tally(f"kills, {name}", PROMISE)
    whole = work.fresh(root / "whole")
    start = time.monotonic()
    ended = forked(work.act(whole))
    seconds = time.monotonic() - start
    if ended.code != 0:
        tally.broken[f"undisturbed: {ended.shown}"] += 1
        return tally
    end, draw = work.state(whole), np.random.default_rng(options.seed)
    folder, before, series = work.fresh(root / "series0"), {}, 0
    for _ in options.cases(share):
        attempt = forked(work.act(folder), kill_after=float(draw.uniform(0, LONGER * seconds)))
        now = work.state(folder)
        if problem := _problem(attempt.code, now, before, end, work):
            tally.broken[problem if attempt.code in (0, -9) else f"{problem}: {attempt.shown}"] += 1
        else:
            tally.held["killed" if attempt.code else "ended with equal results"] += 1
        before = now
        if attempt.code == 0 or problem:
            series += 1
            folder, before = work.fresh(root / f"series{series}"), {}
    ended = forked(work.act(folder))
    if ended.code == 0 and work.state(folder) == end:
        tally.held["ended with equal results"] += 1
    else:
        tally.broken[f"at last {ended.shown}"] += 1
    return tally


def _problem(code: int, now: Any, before: Any, end: Any, work: Work) -> str:
    """What a kill has broken, or nothing."""
    if code not in (0, -9):
        return "it does not go on after a kill"
    if code == 0 and now != end:
        return "other results than undisturbed"
    if not work.whole(now, end):
        return "a half file, or a changed value"
    return "" if part_of(before, now) else "something finished is lost"


if __name__ == "__main__":
    os.environ["EMBEXP_CACHE"] = ""
    tally.start(__doc__, run)
