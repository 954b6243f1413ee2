"""Stops a small sweep by SIGINT and SIGTERM at uniform moments, and counts how it ended.

    python scripts/torture/signals.py --times 50

The sweep is repeated in the same folder until it is done, which gives the rows and logits
of one that was never stopped, and then begins anew. Every stop must come within two
seconds, with exit code 130 or 143, and with the sentence that tells how many runs are
finished; before the runs are known it tells no number. Needs /proc, where the moment is
seen from which the program catches signals.
"""

import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import tally
from tally import Options, Tally

from embexp import records
from embexp.report.arms import BASELINE

PROMISE = "a stop comes in two seconds, with its exit code and how many runs are finished"

EXPERIMENT = '''"""Does it end as it should?"""
from embexp import grid


def specs(seeds=1):
    return grid(
        corpus="world:words=200,texts=300",
        vectors="trained:ppmi-svd,dim=20",
        regime=["frozen", "tuned"],
        encoder=["mean", "cnn"],
        seed=range(seeds),
        epochs=1,
    )
'''
RUNS = 4
SENTENCE = re.compile(
    r"(?:\S+/table\.md · figures: .+\n)?"  # where the sweep was done
    r"embexp: Stopped; (?:(\d+) of (\d+) runs finished; )?repeat the command to continue\n"
)
WITHIN = 2.0
"""Seconds that a stop may take."""
NEVER = 1e4


class Ended(NamedTuple):
    """How a sweep ended: `seconds` after the signal, or after it began to catch signals."""

    code: int
    said: str
    table: str
    seconds: float
    signalled: bool


def start(folder: Path, results: str) -> "subprocess.Popen[str]":
    """The sweep, from the moment on from which it catches signals."""
    command = [sys.executable, "-m", "embexp", "run", "small.py", "--results", results]
    process = subprocess.Popen(
        [*command, "--format", "json"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    status = Path("/proc", str(process.pid), "status")
    while process.poll() is None:
        caught = re.search(r"^SigCgt:\s*(\w+)", status.read_text(), re.MULTILINE)
        if caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            break
        time.sleep(0.001)
    return process


def end(process: "subprocess.Popen[str]", number: int, after: float) -> Ended:
    """What became of a sweep that gets a signal, or 0 for none, after some seconds."""
    begin, signalled = time.monotonic(), False
    try:
        table, said = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        begin, signalled = time.monotonic(), True
        process.send_signal(number)
        table, said = process.communicate()
    return Ended(process.returncode, said, table, time.monotonic() - begin, signalled)


def swallowed(ended: Ended) -> bool:
    """Whether a signal came and all went on; one that comes at the very end has nothing to stop."""
    return ended.signalled and ended.code == 0 and ended.seconds > WITHIN


def fault(ended: Ended, number: int, finished: int) -> str:
    """What is wrong with a stop; nothing where all is as it should be."""
    if ended.code != 128 + number:
        return f"exit code {ended.code}"
    if ended.seconds > WITHIN:
        return f"took {ended.seconds:.1f} s"
    told = SENTENCE.fullmatch(ended.said)
    if told is None:
        return f"said {ended.said!r}"
    if told[1] is not None and (int(told[1]), int(told[2])) != (finished, RUNS):
        return f"told {told[1]} of {told[2]} where {finished} of {RUNS} are finished"
    return ""


def content(results: Path) -> list[str]:
    """All rows and logits of a folder of results, without the random ids of attempts."""
    rows = [{**row, "run": ""} for row in records.read_rows(results)]
    logits = [f"{path.name} {path.read_bytes().hex()}" for path in results.glob("logits/*.npy")]
    return sorted([json.dumps(row, sort_keys=True) for row in rows] + logits)


def finished(results: Path) -> int:
    """How many runs of the sweep a folder holds that are whole; baselines come after them."""
    if not results.is_dir():
        return 0
    runs = records.read_runs(results).values()
    trained = [run for run in runs if not run["arm"].startswith(BASELINE)]
    return sum(run["error"] is None for run in trained)


def run(options: Options) -> Iterator[Tally]:
    """Both signals in turn, `times` of each kind, and a sweep that is left to end."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # background jobs may ignore it
    tally = Tally("signals", PROMISE)
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root)
        (folder / "small.py").write_text(EXPERIMENT)
        whole = end(start(folder, "whole"), 0, after=NEVER)
        expected, sweep = content(folder / "whole" / "small"), 0
        for number, share in chain(moments(options), [(0, NEVER)]):
            results = folder / f"sweep-{sweep}" / "small"
            ended = end(start(folder, f"sweep-{sweep}"), number, share * whole.seconds)
            if swallowed(ended):
                tally.broken[f"{signal.Signals(number).name} swallowed"] += 1
            if ended.code == 0:
                sweep += 1
                same = content(results) == expected
                ending = "equal to" if same else "other than"
                (tally.held if same else tally.broken)[f"sweep {ending} one never stopped"] += 1
                continue
            wrong = fault(ended, number, finished(results))
            phase = "sweeping" if " runs finished" in ended.said else "starting"
            kind = f"{signal.Signals(number).name} while {phase}: {wrong or 'as it should be'}"
            (tally.broken if wrong else tally.held)[kind] += 1
    yield tally


def moments(options: Options) -> Iterator[tuple[int, float]]:
    """Signals, and the shares of a sweep's time after which they come."""
    draw = np.random.default_rng(options.seed)
    for _ in options.cases():
        for number in (signal.SIGINT, signal.SIGTERM):
            yield number, float(draw.uniform())


if __name__ == "__main__":
    tally.start(__doc__, run)
