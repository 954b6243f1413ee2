"""Runs of the checks in `theory.py`: what is varied, and how the runs are trained."""

import csv
import tempfile
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp import Spec
from embexp.runner import Group, RunResult, Training, init, make_group
from embexp.synthetic import make_world
from embexp.synthetic.texts import labelled_corpus
from embexp.tasks import Task, prepare_task, task_key

WORLD = "world:words=500,texts=2000"
RATES = {
    "sgd": {"learning_rate": 0.5, "table_rate": 20.0},
    "momentum": {"learning_rate": 0.05, "table_rate": 2.0},
    "adam": {"learning_rate": 0.01, "table_rate": 0.01},
}
OF_ODDS = {"corpus": "world:words=1000,texts=2000", "batch_size": 16, "epochs": 14}
"""Longer, with rarer words, so that rows are updated from five to a thousand times."""
SHRINK = 0.002
"""Share of a row that weight decay takes at each step."""
ROUNDING = 2.0**-24
"""Half the distance from 1 to the next number of 32 bits, relative to 1."""
TITLES = {"sgd": "SGD", "adam": "Adam"}


class Condition(NamedTuple):
    """A change of a plain run.

    `sgd` and `adam` say whether ΔE is derived to have rank classes − 1: with SGD, and
    with Adam on two classes.
    """

    fields: dict[str, Any]
    sgd: bool
    adam: bool = False
    from_zero: bool = False


def conditions(optimiser: str) -> dict[str, Condition]:
    """The runs whose spectra are compared, by name."""
    frozen = {"learning_rate": 0.0}
    return {
        "head frozen": Condition(frozen, True, True),
        "head frozen, norm clipped": Condition({**frozen, "clip": 0.01}, True, True),
        "head frozen, weight decay": Condition(
            {**frozen, "weight_decay": SHRINK / RATES[optimiser]["table_rate"]}, False
        ),
        "head frozen, dropout": Condition({**frozen, "dropout": 0.5}, False),
        "head trained": Condition({}, False),
        "head trained, table from 0": Condition({}, True, from_zero=True),
    }


@dataclass(frozen=True)
class Run:
    """A trained run.

    It has the table before and after training, the head before, the number of updates
    of each row, and the labels that were trained on.
    """

    start: Float[np.ndarray, "vocab dim"]
    end: Float[np.ndarray, "vocab dim"]
    head: Float[np.ndarray, "dim classes"]
    updates: Int[np.ndarray, "vocab"]
    labels: Int[np.ndarray, "texts"]
    steps: int

    @property
    def change(self) -> Float[np.ndarray, "vocab dim"]:
        """ΔE, without more rounding."""
        return self.end.astype(np.float64) - self.start

    @property
    def spectrum(self) -> Float[np.ndarray, "dim"]:
        """The singular values of ΔE over the first, in descending order."""
        values = np.linalg.svd(self.change, compute_uv=False)
        return values / values[0]

    @property
    def rounding(self) -> float:
        """What rounding alone makes of a singular value that is 0, over the first one.

        Every entry is rounded once per step; the errors add up as a random walk.
        """
        return float(
            ROUNDING
            * np.sqrt(self.steps)
            * np.linalg.norm(self.end)
            / np.linalg.norm(self.change, 2)
        )


def spec_of(optimiser: str, seed: int, **fields: Any) -> Spec:
    """A run of these checks; nothing is measured while it trains."""
    unmeasured = {"lexicon": None, "similarity": (), "tracked_pairs": ()}
    plain = {
        "corpus": WORLD,
        "regime": "random",
        "encoder": "mean",
        "vectors": None,
        "dim": 20,
        "epochs": 6,
        "batch_size": 32,
        "buckets": 1,
    }
    given = {**unmeasured, **plain, **RATES[optimiser], **fields}
    return Spec(seed=seed, optimiser=optimiser, **given)  # pyright: ignore[reportArgumentType]


def task_of(spec: Spec) -> Task:
    """The task of a spec, prepared once."""
    key = task_key(spec)
    if key not in _TASKS:
        _TASKS[key] = prepare_task(spec)
    return _TASKS[key]


_TASKS: dict[Hashable, Task] = {}


def group_of(specs: Sequence[Spec]) -> Group:
    """Specs that share a program, as one group."""
    return make_group(specs, task_of(specs[0]))


def trained(
    specs: Sequence[Spec], from_zero: Sequence[bool] = (), stop: int | None = None
) -> list[Run]:
    """The runs of specs that share a program, trained to their last step or to `stop`.

    Args:
        from_zero: which tables start as zeros.
    """
    group = group_of(specs)
    runs = [init(group, RunResult(spec)) for spec in specs]
    embeddings = [run.params["embedding"] for run in runs if run.params]
    for embedding, zero in zip(embeddings, from_zero, strict=False):
        embedding["rows"] *= not zero
    starts = [np.asarray(embedding["rows"]) for embedding in embeddings]
    training = Training(group, runs)
    heads = np.asarray(training.params["head"]["kernel"])
    steps = group.schedule.steps if stop is None else stop
    training.advance(steps)
    tables = np.asarray(training.params["embedding"]["rows"])
    updates = np.asarray(training.state.optimiser.updates)
    labels = [np.asarray(run.inputs.labels) for run in runs]
    return [Run(*each, steps) for each in zip(starts, tables, heads, updates, labels, strict=False)]


def by_topic(folder: Path, classes: int) -> str:
    """Writes the world with so many topics to three files and returns their folder.

    Each text is labelled with the topic of most of its words.
    """
    made = make_world(f"{WORLD},topics={classes}")
    for name, split in labelled_corpus(made).splits.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(("text", "label"))
            for text in split.texts:
                topics = made.topic[[made.index[word] for word in text.split()]]
                lines.writerow(
                    (text, f"topic {np.bincount(topics[topics >= 0], minlength=classes).argmax()}")
                )
    return str(folder)


def spectra(optimiser: str, classes: int, seeds: int) -> dict[str, list[Run]]:
    """The runs of every condition, one for each seed."""
    chosen = conditions(optimiser)
    with tempfile.TemporaryDirectory() as folder:
        corpus = WORLD if classes == 2 else by_topic(Path(folder), classes)
        each = [(name, seed) for name in chosen for seed in range(seeds)]
        specs = [
            spec_of(optimiser, seed, corpus=corpus, **chosen[name].fields) for name, seed in each
        ]
        runs = trained(specs, [chosen[name].from_zero for name, _ in each])
    return {name: runs[place * seeds : (place + 1) * seeds] for place, name in enumerate(chosen)}


def coordinates(seeds: int) -> dict[tuple[str, str, str], list[Run]]:
    """Runs with a trained head, by optimiser, labels (true or shuffled) and epochs so far."""
    found = {}
    for optimiser in TITLES:
        regimes = {"true": "random", "shuffled": "random-labels"}
        specs = [
            spec_of(optimiser, seed, regime=regime, **OF_ODDS)
            for regime in regimes.values()
            for seed in range(seeds)
        ]
        ends = group_of(specs).schedule.epoch_ends
        for epochs, stop in (("1 epoch", ends[0]), (f"{len(ends)} epochs", ends[-1])):
            runs = trained(specs, stop=stop)
            found |= {
                (optimiser, labels, epochs): runs[i * seeds : (i + 1) * seeds]
                for i, labels in enumerate(regimes)
            }
    return found
