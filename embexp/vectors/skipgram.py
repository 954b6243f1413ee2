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
    apart, where other words stand. A centre reaches `left` and `right` tokens of its text; what fills up reaches none.
    """

    ids: Int32[np.ndarray, "most blocks wide"]
    left: Int32[np.ndarray, "most blocks length"]
    right: Int32[np.ndarray, "most blocks length"]
    noise: Int32[np.ndarray, "most blocks shared"]
    steps: int


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
        ids, lines = self.text.ids[start:stop], self.text.lines(start, stop)
        stays = rng.random(len(ids), np.float32) < self.stay[ids]
        ids, lines = ids[stays], lines[stays]
        place, reach = np.arange(len(ids)), rng.integers(1, window + 1, len(ids))
        left = np.minimum(reach, place - np.searchsorted(lines, lines))
        right = np.minimum(reach, np.searchsorted(lines, lines, side="right") - 1 - place)
        span = BLOCKS * length
        most, steps = -(-min(CHUNK, len(self.text)) // span), -(-len(ids) // span)
        noise = np.searchsorted(self.noise, rng.random((steps, BLOCKS, SHARED)), side="right")
        first = steps * length * np.arange(BLOCKS) + length * np.arange(steps)[:, None]
        wide, own = (first[:, :, None] + np.arange(width) for width in (length + 2 * window, length))
        fill = steps * span - len(ids)
        parts = (np.pad(ids, (window, window + fill))[wide], *(np.pad(side, (0, fill))[own] for side in (left, right)), noise)
        ids, left, right, noise = (np.pad(part.astype(np.int32), ((0, most - steps), (0, 0), (0, 0))) for part in parts)
        return Chunk(ids, left, right, noise, steps)


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
    left: Int[Array, "most blocks length"],
    right: Int[Array, "most blocks length"],
    noise: Int[Array, "most blocks shared"],
    steps: Int[Array, ""],
    first: Float[Array, ""],
    last: Float[Array, ""],
    cap: Float[Array, ""],
    *,
    negatives: int,
) -> Tables:
    def step(number: Int[Array, ""], tables: Tables) -> Tables:
        rate = first + (last - first) * number / steps
        return stepped(tables, ids[number], left[number], right[number], noise[number], rate, cap, negatives)

    return jax.lax.fori_loop(0, steps, step, tables)


def stepped(
    tables: Tables,
    ids: Int[Array, "blocks wide"],
    left: Int[Array, "blocks length"],
    right: Int[Array, "blocks length"],
    noise: Int[Array, "blocks shared"],
    rate: Float[Array, ""],
    cap: Float[Array, ""],
    negatives: int,
) -> Tables:
    """The tables a step up the gradient of the sum over pairs (i, j) of log σ(v_i·u_j) + k · mean over noise words n of log σ(−v_i·u_n).

    Centre i and word j ≠ i make a pair when j stands in i's text and within its reach. The centres of a block share its noise words,
    so that all of its scores are one product of matrices; k is `negatives`. All pairs of a step see the same tables.
    """
    (length, shared), wide = (left.shape[1], noise.shape[1]), ids.shape[1]
    window = (wide - length) // 2
    centres, words = ids[:, window : window + length], jnp.concatenate([ids, noise], axis=1)
    away = np.subtract.outer(np.arange(wide), window + np.arange(length))
    away = np.pad(away, ((0, shared), (0, 0)), constant_values=wide)
    away = np.where(away == 0, wide, away)  # as far as a noise word: a centre and itself are no pair
    pair = (away >= -left[:, None]) & (away <= right[:, None])
    pairs = (left + right).astype(jnp.float32)
    share = jnp.where(jnp.arange(wide + shared)[:, None] < wide, 0, pairs[:, None] * (negatives / shared))

    v, u = _rows(tables.centres, centres), _rows(tables.contexts, words)
    probability = 0.5 + 0.5 * jnp.tanh(0.5 * jnp.einsum("bmd,bld->bml", u, v))  # σ, but computed faster
    error = jnp.where(pair, 1 - probability, -share * probability)
    v_rate = rates(len(tables.centres), centres, pairs * (1 + negatives), rate, cap)
    u_rate = rates(len(tables.contexts), words, jnp.where(pair, 1, share).sum(axis=2), rate, cap)
    to_v = jnp.einsum("bml,bmd->bld", error * v_rate[:, None], u)
    to_u = jnp.einsum("bml,bld->bmd", error * u_rate[:, :, None], v)
    return Tables(_added(tables.centres, centres, to_v), _added(tables.contexts, words, to_u))


def rates(
    words: int, rows: Int[Array, "blocks some"], weights: Float[Array, "blocks some"], rate: Float[Array, ""], cap: Float[Array, ""]
) -> Float[Array, "blocks some"]:
    """The rate of each row: cap / weight where the row's pairs, wherever it repeats, weigh so much that rate · weight > cap.

    All pairs of a step see the same table, so that a frequent word is pushed many times in the same direction; the cap bounds that.
    """
    sums = jnp.zeros(words).at[rows].add(weights, mode="promise_in_bounds")
    return jnp.minimum(rate, cap / jnp.maximum(sums.at[rows].get(mode="promise_in_bounds"), 1))


def _rows(table: Float[Array, "vocab dim"], rows: Int[Array, "blocks some"]) -> Float[Array, "blocks some dim"]:
    """table[rows] as slices of one row each: written so, XLA neither copies nor checks."""
    places = jax.lax.GatherDimensionNumbers(offset_dims=(1, 2), collapsed_slice_dims=(), start_index_map=(0,))
    found = jax.lax.gather(table, rows.reshape(-1, 1), places, (1, table.shape[1]), mode="promise_in_bounds")
    return found.reshape(*rows.shape, table.shape[1])


def _added(
    table: Float[Array, "vocab dim"], rows: Int[Array, "blocks some"], steps: Float[Array, "blocks some dim"]
) -> Float[Array, "vocab dim"]:
    """table.at[rows].add(steps), written as in `_rows`."""
    places = jax.lax.ScatterDimensionNumbers(update_window_dims=(1, 2), inserted_window_dims=(), scatter_dims_to_operand_dims=(0,))
    updates = steps.reshape(-1, 1, table.shape[1])
    return jax.lax.scatter_add(table, rows.reshape(-1, 1), updates, places, mode="promise_in_bounds")
