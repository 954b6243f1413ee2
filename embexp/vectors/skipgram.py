"""Skip-gram with negative sampling, in JAX.

Two chunks of the text are trained on side by side, each with its own replica of the
tables, and then the replicas are merged. There are always two, however many devices
there are, so that the vectors do not depend on the machine.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from embexp.devices import prepare
from embexp.vectors.blocks import SkipGramTables, advance, merged
from embexp.vectors.checkpoint import Checkpoint, Progress, silent
from embexp.vectors.chunks import Chunk, ChunkSampler, Span
from embexp.vectors.settings import SkipGram, check_finite
from embexp.vectors.text import Text
from embexp.words import Vectors

Item = TypeVar("Item")


def train(
    text: Text,
    settings: SkipGram | None = None,
    *,
    checkpoint: str | Path | None = None,
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
        progress: is told the share that is done, and what is running.

    Raises:
        InputError: the training diverged, or the checkpoint is of another training.
    """
    settings = settings or SkipGram()
    prepare()
    sampler = ChunkSampler(text, settings)
    rounds = sampler.rounds()
    training = {"method": "skipgram", "text": text.digest, "chunk": sampler.span}
    state = Checkpoint(checkpoint, training | settings.model_dump())
    done, saved = state.load()
    tables = SkipGramTables(**saved) if saved else initial(len(text.words), settings)
    drawn = ahead([sampler.chunk(span) for span in spans] for spans in rounds[done:])
    for number, (spans, chunks) in enumerate(zip(rounds[done:], drawn, strict=True), done):
        jax.block_until_ready(tables)  # meanwhile the next chunks are drawn
        progress(number / len(rounds), f"epoch {spans[0].epoch + 1} of {settings.epochs}")
        state.save_if_due(number, tables._asdict())
        tables = side_by_side(tables, sampler, spans, chunks)
        if spans[-1].stop == len(text):
            check_finite(tables, "skip-gram", spans[0].epoch, settings)
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
            sampler.learning_rate(span, span.start),
            sampler.learning_rate(span, span.stop),
            cap,
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


def initial(words: int, settings: SkipGram) -> SkipGramTables:
    """The initial tables: centres are uniform in ±1/(2·dim), contexts zero."""
    rng = np.random.default_rng([settings.seed, 0])
    start = (rng.random((words, settings.dim), np.float32) - np.float32(0.5)) / settings.dim
    return SkipGramTables(jnp.asarray(start), jnp.zeros(start.shape, jnp.float32))
