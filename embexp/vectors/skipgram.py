"""A stream of ids into word vectors: skip-gram with negative sampling.

Two chunks of the text are trained on side by side, each with a copy of the tables of
its own, and then the copies are joined. There are always two, on however many devices,
so that the vectors do not depend on the machine.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import jax
import jax.numpy as jnp
import numpy as np

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.vectors.blocks import Tables, advance, joined
from embexp.vectors.checkpoint import EVERY, Arrays, Checkpoint, Progress, silent
from embexp.vectors.chunks import Chunk, Source, Span
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
    versions, also when the training was cut off and went on from its checkpoint. A GPU
    needs `XLA_FLAGS=--xla_gpu_deterministic_ops=true` for that: it adds up in no fixed
    order.

    Args:
        checkpoint: a folder for the state, from which the same call goes on; the caller
            clears it.
        every: seconds between two states that are kept.
        progress: told the share that is done and what is running.

    Raises:
        InputError: the training diverged, or the checkpoint is of another training.
    """
    settings = settings or SkipGram()
    source = Source(text, settings)
    rounds = source.rounds()
    training = {"method": "skipgram", "text": text.digest, "chunk": source.span} | asdict(settings)
    kept = Checkpoint(checkpoint, training, every)
    tables, done = _begin(len(text.words), settings, kept.load())
    drawn = ahead([source.chunk(span) for span in spans] for spans in rounds[done:])
    for number, (spans, chunks) in enumerate(zip(rounds[done:], drawn, strict=True), done):
        jax.block_until_ready(tables)  # meanwhile the next chunks are drawn
        progress(number / len(rounds), f"epoch {spans[0].epoch + 1} of {settings.epochs}")
        if kept.due:
            kept.save(
                {
                    "centres": np.asarray(tables.centres),
                    "contexts": np.asarray(tables.contexts),
                    "done": np.array(number),
                }
            )
        tables = side_by_side(tables, source, spans, chunks)
        if spans[-1].stop == len(text):
            _check_finite(tables, spans[0].epoch, settings)
    progress(1.0, "done")
    return Vectors(text.words, np.array(tables.centres))


def side_by_side(
    tables: Tables, source: Source, spans: Sequence[Span], chunks: Sequence[Chunk]
) -> Tables:
    """The tables after one chunk, or after two side by side; those given are used up."""
    cap, negatives = source.settings.cap, source.settings.negatives
    devices = (prepare() * 2)[: len(spans)]
    moved = [
        advance(
            copied(tables, device),
            *chunk,
            source.rate(span, span.start),
            source.rate(span, span.stop),
            cap,
            negatives=negatives,
        )
        for device, chunk, span in zip(devices, chunks, spans, strict=True)
    ]
    if len(moved) == 1:
        return moved[0]
    rate = source.rate(spans[0], spans[0].start)
    return joined(
        tables,
        moved[0],
        jax.device_put(moved[1], devices[0]),
        Tables(*map(jnp.asarray, source.pull)),
        rate,
        source.bound,
    )


def copied(tables: Tables, device: Any) -> Tables:
    """The tables on a device, sharing no memory with those given."""
    return jax.device_put(tables, device, may_alias=False)


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The items, each made by a thread while the one before is in use."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def _begin(words: int, settings: SkipGram, state: Arrays | None) -> tuple[Tables, int]:
    """The tables and how many rounds they have seen: centres uniform in ±1/(2·dim),
    contexts zero, or all as it was kept.
    """
    if state is not None:
        return Tables(jnp.asarray(state["centres"]), jnp.asarray(state["contexts"])), int(
            state["done"]
        )
    rng = np.random.default_rng([settings.seed, 0])
    start = (rng.random((words, settings.dim), np.float32) - np.float32(0.5)) / settings.dim
    return Tables(jnp.asarray(start), jnp.zeros(start.shape, jnp.float32)), 0


def _check_finite(tables: Tables, epoch: int, settings: SkipGram) -> None:
    if not all(bool(jnp.isfinite(table).all()) for table in tables):
        raise InputError(
            f"skip-gram diverged in epoch {epoch + 1} at rate {settings.rate:g} and cap {settings.cap:g}; lower the rate or the cap"
        )
