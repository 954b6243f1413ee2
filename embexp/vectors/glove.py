"""Co-occurrence counts into word vectors: GloVe, trained in batches with AdaGrad."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.vectors.checkpoint import EVERY, Arrays, Checkpoint, Progress, silent
from embexp.vectors.cooccurrence import Counts, count
from embexp.vectors.settings import check
from embexp.vectors.text import Text
from embexp.words import Vectors

BIAS_RATE = 0.05
"""The rate of the biases, whatever that of the vectors; higher ones diverge."""
ENTRIES = 1 << 20
"""Entries that are sent to the device at once."""
LANES = 8
"""The width of a row is a multiple of this: rows then begin where the processor reads fastest."""


@dataclass(frozen=True)
class GloVe:
    """The numbers of GloVe (Pennington, Socher & Manning 2014, §3 and §4.2).

    Args:
        window: words on each side; a pair counts 1 / distance.
        x_max, alpha: an entry x weighs min(1, (x / x_max)^alpha). 10 suits small texts,
            100 those of billions of words.
        batch: entries of a step; they see the same vectors.
        cap: a row whose entries in one batch weigh more moves as if they weighed this.
    """

    dim: int = 100
    window: int = 10
    epochs: int = 15
    rate: float = 0.05
    x_max: float = 10.0
    alpha: float = 0.75
    batch: int = 1 << 12
    cap: float = 64.0
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("dim", "window", "epochs"):
            check(name, getattr(self, name), 1)
        for name in ("rate", "x_max", "cap"):
            check(name, getattr(self, name), 0.0, above=True)
        for name in ("alpha", "seed"):
            check(name, getattr(self, name), 0)
        check("batch", self.batch, 2)


class Tables(NamedTuple):
    """Words and contexts: for each row the parameters, then the sums of their squared steps.

    The parameters of a word are its vector, its bias and 1, those of a context its
    vector, 1 and its bias, so that their product is all of w·c + b + b̃; zeros fill
    both up to a width that suits the processor.
    """

    words: Float[Array, "vocab two width"]
    contexts: Float[Array, "vocab two width"]


class Batch(NamedTuple):
    """Entries: words, contexts, the logarithm of each count, and its weight; a weight
    of 0 is filling. Or a call's batches of them.
    """

    words: Int[Array, "*steps batch"]
    contexts: Int[Array, "*steps batch"]
    logarithms: Float[Array, "*steps batch"]
    weights: Float[Array, "*steps batch"]


def train(
    text: Text,
    settings: GloVe | None = None,
    *,
    counts: Counts | None = None,
    checkpoint: str | Path | None = None,
    every: float = EVERY,
    progress: Progress = silent,
) -> Vectors:
    """Word vectors w + c of a text, the most frequent word first.

    The same seed gives the same bits on the same machine with the same library
    versions, also when the training was cut off and went on from its checkpoint. A GPU
    needs `XLA_FLAGS=--xla_gpu_deterministic_ops=true` for that: it adds up in no fixed
    order.

    Args:
        counts: those of the text where they are known; else it is counted first.
        checkpoint: a folder for the state, from which the same call goes on (after
            counting again); the caller clears it.
        every: seconds between two states that are kept.
        progress: told the share that is done and what is running.

    Raises:
        InputError: no two words stand near each other, the training diverged, or the
            checkpoint is of another training.
    """
    settings = settings or GloVe()
    prepare()
    kept = Checkpoint(
        checkpoint, {"method": "glove", "text": text.digest} | asdict(settings), every
    )
    state = kept.load()
    counts = counts or count(
        text, settings.window, progress=lambda done, running: progress(0.1 * done, running)
    )
    if not len(counts):
        raise InputError(
            "no two words of the text stand near each other; are its lines one word long?"
        )
    tables, done = _begin(len(text.words), settings, state)
    calls = _calls(len(counts), settings)
    for number, (epoch, batches) in enumerate(drawn(counts, settings, done), done):
        jax.block_until_ready(tables)  # while the device was at work, the batches were drawn
        progress(0.1 + 0.9 * number / calls, f"epoch {epoch + 1} of {settings.epochs}")
        if kept.due:
            kept.save(
                {
                    "words": np.asarray(tables.words),
                    "contexts": np.asarray(tables.contexts),
                    "done": np.array(number),
                }
            )
        tables = advance(tables, batches, settings)
        if (number + 1) * settings.epochs % calls == 0:
            _check_finite(tables, epoch, settings)
    progress(1.0, "done")
    return Vectors(text.words, np.array((tables.words + tables.contexts)[:, 0, : settings.dim]))


def _begin(words: int, settings: GloVe, state: Arrays | None) -> tuple[Tables, int]:
    """The tables and how many calls they have seen: parameters uniform in ±1/(2·(dim +
    1)) and sums 1, or all as it was kept.
    """
    if state is not None:
        return Tables(jnp.asarray(state["words"]), jnp.asarray(state["contexts"])), int(
            state["done"]
        )
    rng = np.random.default_rng([settings.seed, 0])
    dim = settings.dim
    start = np.ones((2, words, 2, -(-(dim + 2) // LANES) * LANES), np.float32)
    start[:, :, 0, dim + 2 :] = 0
    start[:, :, 0, : dim + 1] = (rng.random((2, words, dim + 1), np.float32) - np.float32(0.5)) / (
        dim + 1
    )
    start[1, :, 0, dim + 1] = start[1, :, 0, dim]
    start[0, :, 0, dim + 1] = start[1, :, 0, dim] = 1
    return Tables(*map(jnp.asarray, start)), 0


def _check_finite(tables: Tables, epoch: int, settings: GloVe) -> None:
    if not all(bool(jnp.isfinite(table).all()) for table in tables):
        raise InputError(
            f"GloVe diverged in epoch {epoch + 1} at rate {settings.rate:g}, batch {settings.batch} and cap {settings.cap:g}; "
            "lower one of them"
        )


def _shape(pairs: int, settings: GloVe) -> tuple[int, int]:
    """How many pairs a batch has, and how many batches a call; small texts are not
    filled up to a whole batch.
    """
    half = min(settings.batch // 2, pairs)
    return half, max(1, min(ENTRIES // settings.batch, -(-pairs // half)))


def _calls(pairs: int, settings: GloVe) -> int:
    """The calls of all epochs."""
    half, steps = _shape(pairs, settings)
    return settings.epochs * -(-pairs // (half * steps))


def drawn(counts: Counts, settings: GloVe, done: int = 0) -> Iterator[tuple[int, Batch]]:
    """The batches of each call and its epoch, from call `done` on; every epoch has an
    order of its own.

    A batch holds its pairs in both directions, first all (i, j), then all (j, i): these
    touch different parameters. A word with itself is one entry only.
    """
    half, steps = _shape(len(counts), settings)
    size = half * steps
    each = -(-len(counts) // size)
    for epoch in range(done // each, settings.epochs):
        order = np.random.default_rng([settings.seed, 1, epoch]).permutation(len(counts))
        for call in range(done % each if epoch == done // each else 0, each):
            yield (
                epoch,
                _batches(counts, order[call * size : (call + 1) * size], half, steps, settings),
            )


def _batches(
    counts: Counts, chosen: Int[np.ndarray, "pairs"], half: int, steps: int, settings: GloVe
) -> Batch:
    """The pairs chosen as `steps` batches of 2·`half` entries."""

    def laid(array: np.ndarray) -> np.ndarray:
        return np.pad(array, (0, half * steps - len(array))).reshape(steps, half)

    rows, columns = laid(counts.rows[chosen]), laid(counts.columns[chosen])
    values = counts.values[chosen]
    logarithms = laid(np.log(values).astype(np.float32))
    weights = laid(np.minimum(1, (values / settings.x_max) ** settings.alpha).astype(np.float32))
    mirrored = np.where(rows == columns, np.float32(0), weights)
    sides = ((rows, columns), (columns, rows), (logarithms, logarithms), (weights, mirrored))
    return Batch(*(jnp.asarray(np.concatenate(side, axis=1)) for side in sides))


def advance(tables: Tables, batches: Batch, settings: GloVe) -> Tables:
    """The tables after the steps of the batches; the tables given are used up."""
    return _advance(tables, batches, settings.rate, settings.cap, dim=settings.dim)


@partial(jax.jit, static_argnames="dim", donate_argnums=0)
def _advance(
    tables: Tables, batches: Batch, rate: Float[Array, ""], cap: Float[Array, ""], *, dim: int
) -> Tables:
    def step(number: Int[Array, ""], tables: Tables) -> Tables:
        return stepped(tables, Batch(*(array[number] for array in batches)), rate, cap, dim)

    return jax.lax.fori_loop(0, len(batches.words), step, tables)


def stepped(
    tables: Tables, entries: Batch, rate: Float[Array, ""], cap: Float[Array, ""], dim: int
) -> Tables:
    """The tables after one batch.

    With e = f(x)·(w·c + b + b̃ − log x), half the loss's derivative, each entry moves w
    by −g/√G for g = rate·e·c, and adds g² to G, as Stanford's program does entry by
    entry (so that G sums the squares of rate·gradient, not of gradients).
    """
    words, contexts = tables.words[entries.words], tables.contexts[entries.contexts]
    error = entries.weights * (
        jnp.einsum("bp,bp->b", words[:, 0], contexts[:, 0]) - entries.logarithms
    )
    place = jnp.arange(words.shape[2])
    of_words, of_contexts = (
        jnp.where(place < dim, rate, jnp.where(place == bias, BIAS_RATE, 0.0))
        for bias in (dim, dim + 1)
    )
    word_steps = error[:, None] * contexts[:, 0] * of_words
    context_steps = error[:, None] * words[:, 0] * of_contexts
    return Tables(
        _moved(tables.words, entries.words, word_steps, words[:, 1], entries.weights, cap),
        _moved(
            tables.contexts, entries.contexts, context_steps, contexts[:, 1], entries.weights, cap
        ),
    )


def _moved(
    table: Float[Array, "vocab two width"],
    rows: Int[Array, "batch"],
    steps: Float[Array, "batch width"],
    sums: Float[Array, "batch width"],
    weights: Float[Array, "batch"],
    cap: Float[Array, ""],
) -> Float[Array, "vocab two width"]:
    heavy = jnp.zeros(len(table)).at[rows].add(weights)[rows]
    scale = jnp.minimum(1, cap / jnp.maximum(heavy, 1))
    return table.at[rows].add(
        jnp.stack([-steps * scale[:, None] / jnp.sqrt(sums), steps**2], axis=1)
    )
