"""Specs into groups that each run as one program and fit the memory, with an estimate
of what they take.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import jax
import numpy as np

from embexp.devices import cores, prepare
from embexp.errors import InputError
from embexp.regimes import REGIMES
from embexp.spec import Spec
from embexp.sweep.task import Task, task_of
from embexp.training.program import initial

PER_CELL = frozenset(
    {"regime", "seed", "rate", "table_rate", "weight_decay", "clip", "dropout", "unseen"}
)
"""Fields that are only numbers to the program: cells that differ in these alone train
side by side."""
CELLS = 12
"""Cells trained together at most: enough to keep the cores busy, and all that a kill can lose."""
MEMORY = 0.5
"""Share of the memory now free that the cells of one group may take."""
COPIES = 8
"""Parameters held for each cell: parameters, two moments, gradient, the best so far,
the start, and copies in passing."""


GATES = {"rnn": 1, "gru": 3, "lstm": 4}
"""Products of a recurrent step."""


class Group(NamedTuple):
    """Specs that run as one program; `size` cells are computed, so that groups of one
    program share a compilation.
    """

    specs: tuple[Spec, ...]
    size: int
    program: int

    @property
    def task(self) -> Task:
        """The data that its cells share."""
        return task_of(self.specs[0])


def groups_of(specs: Iterable[Spec]) -> list[Group]:
    """Groups in the order of the specs, seeds outermost, so that what is done early can
    be compared.

    Raises:
        InputError: whatever is wrong with the data of any group, before anything is
            trained.
    """
    prepare()  # before anything is computed: afterwards the number of devices is fixed
    programs: dict[str, list[Spec]] = {}
    for spec in specs:
        key = f"{REGIMES[spec.regime].coding} {spec.model_dump_json(exclude=set(PER_CELL))}"
        programs.setdefault(key, []).append(spec)
    groups = []
    for number, together in enumerate(programs.values()):
        together.sort(key=lambda spec: spec.seed)
        needed, free = cell_bytes(together[0]), free_memory()
        if needed > free:
            sizes = f"one cell of {together[0].arm} needs about {needed / 2**30:.1f} GiB, but {free / 2**30:.1f} are free"
            raise InputError(f"{sizes}; lower features, max_words, length or batch")
        most = min(CELLS, max(1, int(free * MEMORY / needed)))
        size = -(-len(together) // -(-len(together) // most))
        size += -size % min(cores(), size)
        groups += [
            Group(tuple(together[i : i + size]), size, number)
            for i in range(0, len(together), size)
        ]
    return groups


def cell_bytes(spec: Spec) -> int:
    """About what one cell holds in memory: its parameters in several copies, its order
    of texts, logits and activations.
    """
    task = task_of(spec)
    recipe = task.recipe(spec)
    params = sum(
        leaf.size
        for leaf in jax.tree.leaves(jax.eval_shape(lambda: initial(recipe, jax.random.key(0))))
    )
    items = max(
        max(part.room) if spec.head == "tags" else len(part)
        for part in (task.validation, task.test)
    )
    widest = max(task.schedule.widths) * spec.batch
    activations = widest * (
        10 * spec.features + 2 * task.dim if spec.encoder != "mean" else 3 * task.dim
    )
    return (
        COPIES * 4 * params
        + 8 * task.schedule.steps * spec.batch
        + 8 * items * len(task.classes)
        + 4 * activations
    )


def free_memory() -> int:
    """Bytes that can be had on the device, or on the host without swapping; a modest
    guess where nobody says.
    """
    device = prepare()[0]
    if device.platform != "cpu" and (stats := device.memory_stats()):
        return stats["bytes_limit"] - stats["bytes_in_use"]
    try:
        with Path("/proc/meminfo").open() as lines:
            return 1024 * next(
                int(line.split()[1]) for line in lines if line.startswith("MemAvailable")
            )
    except (OSError, StopIteration):
        return 4 << 30


def work(group: Group) -> float:
    """Floating-point operations of a group's training and scoring, roughly."""
    spec, task = group.specs[0], group.task
    tokens = task.schedule.padded_tokens * spec.epochs + len(task.seams) * len(
        task.validation.ids.flat
    )
    gates = next((count for kind, count in GATES.items() if kind in spec.encoder), 0) * (
        2 if spec.encoder.startswith("bi") else 1
    )
    each = 6 * task.dim + 6 * gates * spec.features * (task.dim + spec.features) * spec.layers
    each += (
        6
        * task.dim
        * spec.features
        * (sum(spec.windows) if spec.encoder == "cnn" else "attention" in spec.encoder)
    )
    update = 20 * len(task.vocabulary) * task.dim * task.schedule.steps
    return float(len(group.specs) * (tokens * each + update))


def estimate_seconds(groups: Sequence[Group]) -> float:
    """A rough time for all groups; rates were read off two cores and scale with the
    number of cores.
    """
    rate = 2e10 * cores()
    measuring = sum(len(group.specs) * len(group.task.seams) * 0.06 for group in groups) / cores()
    compiling = 8.0 * len({group.program for group in groups})
    return float(np.sum([work(group) for group in groups]) / rate + measuring + compiling)
