"""Claim: measuring every table takes less than a tenth of the time that the IMDB sweep trains.

    EMBEXP_DATA=… python benchmarks/evaluation.py [--seeds 1]

The runs of experiments/imdb_regimes.py whose tables train (5 arms by seeds) are made once, at
settings that were not searched, with their tables measured. The claim is about the CPU
seconds of all threads inside the table's evaluator, over those outside it, from the first
step on, when all is compiled: on a machine with other work a difference of two runs is noise.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from embexp.evaluation import Context
from embexp.evaluation.table import TableEvaluator
from embexp.malloc import keep_memory
from embexp.measures import Value
from embexp.regimes import REGIMES
from embexp.runner import Group, experiments, make_plan, run_group

CLAIM = 0.1
EXPERIMENT = Path(__file__).parent.parent / "experiments" / "imdb_regimes.py"


class TimedEvaluator(TableEvaluator):
    """Another evaluator of tables, and the CPU seconds spent in it."""

    def __init__(self, evaluator: TableEvaluator) -> None:
        self.words, self.seconds, self.tables = evaluator.words, 0.0, 0

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of the table, all at once."""
        begin = time.thread_time()
        values = list(super().evaluate(context))
        if context.table is not None and context.step > 1:
            self.seconds += time.thread_time() - begin
            self.tables += 1
        yield from values


def trained(group: Group) -> tuple[float, TimedEvaluator]:
    """CPU seconds of a group's training from its first step on, and its evaluator."""
    timed, begin = TimedEvaluator(group.evaluators.table), [0.0]

    def on_step(_: object, step: int) -> None:
        if step == 1:
            begin[0] = time.process_time()

    results = run_group(
        group._replace(evaluators=group.evaluators._replace(table=timed)), on_step=on_step
    )
    if failed := [result.error for result in results if result.error]:
        sys.exit(failed[0])
    return time.process_time() - begin[0], timed


def main() -> int:
    """Prints the evaluator's share; 1 where it is above the claim."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", type=int, default=1)
    options = parser.parse_args()
    keep_memory()
    every = experiments.load(str(EXPERIMENT)).specs(options.seeds)
    specs = [spec for spec in every if REGIMES[spec.regime].table_rate]
    groups = make_plan(specs, Path("nowhere")).groups
    spent, evaluators = zip(*map(trained, groups), strict=True)
    inside = sum(each.seconds for each in evaluators)
    outside, tables = sum(spent) - inside, sum(each.tables for each in evaluators)
    static = groups[0].static
    print(
        f"{len(specs)} runs: {inside:.1f} s of CPU in the evaluator, {outside:.1f} s outside; "
        f"{tables} tables of {static.vocab} × {static.dim}: {1e3 * inside / tables:.0f} ms each"
    )
    print(f"share of training: {inside / outside:.1%} (claim: below {CLAIM:.0%})")
    return int(inside / outside > CLAIM)


if __name__ == "__main__":
    sys.exit(main())
