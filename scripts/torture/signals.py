"""Stops a small sweep by SIGINT and SIGTERM at uniform moments, and counts how it ended.

    python scripts/torture/signals.py --times 50

The sweep is repeated in the same folder until it is done, which gives the rows and logits
of one that was never stopped, and then begins anew. Every stop must come within two
seconds, with exit code 130 or 143, and with the sentence that tells how many runs are
finished; before the runs are known it tells no number. Needs /proc, where the moment is
seen from which the program catches signals.
"""

import argparse
import json
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import numpy as np

from embexp import records

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


class Ended(NamedTuple):
    """How a sweep ended: `seconds` after the signal, or after it began to catch signals."""

    code: int
    said: str
    table: str
    seconds: float


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
    begin = time.monotonic()
    try:
        table, said = process.communicate(timeout=after)
    except subprocess.TimeoutExpired:
        begin = time.monotonic()
        process.send_signal(number)
        table, said = process.communicate()
    return Ended(process.returncode, said, table, time.monotonic() - begin)


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
    """How many runs a folder holds that are whole."""
    if not results.is_dir():
        return 0
    return sum(run["error"] is None for run in records.read_runs(results).values())


def torture(folder: Path, times: int) -> tuple[Counter[str], float, int]:
    """The kinds of outcomes of so many signals of each kind, the longest stop, the failures."""
    (folder / "small.py").write_text(EXPERIMENT)
    whole = end(start(folder, "whole"), 0, after=1e6)
    expected = content(folder / "whole" / "small")
    kinds, longest, failures, sweep = Counter[str](), 0.0, 0, 0
    numbers = [signal.SIGINT, signal.SIGTERM] * times
    rng = np.random.default_rng(0)
    while True:  # until a sweep has ended after the last signal
        results = folder / f"sweep-{sweep}" / "small"
        number = numbers.pop() if numbers else 0
        moment = whole.seconds * rng.uniform() if number else 1e6
        ended = end(start(folder, f"sweep-{sweep}"), number, moment)
        if ended.code == 0:
            same = content(results) == expected
            failures += not same
            kinds[f"sweep {'equal to' if same else 'other than'} one never stopped"] += 1
            sweep += 1
            if not number:
                return kinds, longest, failures
            numbers.append(number)  # it came too late
            continue
        wrong = fault(ended, number, finished(results))
        failures += bool(wrong)
        longest = max(longest, ended.seconds)
        phase = "sweeping" if " runs finished" in ended.said else "starting"
        kind = f"{signal.Signals(number).name} while {phase}: {wrong or 'as it should be'}"
        kinds[kind] += 1
        print(f"{len(numbers)} to go; {moment:.2f} s, {kind}", file=sys.stderr, flush=True)


def main() -> None:
    """Prints one line for each kind of outcome; the exit code is 1 if there was a failure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="signals of each kind")
    with tempfile.TemporaryDirectory() as folder:
        kinds, longest, failures = torture(Path(folder), parser.parse_args().times)
    for kind, count in sorted(kinds.items()):
        print(f"{count:4d}  {kind}")
    print(f"the longest stop took {longest:.2f} s; {failures} failures")
    sys.exit(failures > 0)


if __name__ == "__main__":
    main()
