"""Cells trained side by side as one program, against PyTorch and Keras training one
after another on the same batches.

    python benchmarks/training.py [--cells 12] [--steps 200]

Needs `pip install -e ".[demo,peers]"`. The data are Rotten Tomatoes sentences with
GloVe 6B 50d, as in experiments/quickstart.py: a tuned table, 64 features, batches of 64
in buckets of length, Adam. Each side runs in a process of its own with the same malloc
settings and all cores; what is timed comes after the first steps, so compiling is left
out. A peer trains one cell; it would train the others after it. Embedding gradients are
dense on all sides, which is what Adam is defined for.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import numpy as np

from embexp.devices import keep_memory
from embexp.spec import Spec, make

ENCODERS = ("mean", "cnn", "lstm")
WARM = 20
"""Steps before the clock starts."""
FEATURES, WINDOWS, RATE = 64, (3, 4, 5), 3e-3


def batches(encoder: str, steps: int) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The padded ids, masks and labels of each step, those of our own cell with seed 0."""
    from embexp.sweep.task import task_of

    task = task_of(spec(encoder, 0))
    ids, rows = task.train.ids, task.schedule.rows(np.random.default_rng(0))
    for drawn, bucket in zip(rows[:steps], task.schedule.buckets[:steps], strict=True):
        texts = drawn[drawn >= 0]
        lengths = ids.lengths[texts]
        keep = np.arange(task.schedule.widths[bucket]) < lengths[:, None]
        padded = np.zeros(keep.shape, np.int64)
        padded[keep] = np.concatenate(
            [ids.flat[ids.offsets[text] : ids.offsets[text + 1]] for text in texts]
        )
        yield padded, keep, task.train.labels[texts].astype(np.int64)


def spec(encoder: str, seed: int) -> Spec:
    """One cell."""
    return make(
        corpus="movie-reviews-rt",
        vectors="glove-6b-50d",
        regime="glove-tuned",
        encoder=encoder,
        seed=seed,
        features=FEATURES,
        epochs=6,
        rate=RATE,
    )


def ours(encoder: str, cells: int, steps: int) -> float:
    """Seconds of one step of one cell, where so many are trained side by side."""
    import jax
    import jax.numpy as jnp

    from embexp.devices import prepare
    from embexp.sweep import group
    from embexp.sweep.task import task_of
    from embexp.training import program

    devices = prepare()
    specs = [spec(encoder, seed) for seed in range(cells)]
    task, recipe = task_of(specs[0]), task_of(specs[0]).recipe(specs[0])
    members = [
        member for each in specs if (member := group.enter(task, recipe, group.Outcome(each)))
    ]
    mesh = program.cell_mesh(devices, cells)
    state, inputs = (
        program.on_mesh(mesh, group.stack([member[place] for member in members]))
        for place in (2, 3)
    )
    texts, buckets = task.train.on_device(), jnp.asarray(task.schedule.buckets)
    state = jax.block_until_ready(
        program.advance(
            recipe, mesh, texts, buckets, (jnp.int32(0), jnp.int32(WARM)), state, inputs
        )
    )
    start = time.perf_counter()
    jax.block_until_ready(
        program.advance(
            recipe, mesh, texts, buckets, (jnp.int32(WARM), jnp.int32(WARM + steps)), state, inputs
        )
    )
    return (time.perf_counter() - start) / steps / cells


def torchs(encoder: str, _: int, steps: int) -> float:
    """PyTorch's seconds of one step."""
    torch: Any = import_module("torch")
    nn = torch.nn

    from embexp.sweep.task import task_of

    keep_memory()
    task = task_of(spec(encoder, 0))
    table = nn.Embedding(len(task.vocabulary), task.dim)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = table
            if encoder == "lstm":
                self.encoder = nn.LSTM(task.dim, FEATURES, batch_first=True)
            if encoder == "cnn":
                self.encoder = nn.ModuleList(
                    nn.Conv1d(task.dim, FEATURES, width, padding=width - 1) for width in WINDOWS
                )
            self.head = nn.Linear(
                {"mean": task.dim, "lstm": FEATURES, "cnn": FEATURES * len(WINDOWS)}[encoder], 2
            )

        def forward(self, ids: Any, keep: Any) -> Any:
            words = self.table(ids)
            if encoder == "mean":
                features = (words * keep[:, :, None]).sum(1) / keep.sum(1, keepdim=True).clamp(
                    min=1
                )
            elif encoder == "cnn":
                masked = (words * keep[:, :, None]).transpose(1, 2)
                features = torch.cat([conv(masked).relu().amax(2) for conv in self.encoder], 1)
            else:
                states, _ = self.encoder(words)
                features = states[torch.arange(len(ids)), keep.sum(1).clamp(min=1) - 1]
            return self.head(features)

    model = Model()
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    given = [tuple(map(torch.from_numpy, batch)) for batch in batches(encoder, WARM + steps)]

    def step(ids: Any, keep: Any, labels: Any) -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(ids, keep), labels).backward()
        optimiser.step()

    return clocked(step, given)


def keras(encoder: str, _: int, steps: int) -> float:
    """Keras's seconds of one step, with its JAX backend: `train_on_batch`, compiled,
    masks where a layer takes them.
    """
    import os

    os.environ["KERAS_BACKEND"] = "jax"
    keras: Any = import_module("keras")
    layers = keras.layers

    from embexp.sweep.task import task_of

    keep_memory()
    task = task_of(spec(encoder, 0))
    ids = keras.Input((None,), dtype="int32")
    words = layers.Embedding(len(task.vocabulary), task.dim, mask_zero=encoder != "cnn")(ids)
    if encoder == "mean":
        features = layers.GlobalAveragePooling1D()(words)
    elif encoder == "lstm":
        features = layers.LSTM(FEATURES)(words)
    else:
        padded = layers.ZeroPadding1D(max(WINDOWS) - 1)(words)
        maps = [
            layers.GlobalMaxPooling1D()(layers.Conv1D(FEATURES, width, activation="relu")(padded))
            for width in WINDOWS
        ]
        features = layers.Concatenate()(maps)
    model = keras.Model(ids, layers.Dense(2)(features))
    model.compile(
        keras.optimizers.Adam(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    given = [
        (padded, labels)
        for padded, _, labels in batches(encoder, WARM + steps)
        if len(labels) == 64
    ]
    seen = {padded.shape for padded, _ in given}
    for shape in seen:  # each width is compiled before the clock starts
        model.train_on_batch(*next(batch for batch in given if batch[0].shape == shape))
    return clocked(model.train_on_batch, given)


def clocked(step: Callable[..., object], given: list[tuple]) -> float:
    """Seconds of a step after the first ones."""
    for batch in given[:WARM]:
        step(*batch)
    start = time.perf_counter()
    for batch in given[WARM:]:
        step(*batch)
    return (time.perf_counter() - start) / len(given[WARM:])


SIDES = {"embexp": ours, "PyTorch": torchs, "Keras": keras}


def measured(side: str, encoder: str, cells: int, steps: int) -> float | None:
    """One side's seconds, in a process of its own; none where it is not installed."""
    command = [
        sys.executable,
        __file__,
        "--side",
        side,
        "--encoder",
        encoder,
        "--cells",
        str(cells),
        "--steps",
        str(steps),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{side}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return float(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Prints milliseconds of a step and the peers' ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--cells", type=int, default=12)
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--encoder", choices=ENCODERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        print(json.dumps(SIDES[given.side](given.encoder, given.cells, given.steps)))
        return
    print(
        f"| encoder | embexp, {given.cells} cells, ms a step and cell | PyTorch, ms a step | ratio | Keras, ms a step | ratio |"
    )
    print("|---|---|---|---|---|---|")
    for encoder in ENCODERS:
        own, *peers = (measured(side, encoder, given.cells, given.steps) for side in SIDES)
        shown = [
            f"{1000 * peer:.2f} | {peer / own:.1f} ×" if own and peer else "— | —" for peer in peers
        ]
        print(
            f"| {encoder} | {1000 * own:.2f} | {' | '.join(shown)} |"
            if own
            else f"| {encoder} | — | {' | '.join(shown)} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
