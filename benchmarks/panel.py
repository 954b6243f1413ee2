"""Claim: measuring every table at every seam takes less than a tenth of the time that
the IMDB sweep trains.

    EMBEXP_DATA=… python benchmarks/panel.py [--seeds 1] [--once]

The cells of experiments/imdb_regimes.py (6 arms by seeds; 5 seeds are the whole sweep)
train with the panel and, unless told `--once`, without it, in one process. What is
timed begins after the first step, when all is compiled. The claim is about the CPU
seconds (of all threads) that pass inside the panel, over those that pass outside it: on
a machine with other work a difference of two runs is noise.
"""

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from embexp import experiments
from embexp.sweep import group, groups_of
from embexp.sweep.plan import Group

CLAIM = 0.1
EXPERIMENT = Path(__file__).parent.parent / "experiments" / "imdb_regimes.py"


def now() -> np.ndarray:
    """Wall-clock and CPU seconds of this process so far."""
    return np.array([time.perf_counter(), time.process_time()])


def seconds(groups: list[Group], measure: Callable[..., None]) -> tuple[np.ndarray, np.ndarray]:
    """Wall-clock and CPU seconds of training all groups, from each group's first step
    on: outside the panel and inside it.
    """
    inside, spent, begun = np.zeros(2), np.zeros(2), now()

    def timed(*given: Any) -> None:
        nonlocal inside
        start = now()
        measure(*given)
        inside = inside + now() - start

    def on_step(step: int) -> None:
        nonlocal begun, before
        if step == 1:
            begun, before = now(), inside

    group.measure = timed
    total = np.zeros(2)
    for each in groups:
        before = inside
        outcomes = group.run_group(each.task, each.specs, size=each.size, on_step=on_step)
        spent += now() - begun
        total += inside - before
        if failed := [outcome.error for outcome in outcomes if outcome.error]:
            sys.exit(failed[0])
    return spent - total, total


def main() -> int:
    """Prints the panel's share; 1 where it is above the claim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="leave the run without the panel out")
    options = parser.parse_args()
    groups = groups_of(experiments.load(str(EXPERIMENT)).specs(options.seeds))
    task, cells = groups[0].task, sum(len(each.specs) for each in groups)
    (wall, cpu), (_, looked) = seconds(groups, group.measure)
    print(
        f"with the panel: {wall:.1f} s outside it, {cpu:.1f} s of CPU; {looked:.1f} s of CPU inside it",
        flush=True,
    )
    looks = cells * sum(step > 1 for step in task.seams)
    print(
        f"{cells} cells, {looks} looks at a table of {len(task.vocabulary)} × {task.dim}: {1e3 * looked / looks:.0f} ms of CPU each"
    )
    print(f"share of training: {looked / cpu:.1%} (claim: below {CLAIM:.0%})", flush=True)
    if not options.once:
        (wall, cpu), _ = seconds(groups, lambda *_: None)
        print(f"without the panel: {wall:.1f} s, {cpu:.1f} s of CPU")
    return int(looked / cpu > CLAIM)


if __name__ == "__main__":
    sys.exit(main())
