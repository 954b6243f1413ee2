"""Skip-gram with negative sampling, in JAX.

Two chunks of the text are trained on side by side, each with its own replica of the
tables, and then the replicas are merged. There are always two, however many devices
there are, so that the vectors do not depend on the machine.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.vectors.blocks import Schedule, SkipGramTables, advance, merged
from embexp.vectors.checkpoint import EVERY, Arrays, Checkpoint, Progress, silent
from embexp.vectors.chunks import Chunk, ChunkSampler, Span
from embexp.vectors.settings import SkipGram
from embexp.vectors.text import Text
from embexp.words import Vectors

Item = TypeVar("Item")


def train(
    text: Text,
    settings: SkipGram | None = None,
    *,
    checkpoint: str | Path | None = None,
    every: float = EVERY,
    progress: Progress = silent,
) -> Vectors:
    """Word vectors of a text, the most frequent word first.

    The same seed gives the same bits on the same machine with the same library
    versions, also if training was resumed from its checkpoint. A GPU needs
    `XLA_FLAGS=--xla_gpu_deterministic_ops=true` for that, since it adds up in no fixed
    order.

    Args:
        checkpoint: a folder for the state, from which the same call resumes; the caller
            clears it.
        every: seconds between two states that are saved.
        progress: is told the share that is done, and what is running.

    Raises:
        InputError: the training diverged, or the checkpoint is of another training.
    """
    settings = settings or SkipGram()
    sampler = ChunkSampler(text, settings)
    rounds = sampler.rounds()
    training = {"method": "skipgram", "text": text.digest, "chunk": sampler.span} | asdict(settings)
    state = Checkpoint(checkpoint, training, every)
    tables, done = begin(len(text.words), settings, state.load())
    drawn = ahead([sampler.chunk(span) for span in spans] for spans in rounds[done:])
    for number, (spans, chunks) in enumerate(zip(rounds[done:], drawn, strict=True), done):
        jax.block_until_ready(tables)  # meanwhile the next chunks are drawn
        progress(number / len(rounds), f"epoch {spans[0].epoch + 1} of {settings.epochs}")
        if state.due:
            state.save(
                {
                    "centres": np.asarray(tables.centres),
                    "contexts": np.asarray(tables.contexts),
                    "done": np.array(number),
                }
            )
        tables = side_by_side(tables, sampler, spans, chunks)
        if spans[-1].stop == len(text):
            _check_finite(tables, spans[0].epoch, settings)
    progress(1.0, "done")
    return Vectors(text.words, np.array(tables.centres))


def side_by_side(
    tables: SkipGramTables, sampler: ChunkSampler, spans: Sequence[Span], chunks: Sequence[Chunk]
) -> SkipGramTables:
    """The tables after one chunk, or two side by side; those given are used up."""
    cap, negatives = sampler.settings.cap, sampler.settings.negatives
    devices = (prepare() * 2)[: len(spans)]
    moved = [
        advance(
            jax.device_put(tables, device, may_alias=False),  # a replica, with memory of its own
            chunk,
            Schedule(
                sampler.learning_rate(span, span.start),
                sampler.learning_rate(span, span.stop),
                cap,
            ),
            negatives=negatives,
        )
        for device, chunk, span in zip(devices, chunks, spans, strict=True)
    ]
    if len(moved) == 1:
        return moved[0]
    return merged(
        tables,
        moved[0],
        jax.device_put(moved[1], devices[0]),
        SkipGramTables(*map(jnp.asarray, sampler.pair_weights)),
        sampler.learning_rate(spans[0], spans[0].start),
        sampler.bound,
    )


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made by a thread while the one before is in use."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def begin(words: int, settings: SkipGram, state: Arrays | None) -> tuple[SkipGramTables, int]:
    """The initial tables, or those of a saved state, and the number of rounds done.

    Centres are uniform in ±1/(2·dim), contexts zero.
    """
    if state is not None:
        return SkipGramTables(jnp.asarray(state["centres"]), jnp.asarray(state["contexts"])), int(
            state["done"]
        )
    rng = np.random.default_rng([settings.seed, 0])
    start = (rng.random((words, settings.dim), np.float32) - np.float32(0.5)) / settings.dim
    return SkipGramTables(jnp.asarray(start), jnp.zeros(start.shape, jnp.float32)), 0


def _check_finite(tables: SkipGramTables, epoch: int, settings: SkipGram) -> None:
    if not all(bool(jnp.isfinite(table).all()) for table in tables):
        raise InputError(
            f"skip-gram diverged in epoch {epoch + 1} at learning rate "
            f"{settings.learning_rate:g} and cap {settings.cap:g}; lower one of them"
        )
