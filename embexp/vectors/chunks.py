"""A text into the chunks that skip-gram trains on: what thinning leaves of it, how far
each centre reaches, and noise words.
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Float32, Int, Int32

from embexp.vectors.settings import SkipGram
from embexp.vectors.text import Text

BLOCK = 32
"""Centres of a block, at least; a window that is wider makes it longer."""
SHARED = 32
"""Negatives that the centres of a block share."""
BLOCKS = 16
"""Blocks of a step."""
CHUNK = 1 << 17
"""Tokens that are drawn for and sent to a device at once, at most; no window reaches
over a chunk's end."""
ROOM = 4
"""Tokens of a chunk for each word of a large vocabulary: joining its tables stays a
small part of the work."""
FLOOR = 1e-4
"""The share of the rate that is left at the end of training."""
GUIDE = 4
"""Parts of the unit interval for each word, to look noise words up in."""


class Span(NamedTuple):
    """The tokens from `start` to `stop` in an epoch."""

    epoch: int
    start: int
    stop: int


class Chunk(NamedTuple):
    """What one call trains on: in each of `steps` steps BLOCKS blocks of centres with
    `window` tokens around them, and their noise words.

    The kept tokens form BLOCKS streams, and block b of step s is the s-th of stream b:
    so a step takes its blocks from places far apart, where other words stand. A centre
    reaches `left` and `right` tokens of its text; what fills up reaches none.
    """

    ids: Int32[np.ndarray, "most blocks wide"]
    left: Int32[np.ndarray, "most blocks length"]
    right: Int32[np.ndarray, "most blocks length"]
    noise: Int32[np.ndarray, "most blocks shared"]
    steps: int


@dataclass(frozen=True, eq=False)
class Source:
    """Draws chunks from a text: what thinning leaves of it, how far each centre
    reaches, and the noise words.
    """

    text: Text
    settings: SkipGram

    @cached_property
    def stay(self) -> Float32[np.ndarray, "vocab"]:
        """The probability that a token of each word stays: (√(c/(s·n)) + 1)·s·n/c for a
        count of c in n, s = `sample`, as in word2vec.
        """
        if not self.settings.sample:
            return np.ones(len(self.text.words), np.float32)
        share = self.text.counts / (self.settings.sample * len(self.text))
        return ((np.sqrt(share) + 1) / share).astype(np.float32)

    @cached_property
    def noise(self) -> Float[np.ndarray, "vocab"]:
        """The cumulative probabilities of the noise words."""
        sums = np.cumsum(self.text.counts**self.settings.exponent)
        return sums / sums[-1]

    @cached_property
    def guide(self) -> Int[np.ndarray, "bins"]:
        """The first noise word of each of equal parts of the unit interval."""
        bins = GUIDE * len(self.noise)
        return np.searchsorted(self.noise, np.arange(bins) / bins, side="right")

    @cached_property
    def edges(self) -> list[int]:
        """Where chunks begin and end: as many as it takes, an even number of equal
        length where one is not enough.
        """
        chunks = -(-len(self.text) // max(CHUNK, ROOM * len(self.text.words)))
        return (
            np.linspace(0, len(self.text), 1 + (chunks + chunks % 2 if chunks > 1 else 1))
            .astype(int)
            .tolist()
        )

    @cached_property
    def span(self) -> int:
        """Tokens of the longest chunk."""
        return max(np.diff(self.edges).tolist())

    @cached_property
    def kept(self) -> Float[np.ndarray, "vocab"]:
        """How many tokens of each word are expected to stay in a chunk."""
        return self.text.counts * np.minimum(self.stay, 1) * self.span / len(self.text)

    @cached_property
    def pull(self) -> tuple[Float32[np.ndarray, "vocab"], Float32[np.ndarray, "vocab"]]:
        """The weight of each row's pairs that is expected in a chunk: as a centre, and
        as a context or noise word.
        """
        tokens, pairs, k = self.kept.sum(), self.settings.window + 1, self.settings.negatives
        noise = tokens * np.diff(self.noise, prepend=0)
        return (pairs * (1 + k) * self.kept).astype(np.float32), (
            pairs * (self.kept + k * noise)
        ).astype(np.float32)

    @property
    def bound(self) -> float:
        """What the cap leaves of rate times weight of a row in a chunk."""
        return self.settings.cap * float(self.kept.sum()) / (BLOCKS * block(self.settings.window))

    def rate(self, span: Span, place: int) -> float:
        """The rate at a token of an epoch."""
        done = (span.epoch + place / len(self.text)) / self.settings.epochs
        return self.settings.rate * (1 - (1 - FLOOR) * done)

    def rounds(self) -> list[list[Span]]:
        """The chunks of all epochs, in twos that are trained on side by side; a short
        text is one for itself.
        """
        spans = [
            [Span(epoch, *edges) for edges in pairwise(self.edges)]
            for epoch in range(self.settings.epochs)
        ]
        return [each[first : first + 2] for each in spans for first in range(0, len(each), 2)]

    def chunk(self, span: Span) -> Chunk:
        """The tokens of a span as they are seen in its epoch; all chunks of a text have
        the same shapes.
        """
        window, length = self.settings.window, block(self.settings.window)
        rng = np.random.default_rng([self.settings.seed, 1, span.epoch, span.start])
        ids, lines = self.text.ids[span.start : span.stop], self.text.lines(span.start, span.stop)
        stays = rng.random(len(ids), np.float32) < self.stay[ids]
        ids, lines = ids[stays], lines[stays]
        place, reach = np.arange(len(ids)), rng.integers(1, window + 1, len(ids))
        left = np.minimum(reach, place - np.searchsorted(lines, lines))
        right = np.minimum(reach, np.searchsorted(lines, lines, side="right") - 1 - place)
        step = BLOCKS * length
        most, steps = -(-self.span // step), -(-len(ids) // step)
        noise = self.noise_words(rng, steps * BLOCKS * SHARED).reshape(steps, BLOCKS, SHARED)
        first = steps * length * np.arange(BLOCKS) + length * np.arange(steps)[:, None]
        wide, own = (
            first[:, :, None] + np.arange(width) for width in (length + 2 * window, length)
        )
        fill = steps * step - len(ids)
        parts = (
            np.pad(ids, (window, window + fill))[wide],
            *(np.pad(side, (0, fill))[own] for side in (left, right)),
            noise,
        )
        ids, left, right, noise = (
            np.pad(part.astype(np.int32), ((0, most - steps), (0, 0), (0, 0))) for part in parts
        )
        return Chunk(ids, left, right, noise, steps)

    def noise_words(self, rng: np.random.Generator, count: int) -> Int[np.ndarray, "count"]:
        """Noise words: for each draw the first word whose cumulative probability is
        larger, looked for from where `guide` points.
        """
        draws = rng.random(count)
        words = self.guide[(draws * len(self.guide)).astype(np.intp)]
        short = np.flatnonzero(self.noise[words] <= draws)
        while len(short):
            words[short] += 1
            short = short[self.noise[words[short]] <= draws[short]]
        return words


def block(window: int) -> int:
    """The centres of a block: no fewer than a window, so that the tokens around a block
    are not more than its own twice over.
    """
    return max(BLOCK, window)
