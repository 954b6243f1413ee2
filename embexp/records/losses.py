"""The validation losses of runs, read off their rows."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import inf, isnan
from statistics import mean
from typing import Any, NamedTuple

from embexp.records.reading import Results, is_trial

LOSSES = ("nll", "weighted_nll", "squared_error")
"""What validation selects by; a task has one of them."""


class Least(NamedTuple):
    """The least validation loss of a run after its start, and its step."""

    loss: float = inf
    step: int = 0


Found = Mapping[str, Least]
"""What runs came to, by digest."""


def least_of(rows: Sequence[Mapping[str, Any]]) -> dict[str, Least]:
    """The least validation loss of each run, by digest."""
    least: dict[str, Least] = {}
    for row in rows:
        if row["measure"] in LOSSES and row["split"] == "validation" and row["step"] > 0:
            value = inf if row["value"] is None or isnan(row["value"]) else row["value"]
            own = Least(value, row["step"])
            least[row["digest"]] = min(own, least.get(row["digest"], Least()))
    return least


def cross_validated(found: Results) -> dict[str, float]:
    """The loss of each run whose settings a cross-validation chose, by digest: that of its folds.

    Args:
        found: from `records.read`, with the trials.
    """
    least = least_of(found.rows)
    losses: dict[str, list[float]] = defaultdict(list)
    for digest, run in found.runs.items():
        if is_trial(run) and run["spec"].get("fold") is not None:
            losses[_settings(run)].append(least.get(digest, Least()).loss)
    return {
        digest: mean(folds)
        for digest, run in found.runs.items()
        if not is_trial(run) and (folds := losses.get(_settings(run)))
    }


def _settings(run: Mapping[str, Any]) -> str:
    """What the folds of a trial and the runs at its settings have in common."""
    apart = ("seed", "draw", "trial", "fold", "patience", "last_step")
    return json.dumps([each for each in sorted(run["spec"].items()) if each[0] not in apart])
