"""What comes first in a table that trains: a read-out, neighbours, or what people call alike?

Five tasks train a table from a random start: the sentiment of reviews, the topic of news,
clickbait, parts of speech and entities. Words have the class that the task's held-out labels give
them. At steps that grow by √2 a linear probe reads the class out, neighbours are asked whether
they share it, and cosines are set against human scores, each beside the same table trained on
shuffled labels; the steps are told in units of the drift, ‖ΔE‖/‖E₀‖. The predictions are those of
study E in docs/predictions.md; the answers go to `results/emergence_order/table.md`. It needs
the data sets below EMBEXP_DATA, and about half an hour of one core; what other tasks gave before is
kept.

    python scripts/emergence_order.py
    python scripts/emergence_order.py --task topic clickbait
"""

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from emergence_order_checks import ARM, CONTROL, MEASURED, Line
from emergence_order_figure import draw
from emergence_order_table import table
from emergence_order_words import MEASURES, Followed, drift, followed
from written import joined, write

from embexp import grid, progress
from embexp.grids import UNMEASURED
from embexp.malloc import keep_memory
from embexp.report.drawing import save
from embexp.runner import Training, make_group
from embexp.spec import Spec
from embexp.tasks import Task, prepare_task

FOLDER = Path(__file__).parent.parent / "results" / "emergence_order"
SEEDS = 12
STEPS = sorted({round(2 ** (half / 2)) for half in range(-2, 21)})
"""0, 1, 2, 3, 4, 6, 8, 11, … 1,024."""
TABLE_RATES = (1e-4, 1e-3, 1e-2)
SHARED: Mapping[str, Any] = {
    "vectors": None,
    "dim": 50,
    "vocabulary": "training",
    "min_count": 5,
    "optimiser": "lazy-adam",
    "learning_rate": 3e-3,
    "batch_size": 64,
}


class Studied(NamedTuple):
    """A task: its data and settings, and what its classes of words are called.

    Args:
        epochs: enough for the last step.
        least: how often a word stands in training, and with a tag in held-out texts; None where
            texts have labels.
    """

    settings: Mapping[str, Any]
    epochs: int
    classes: Callable[[str], str] = str
    least: tuple[int, int | None] = (5, None)


def entity(tag: str) -> str:
    """The kind of a token: part of an entity of any kind, or none."""
    return tag if tag == "O" else "entity"


TEXTS, TAGS = {"encoder": "mean"}, {"encoder": "bilstm", "hidden_size": 32, "head": "tags"}
TASKS: Mapping[str, Studied] = {
    "sentiment": Studied(TEXTS | {"corpus": "imdb", "train_texts": 8000, "max_length": 100}, 9),
    "topic": Studied(TEXTS | {"corpus": "agnews"}, 10),
    "clickbait": Studied(TEXTS | {"corpus": "clickbait", "train_texts": 8000}, 9),
    "parts of speech": Studied(TAGS | {"corpus": "ud-ewt"}, 6, least=(5, 10)),
    "entities": Studied(TAGS | {"corpus": "wnut17", "min_count": 2}, 20, entity, (2, 2)),
}
"""Entities have rarer words, as few would be left."""


def specs(name: str, table_rate: float, regime: str) -> list[Spec]:
    """The runs of one arm, one for each seed."""
    studied = TASKS[name]
    return grid(
        **{**UNMEASURED, **SHARED, **studied.settings},
        epochs=studied.epochs,
        table_rate=table_rate,
        regime=regime,
        seed=range(SEEDS),
    )


def measured(given: Sequence[Spec], task: Task, words: Followed) -> Iterator[dict[str, Any]]:
    """A line for each seed, with a value at each step of `STEPS`."""
    group = make_group(given, task)
    if group.schedule.steps < STEPS[-1]:
        raise ValueError(f"{given[0].corpus} ends after {group.schedule.steps} steps; more epochs")
    training, vocab = Training(group), len(task.vocabulary)
    starts = np.array(training.params["embedding"]["rows"])[:, :vocab]
    found: list[list[dict[str, float]]] = [[] for _ in given]
    for step in STEPS:
        training.advance(step)
        rows = np.asarray(training.params["embedding"]["rows"])[:, :vocab]
        for values, now, start in zip(found, rows, starts, strict=False):
            values.append(
                {"drift": drift(now, start, words)}
                | {name: of(now, words) for name, of in MEASURES.items()}
            )
    for spec, values in zip(given, found, strict=True):
        yield {"table_rate": spec.table_rate, "regime": spec.regime, "seed": spec.seed} | {
            name: [round(each[name], 5) for each in values] for name in ("drift", *MEASURED)
        }


def lines_of(name: str) -> Iterator[dict[str, Any]]:
    """All lines of one task."""
    studied = TASKS[name]
    task = prepare_task(specs(name, TABLE_RATES[0], ARM)[0])
    words = followed(task, studied.classes, *studied.least)
    sizes = dict(zip(words.names, np.bincount(words.classes).tolist(), strict=True))
    pairs = {kind: len(scores) for kind, scores in words.scores.items()}
    for rate in TABLE_RATES:
        for regime in (ARM, CONTROL):
            progress.tell(f"{name}: {regime} at {rate:g}")
            for line in measured(specs(name, rate, regime), task, words):
                yield {"task": name} | line | {"steps": STEPS, "classes": sizes, "pairs": pairs}


def settings() -> str:
    """How everything was trained, in words."""
    own = "; ".join(
        f"{name} " + ", ".join(f"{key} {value}" for key, value in studied.settings.items())
        for name, studied in TASKS.items()
    )
    shared = ", ".join(f"{key} {value}" for key, value in SHARED.items() if value is not None)
    return f"{shared}, {SEEDS} seeds, {STEPS[-1]:,} steps; {own}."


def main() -> None:
    """Makes the lines of some tasks, and writes the table of all."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--task", nargs="*", default=list(TASKS), choices=TASKS)
    keep_memory()
    every: Sequence[Line] = joined([], FOLDER, "table", "task")
    for name in parser.parse_args().task:
        every = joined([*lines_of(name)], FOLDER, "table", "task")
        every = sorted(every, key=lambda line: [*TASKS].index(line["task"]))
        write(table(every, settings()), FOLDER, "table")
    save(draw(every), FOLDER / "figure.png")
    print(write(table(every, settings()), FOLDER, "table"))


if __name__ == "__main__":
    main()
