"""GloVe, trained in batches with AdaGrad, in JAX."""

from collections.abc import Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Int

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.vectors.checkpoint import Checkpoint, Progress, silent
from embexp.vectors.cooccurrence import Counts, count
from embexp.vectors.glove_steps import EntryBatch, GloVeTables, advance
from embexp.vectors.settings import GloVe, check_finite
from embexp.vectors.text import Text
from embexp.words import Vectors

ENTRIES = 1 << 20
"""Entries that are sent to the device at once."""
LANES = 8
"""Rows are padded to a multiple of this, so that each is aligned in memory."""


def train(
    text: Text,
    settings: GloVe | None = None,
    *,
    counts: Counts | None = None,
    checkpoint: str | Path | None = None,
    progress: Progress = silent,
) -> Vectors:
    """Word vectors w + c of a text, the most frequent word first.

    The same seed gives the same bits on the same machine with the same library
    versions, also if training was resumed from its checkpoint. A GPU needs
    `XLA_FLAGS=--xla_gpu_deterministic_ops=true` for that, since it adds up in no fixed
    order.

    Args:
        counts: those of the text if they are known; else they are counted first.
        checkpoint: a folder for the state, from which the same call resumes (after
            counting again); the caller clears it.
        progress: is told the share that is done, and what is running.

    Raises:
        InputError: no two words stand near each other, the training diverged, or the
            checkpoint is of another training.
    """
    settings = settings or GloVe()
    prepare()
    training = {"method": "glove", "text": text.digest} | settings.model_dump()
    state = Checkpoint(checkpoint, training)
    done, saved = state.load()
    counts = counts or count(
        text, settings.window, progress=lambda done, running: progress(0.1 * done, running)
    )
    if not len(counts):
        raise InputError(
            "no two words of the text stand near each other; are its lines one word long?"
        )
    tables = GloVeTables(**saved) if saved else initial(len(text.words), settings)
    calls = settings.epochs * calls_per_epoch(len(counts), settings)
    for number, (epoch, batches) in enumerate(drawn(counts, settings, done), done):
        jax.block_until_ready(tables)  # while the device was at work, the batches were drawn
        progress(0.1 + 0.9 * number / calls, f"epoch {epoch + 1} of {settings.epochs}")
        state.save_if_due(number, tables._asdict())
        rates = settings.learning_rate, settings.cap
        tables = advance(tables, batches, *rates, dim=settings.dim)
        if (number + 1) * settings.epochs % calls == 0:
            check_finite(tables, "GloVe", epoch, settings)
    progress(1.0, "done")
    return Vectors(text.words, np.array((tables.words + tables.contexts)[:, 0, : settings.dim]))


def initial(words: int, settings: GloVe) -> GloVeTables:
    """The initial tables: parameters uniform in ±1/(2·(dim + 1)), sums of squares 1."""
    rng, dim = np.random.default_rng([settings.seed, 0]), settings.dim
    start = np.ones((2, words, 2, -(-(dim + 2) // LANES) * LANES), np.float32)
    start[:, :, 0, dim + 2 :] = 0
    start[:, :, 0, : dim + 1] = (rng.random((2, words, dim + 1), np.float32) - np.float32(0.5)) / (
        dim + 1
    )
    start[1, :, 0, dim + 1] = start[1, :, 0, dim]
    start[0, :, 0, dim + 1] = start[1, :, 0, dim] = 1
    return GloVeTables(*map(jnp.asarray, start))


def _shape(pairs: int, settings: GloVe) -> tuple[int, int]:
    """Number of pairs in a batch, and of batches in a call; small texts have smaller ones."""
    half = min(settings.batch_size // 2, pairs)
    return half, max(1, min(ENTRIES // settings.batch_size, -(-pairs // half)))


def calls_per_epoch(pairs: int, settings: GloVe) -> int:
    """Number of calls in which an epoch goes through the pairs."""
    half, steps = _shape(pairs, settings)
    return -(-pairs // (half * steps))


def drawn(counts: Counts, settings: GloVe, done: int = 0) -> Iterator[tuple[int, EntryBatch]]:
    """Epoch and batches of each call, from call `done` on; each epoch is shuffled anew.

    A batch has its pairs in both directions, first all (i, j), then all (j, i), which
    belong to different parameters. A word with itself is one entry only.
    """
    half, steps = _shape(len(counts), settings)
    size, each = half * steps, calls_per_epoch(len(counts), settings)
    for epoch in range(done // each, settings.epochs):
        order = np.random.default_rng([settings.seed, 1, epoch]).permutation(len(counts))
        for call in range(max(done - epoch * each, 0), each):
            chosen = order[call * size : (call + 1) * size]
            yield epoch, _batches(counts, chosen, half, steps, settings)


def _batches(
    counts: Counts, chosen: Int[np.ndarray, "pairs"], half: int, steps: int, settings: GloVe
) -> EntryBatch:
    """The chosen pairs as `steps` batches of 2·`half` entries."""

    def laid(array: np.ndarray) -> np.ndarray:
        return np.pad(array, (0, half * steps - len(array))).reshape(steps, half)

    rows, columns = laid(counts.rows[chosen]), laid(counts.columns[chosen])
    values = counts.values[chosen]
    logarithms = laid(np.log(values).astype(np.float32))
    weights = laid(np.minimum(1, (values / settings.x_max) ** settings.alpha).astype(np.float32))
    mirrored = np.where(rows == columns, np.float32(0), weights)
    sides = ((rows, columns), (columns, rows), (logarithms, logarithms), (weights, mirrored))
    return EntryBatch(*(jnp.asarray(np.concatenate(side, axis=1)) for side in sides))
