"""The chunks of a text that skip-gram trains on, drawn anew in each epoch."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int32

from embexp.vectors.settings import SkipGram
from embexp.vectors.text import Text

BLOCK = 32
"""Smallest number of centres in a block; a wider window makes it longer."""
SHARED = 32
"""Noise words that the centres of a block share."""
BLOCKS = 16
"""Blocks in a step."""
CHUNK = 1 << 17
"""Largest number of tokens in a chunk, apart from large vocabularies; no window crosses its end."""
TOKENS_PER_WORD = 4
"""Tokens of a chunk for each word of a large vocabulary, so that merging its tables
remains a small part of the work."""
FLOOR = 1e-4
"""Final learning rate, as a share of the first."""


class Span(NamedTuple):
    """The tokens from `start` to `stop` in an epoch."""

    epoch: int
    start: int
    stop: int


class Chunk(NamedTuple):
    """The data of one call: `steps` steps of BLOCKS blocks of centres, with noise words.

    `ids` has the centres of a block and `window` tokens on each side. The tokens form
    BLOCKS streams, and block b of step s is the s-th of stream b, so that a step takes
    its blocks from places far apart. A centre is paired with `left` and `right` tokens
    around it, and filling with none.
    """

    ids: Int32[np.ndarray, "most blocks wide"]
    left: Int32[np.ndarray, "most blocks length"]
    right: Int32[np.ndarray, "most blocks length"]
    noise: Int32[np.ndarray, "most blocks shared"]
    steps: int


@dataclass(frozen=True, eq=False)
class ChunkSampler:
    """Draws chunks of a text: which tokens remain, the window of each centre, noise words."""

    text: Text
    settings: SkipGram

    @cached_property
    def stay(self) -> Float32[np.ndarray, "vocab"]:
        """Probability that a token of each word remains after subsampling, as in word2vec.

        It is (√(c/(s·n)) + 1)·s·n/c for a count of c in n tokens and s = `sample`.
        """
        if not self.settings.sample:
            return np.ones(len(self.text.words), np.float32)
        share = self.text.counts / (self.settings.sample * len(self.text))
        return ((np.sqrt(share) + 1) / share).astype(np.float32)

    @cached_property
    def noise(self) -> Float[np.ndarray, "vocab"]:
        """Cumulative probabilities of the noise words."""
        sums = np.cumsum(self.text.counts**self.settings.exponent)
        return sums / sums[-1]

    @cached_property
    def edges(self) -> list[int]:
        """Ends of the chunks, which have equal length: one, or an even number."""
        chunks = -(-len(self.text) // max(CHUNK, TOKENS_PER_WORD * len(self.text.words)))
        return (
            np.linspace(0, len(self.text), 1 + (chunks + chunks % 2 if chunks > 1 else 1))
            .astype(int)
            .tolist()
        )

    @cached_property
    def span(self) -> int:
        """Number of tokens in the longest chunk."""
        return max(np.diff(self.edges).tolist())

    @cached_property
    def expected_counts(self) -> Float[np.ndarray, "vocab"]:
        """Expected number of tokens of each word in a chunk, after subsampling."""
        return self.text.counts * np.minimum(self.stay, 1) * self.span / len(self.text)

    @cached_property
    def pair_weights(self) -> tuple[Float32[np.ndarray, "vocab"], Float32[np.ndarray, "vocab"]]:
        """Expected weight of each row's pairs in a chunk: as centre, and as context or noise."""
        counts, pairs, k = self.expected_counts, self.settings.window + 1, self.settings.negatives
        noise = counts.sum() * np.diff(self.noise, prepend=0)
        weights = pairs * (1 + k) * counts, pairs * (counts + k * noise)
        return weights[0].astype(np.float32), weights[1].astype(np.float32)

    @property
    def bound(self) -> float:
        """Largest learning rate times weight of a row in a chunk, under the cap."""
        return (
            self.settings.cap
            * float(self.expected_counts.sum())
            / (BLOCKS * block(self.settings.window))
        )

    def learning_rate(self, span: Span, place: int) -> float:
        """Learning rate at a token of an epoch."""
        done = (span.epoch + place / len(self.text)) / self.settings.epochs
        return self.settings.learning_rate * (1 - (1 - FLOOR) * done)

    def rounds(self) -> list[list[Span]]:
        """Chunks of all epochs, in pairs that are trained on side by side.

        A short text is one chunk by itself.
        """
        spans = [
            [Span(epoch, *edges) for edges in pairwise(self.edges)]
            for epoch in range(self.settings.epochs)
        ]
        return [each[first : first + 2] for each in spans for first in range(0, len(each), 2)]

    def chunk(self, span: Span) -> Chunk:
        """The tokens of a span, as drawn for its epoch; all chunks of a text have one shape."""
        window, length = self.settings.window, block(self.settings.window)
        rng = np.random.default_rng([self.settings.seed, 1, span.epoch, span.start])
        ids, lines = self.text.ids[span.start : span.stop], self.text.lines(span.start, span.stop)
        stays = rng.random(len(ids), np.float32) < self.stay[ids]
        ids, lines = ids[stays], lines[stays]
        place, drawn = np.arange(len(ids)), rng.integers(1, window + 1, len(ids))
        left = np.minimum(drawn, place - np.searchsorted(lines, lines))
        right = np.minimum(drawn, np.searchsorted(lines, lines, side="right") - 1 - place)
        step = BLOCKS * length
        most, steps = -(-self.span // step), -(-len(ids) // step)
        draws = rng.random((steps, BLOCKS, SHARED))
        noise = np.searchsorted(self.noise, draws, side="right")
        first = steps * length * np.arange(BLOCKS) + length * np.arange(steps)[:, None]
        wide, inner = (
            first[:, :, None] + np.arange(width) for width in (length + 2 * window, length)
        )
        fill = steps * step - len(ids)
        parts = (
            np.pad(ids, (window, window + fill))[wide],
            *(np.pad(side, (0, fill))[inner] for side in (left, right)),
            noise,
        )
        ids, left, right, noise = (
            np.pad(part.astype(np.int32), ((0, most - steps), (0, 0), (0, 0))) for part in parts
        )
        return Chunk(ids, left, right, noise, steps)


def block(window: int) -> int:
    """Number of centres in a block, no fewer than a window has words on each side.

    The tokens around a block are then at most twice its own.
    """
    return max(BLOCK, window)
