"""A stream of ids into word vectors: skip-gram with negative sampling, compiled, in blocks that share their negatives."""

import math
from dataclasses import asdict, dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import NamedTuple, SupportsFloat

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Float32, Int, Int32

from embexp.devices import prepare
from embexp.errors import InputError
from embexp.vectors.checkpoint import EVERY, Arrays, Checkpoint, Progress, silent
from embexp.vectors.text import Text
from embexp.words import Vectors

BLOCK = 32
"""Centres of a block, at least; a window that is wider makes it longer."""
SHARED = 32
"""Negatives that the centres of a block share."""
BLOCKS = 16
"""Blocks of a step."""
CHUNK = 1 << 18
"""Tokens that are drawn for and sent to the device at once; no window reaches over a chunk's end."""
FLOOR = 1e-4
"""The share of the rate that is left at the end of training."""


@dataclass(frozen=True)
class SkipGram:
    """The numbers of skip-gram with negative sampling (Mikolov et al. 2013, Distributed Representations, §2.2–2.3).

    Args:
        window: words on each side; for every centre a reach is drawn from 1 to this.
        negatives: a pair's weight in noise words.
        rate: falls linearly to `FLOOR` of it.
        sample: words that are a larger share of the text than this are thinned out; 0 keeps all.
        exponent: noise words are drawn by count to this power.
        cap: bounds rate times the weight of a row's pairs in one step (see `moved`); without such a bound frequent words diverge. 3.2 is
            128 pairs at the rate of 0.025.
    """

    dim: int = 100
    window: int = 5
    negatives: int = 5
    epochs: int = 5
    rate: float = 0.025
    sample: float = 1e-3
    exponent: float = 0.75
    cap: float = 3.2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("dim", "window", "negatives", "epochs"):
            check(name, getattr(self, name), 1)
        for name in ("rate", "cap"):
            check(name, getattr(self, name), 0.0, above=True)
        for name in ("sample", "exponent", "seed"):
            check(name, getattr(self, name), 0)


def check(name: str, value: SupportsFloat, least: SupportsFloat, *, above: bool = False) -> None:
    """Refuses a setting that is not finite, below `least` or, with `above`, equal to it."""
    number, bound = float(value), float(least)
    if not (math.isfinite(number) and (number > bound if above else number >= bound)):
        raise InputError(f"{name} is {value}; give {'a number above' if above else 'at least'} {bound:g}")


class Chunk(NamedTuple):
    """What one call trains on: in each of `steps` steps BLOCKS blocks of centres with `window` tokens around them, and their noise words.

    The kept tokens form BLOCKS streams, and block b of step s is the s-th of stream b: so a step takes its blocks from places far
    apart, where other words stand. `lines` tells texts apart; what fills up is in line −1 and reaches no word.
    """

    ids: Int32[np.ndarray, "most blocks wide"]
    lines: Int32[np.ndarray, "most blocks wide"]
    reach: Int32[np.ndarray, "most blocks length"]
    noise: Int32[np.ndarray, "most blocks shared"]
    steps: int


class Touched(NamedTuple):
    """What a step adds to a table: the rows, repeats among them, the gradient of the log-likelihood, and the weight of its pairs."""

    rows: Int[Array, "touched"]
    gradient: Float[Array, "touched dim"]
    weight: Float[Array, "touched"]


class Tables(NamedTuple):
    """The vectors of words as centres, which are the result, and as contexts."""

    centres: Float[Array, "vocab dim"]
    contexts: Float[Array, "vocab dim"]


def train(
    text: Text,
    settings: SkipGram | None = None,
    *,
    checkpoint: str | Path | None = None,
    every: float = EVERY,
    progress: Progress = silent,
) -> Vectors:
    """Word vectors of a text, the most frequent word first.

    The same seed gives the same bits on the same machine with the same library versions, also when the training was cut off and
    went on from its checkpoint. A GPU needs `XLA_FLAGS=--xla_gpu_deterministic_ops=true` for that: it adds up in no fixed order.

    Args:
        checkpoint: a folder for the state, from which the same call goes on; the caller clears it.
        every: seconds between two states that are kept.
        progress: told the share that is done and what is running.

    Raises:
        InputError: the training diverged, or the checkpoint is of another training.
    """
    settings = settings or SkipGram()
    prepare()
    kept = Checkpoint(checkpoint, {"method": "skipgram", "text": text.digest} | asdict(settings), every)
    tables, done = _begin(len(text.words), settings, kept.load())
    source, spans = Source(text, settings), _spans(len(text), settings)
    for number, (epoch, start, stop) in enumerate(spans[done:], done):
        chunk = source.chunk(epoch, start, stop)
        first, last = (_rate(settings, (epoch + place / len(text)) / settings.epochs) for place in (start, stop))
        jax.block_until_ready(tables)  # while the device was at work, the chunk was drawn
        progress(number / len(spans), f"epoch {epoch + 1} of {settings.epochs}")
        if kept.due:
            kept.save({"centres": np.asarray(tables.centres), "contexts": np.asarray(tables.contexts), "done": np.array(number)})
        tables = advance(tables, chunk, first, last, settings)
        if stop == len(text):
            _check_finite(tables, epoch, settings)
    progress(1.0, "done")
    return Vectors(text.words, np.array(tables.centres))


def _begin(words: int, settings: SkipGram, state: Arrays | None) -> tuple[Tables, int]:
    """The tables and how many chunks they have seen: centres uniform in ±1/(2·dim), contexts zero, or all as it was kept."""
    if state is not None:
        return Tables(jnp.asarray(state["centres"]), jnp.asarray(state["contexts"])), int(state["done"])
    rng = np.random.default_rng([settings.seed, 0])
    start = (rng.random((words, settings.dim), np.float32) - np.float32(0.5)) / settings.dim
    return Tables(jnp.asarray(start), jnp.zeros(start.shape, jnp.float32)), 0


def _spans(tokens: int, settings: SkipGram) -> list[tuple[int, int, int]]:
    """The chunks of all epochs: epoch, first token, end."""
    return [(epoch, start, min(start + CHUNK, tokens)) for epoch in range(settings.epochs) for start in range(0, tokens, CHUNK)]


def _rate(settings: SkipGram, share: float) -> float:
    """The rate when a share of the training is done."""
    return settings.rate * (1 - (1 - FLOOR) * share)


def _check_finite(tables: Tables, epoch: int, settings: SkipGram) -> None:
    if not all(bool(jnp.isfinite(table).all()) for table in tables):
        raise InputError(
            f"skip-gram diverged in epoch {epoch + 1} at rate {settings.rate:g} and cap {settings.cap:g}; lower the rate or the cap"
        )


@dataclass(frozen=True, eq=False)
class Source:
    """Draws chunks from a text: what thinning leaves of it, how far each centre reaches, and the noise words."""

    text: Text
    settings: SkipGram

    @cached_property
    def stay(self) -> Float32[np.ndarray, "vocab"]:
        """The probability that a token of each word stays: (√(c/(s·n)) + 1)·s·n/c for a count of c in n, s = `sample`, as in word2vec."""
        if not self.settings.sample:
            return np.ones(len(self.text.words), np.float32)
        share = self.text.counts / (self.settings.sample * len(self.text))
        return ((np.sqrt(share) + 1) / share).astype(np.float32)

    @cached_property
    def noise(self) -> Float[np.ndarray, "vocab"]:
        """The cumulative probabilities of the noise words."""
        sums = np.cumsum(self.text.counts**self.settings.exponent)
        return sums / sums[-1]

    def chunk(self, epoch: int, start: int, stop: int) -> Chunk:
        """The tokens from `start` to `stop` as they are seen in an epoch; all chunks of a text have the same shapes."""
        window, length = self.settings.window, block(self.settings.window)
        rng = np.random.default_rng([self.settings.seed, 1, epoch, start])
        ids = self.text.ids[start:stop]
        stays = rng.random(len(ids), np.float32) < self.stay[ids]
        ids = ids[stays]
        reach = rng.integers(1, window + 1, len(ids), np.int32)
        span = BLOCKS * length
        most, steps = -(-min(CHUNK, len(self.text)) // span), -(-len(ids) // span)
        noise = np.searchsorted(self.noise, rng.random((steps, BLOCKS, SHARED)), side="right").astype(np.int32)
        first = steps * length * np.arange(BLOCKS) + length * np.arange(steps)[:, None]
        wide, own = (first[:, :, None] + np.arange(width) for width in (length + 2 * window, length))
        around = (window, window + steps * span - len(ids))
        lines = np.pad(self.text.lines(start, stop)[stays], around, constant_values=-1)
        parts = (np.pad(ids, around)[wide], lines[wide], np.pad(reach, (0, around[1] - window))[own], noise)
        ids, lines, reach, noise = (np.pad(part, ((0, most - steps), (0, 0), (0, 0))) for part in parts)
        return Chunk(ids, lines, reach, noise, steps)


def block(window: int) -> int:
    """The centres of a block: no fewer than a window, so that the tokens around a block are not more than its own twice over."""
    return max(BLOCK, window)


def advance(tables: Tables, chunk: Chunk, first: float, last: float, settings: SkipGram) -> Tables:
    """The tables after the steps of a chunk, the rate going from `first` to `last`; the tables given are used up."""
    return _advance(tables, *chunk, first, last, settings.cap, negatives=settings.negatives)


@partial(jax.jit, static_argnames="negatives", donate_argnums=0)
def _advance(
    tables: Tables,
    ids: Int[Array, "most blocks wide"],
    lines: Int[Array, "most blocks wide"],
    reach: Int[Array, "most blocks length"],
    noise: Int[Array, "most blocks shared"],
    steps: Int[Array, ""],
    first: Float[Array, ""],
    last: Float[Array, ""],
    cap: Float[Array, ""],
    *,
    negatives: int,
) -> Tables:
    def step(number: Int[Array, ""], tables: Tables) -> Tables:
        centres, contexts = gradients(tables, ids[number], lines[number], reach[number], noise[number], negatives)
        rate = first + (last - first) * number / steps
        return Tables(moved(tables.centres, centres, rate, cap), moved(tables.contexts, contexts, rate, cap))

    return jax.lax.fori_loop(0, steps, step, tables)


def gradients(
    tables: Tables,
    ids: Int[Array, "blocks wide"],
    lines: Int[Array, "blocks wide"],
    reach: Int[Array, "blocks length"],
    noise: Int[Array, "blocks shared"],
    negatives: int,
) -> tuple[Touched, Touched]:
    """A step's gradients in both tables: of the sum over pairs (i, j) of log σ(v_i·u_j) + k · mean over noise words n of log σ(−v_i·u_n).

    Centre i and word j ≠ i make a pair when j stands in i's text and at most `reach` of i away. The centres of a block share its noise
    words, so that all of its scores are one product of matrices; k is `negatives`.
    """
    (blocks, length), shared = reach.shape, noise.shape[1]
    window = (ids.shape[1] - length) // 2
    own = slice(window, window + length)
    away = jnp.abs(jnp.arange(ids.shape[1]) - window - jnp.arange(length)[:, None])
    same = lines[:, None, :] == lines[:, own, None]
    pair = ((away > 0) & (away <= reach[:, :, None]) & same).astype(jnp.float32)
    share = jnp.broadcast_to(pair.sum(axis=2, keepdims=True) * (negatives / shared), (blocks, length, shared))
    weight = jnp.concatenate([pair, share], axis=2)
    truth = jnp.concatenate([pair, jnp.zeros_like(share)], axis=2)

    rows = jnp.concatenate([ids, noise], axis=1)
    v, u = tables.centres[ids[:, own]], tables.contexts[rows]
    error = weight * (truth - jax.nn.sigmoid(jnp.einsum("bld,bmd->blm", v, u)))
    to_v, to_u = jnp.einsum("blm,bmd->bld", error, u), jnp.einsum("blm,bld->bmd", error, v)
    return _touched(ids[:, own], to_v, weight.sum(axis=2)), _touched(rows, to_u, weight.sum(axis=1))


def _touched(rows: Int[Array, "blocks some"], gradient: Float[Array, "blocks some dim"], weight: Float[Array, "blocks some"]) -> Touched:
    return Touched(rows.reshape(-1), gradient.reshape(rows.size, -1), weight.reshape(-1))


def moved(table: Float[Array, "vocab dim"], touched: Touched, rate: Float[Array, ""], cap: Float[Array, ""]) -> Float[Array, "vocab dim"]:
    """The table a step of gradient ascent further; a row whose pairs weigh so much that rate · weight > cap moves by cap / weight instead.

    All pairs of a step see the same table, so that a frequent word is pushed many times in the same direction; the cap bounds that.
    """
    sums = jnp.zeros(len(table)).at[touched.rows].add(touched.weight)[touched.rows]
    scale = jnp.minimum(rate, cap / jnp.maximum(sums, 1))
    return table.at[touched.rows].add(touched.gradient * scale[:, None])
