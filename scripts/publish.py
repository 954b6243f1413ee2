"""Runs an experiment in `runs/` and publishes it in `results/`, with its table and figures.

Of an experiment with measures of its own those are kept, besides what figures draw, and
numbers but validation losses have five digits, so that rows stay small. Scores of single
items are published for the first search; logits and models are not, nor are the trials of
cross-validations, of which there are thousands: what they chose stands in the runs. Some
experiments have the words of a few runs besides, for the map of words of their page.

    python scripts/publish.py quickstart
"""

import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pages
from render import render

from embexp import records
from embexp.cli import main as embexp
from embexp.measures import describe
from embexp.records import Row, Run, WordPaths, rounded
from embexp.records.losses import LOSSES
from embexp.report.figures import EMERGENCE

MAPPED = ("quickstart", "emergence_world")
"""Experiments whose words are published, too, less than 1 MB each."""
SEEDS, WORDS = 3, 150
"""So many seeds of each arm, and so many frequent words."""


def publish(name: str, then: Callable[[Path], None] = lambda folder: None) -> None:
    """One experiment: its rows, what `then` makes of the saved models, tables and figures."""
    made, folder = Path("runs", name), Path("results", name)
    try:
        embexp(["run", name])
    except SystemExit as end:  # a command ends the process; 0 is well
        if end.code:
            raise
    rows, runs, _ = records.read(made)
    runs = {digest: run for digest, run in runs.items() if run["spec"].get("fold") is None}
    first = {digest: run for digest, run in runs.items() if not run["spec"].get("search")}
    scores = {digest: each.path for digest, each in records.scores_of(made, first).items()}
    experiment = pages.experiment_of(folder)
    kept = None if experiment.measures is None else {*experiment.measures, *EMERGENCE}
    thinned = []
    of: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in rows:
        of[row["run"]].append(row)
    for run in runs.values():
        own = of[run["run"]]
        if not experiment.curves:
            own = without_curves(own)
        shown = (row for row in own if kept is None or row["measure"] in kept or is_task(row))
        plain = [Row(**plainly(row)) for row in shown]
        thinned.append((Run(**{key: run[key] for key in Run._fields}), plain))
    records.publish(folder, thinned, scores, words(made, first) if name in MAPPED else {})
    then(folder)
    render(folder)
    pages.write()


def words(made: Path, runs: Mapping[str, Mapping[str, Any]]) -> dict[str, WordPaths]:
    """The words of a few seeds of each arm that is no control."""
    few = {
        digest: run
        for digest, run in runs.items()
        if run["spec"]["seed"] < SEEDS and not run["control"]
    }
    return {
        digest: each._replace(
            words=each.words[:WORDS],
            log_odds=each.log_odds[:WORDS],
            counts=each.counts[:WORDS],
            vectors=each.vectors[:, :WORDS],
        )
        for digest, each in records.read_word_paths(made, few).items()
    }


def without_curves(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """A run's rows at its start, the selected step and its last step.

    A trial has no test rows; its loss is the least of its losses.
    """
    selected = {row["step"] for row in rows if row["split"] == "test"}
    losses = {row["step"]: row["value"] for row in rows if is_loss(row)}
    if not selected and losses:
        selected = {min(losses, key=losses.__getitem__)}
    steps = {0, *selected, max((row["step"] for row in rows), default=0)}
    return [row for row in rows if row["step"] in steps]


def is_loss(row: Mapping[str, Any]) -> bool:
    """Whether a row holds a validation loss after the start."""
    loss = row["measure"] in LOSSES and row["split"] == "validation"
    return loss and row["step"] > 0 and row["value"] is not None


def is_task(row: Mapping[str, Any]) -> bool:
    """Whether a row says how well the task is solved."""
    return describe(row["measure"]).what == "task"


def plainly(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with rounded numbers; a validation loss stays, as nearly equal ones choose."""
    return {key: row[key] if is_loss(row) else rounded(row[key]) for key in Row._fields}


if __name__ == "__main__":
    for each in sys.argv[1:] or sys.exit("publish.py NAME …: give the names of experiments"):
        publish(each)
