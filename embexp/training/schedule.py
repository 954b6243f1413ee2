"""Which texts each step draws, and how wide it pads them.

A text of n words goes to the narrowest bucket that holds it; a batch comes from one
bucket. The order of buckets is shared by all cells of a program; the texts drawn are
each seed's own, and the same for every regime of that seed, so runs pair.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

ORDER_OF_BUCKETS = 0
"""Seed of the order of buckets: a constant, since cells trained together must agree on
it however they are grouped."""


class Schedule(NamedTuple):
    """The buckets of all steps of a run; `rows` gives the texts that a seed draws."""

    widths: tuple[int, ...]
    buckets: Int[np.ndarray, "steps"]
    members: tuple[Int[np.ndarray, "texts"], ...]
    batch: int
    epochs: int

    @property
    def steps(self) -> int:
        """Steps of the whole run."""
        return len(self.buckets)

    @property
    def epoch_ends(self) -> list[int]:
        """The number of steps after each epoch."""
        each = self.steps // self.epochs
        return [each * (epoch + 1) for epoch in range(self.epochs)]

    @property
    def padded_tokens(self) -> int:
        """Tokens computed in one epoch, padding included."""
        return sum(self.widths[b] for b in self.buckets[: self.steps // self.epochs]) * self.batch

    def rows(self, rng: np.random.Generator) -> Int[np.ndarray, "steps batch"]:
        """The texts of each step for one seed: every text once an epoch, −1 where a
        bucket's last batch is not full.
        """
        rows = np.full((self.steps, self.batch), -1, np.int32)
        each = self.steps // self.epochs
        for epoch in range(self.epochs):
            buckets = self.buckets[epoch * each : (epoch + 1) * each]
            for bucket, texts in enumerate(self.members):
                places = epoch * each + np.flatnonzero(buckets == bucket)
                drawn = np.full(len(places) * self.batch, -1, np.int32)
                drawn[: len(texts)] = rng.permutation(texts)
                rows[places] = drawn.reshape(len(places), self.batch)
        return rows


def plan(
    lengths: Int[np.ndarray, "texts"], widths: tuple[int, ...], *, batch: int, epochs: int
) -> Schedule:
    """The schedule of a training split: each epoch visits every batch of every bucket
    once, in an order drawn anew.
    """
    bucket_of = np.searchsorted(widths, lengths)
    members = tuple(
        np.flatnonzero(bucket_of == bucket).astype(np.int32) for bucket in range(len(widths))
    )
    epoch = np.repeat(
        np.arange(len(widths), dtype=np.int32), [-(-len(texts) // batch) for texts in members]
    )
    rng = np.random.default_rng(ORDER_OF_BUCKETS)
    return Schedule(
        widths,
        np.concatenate([rng.permutation(epoch) for _ in range(epochs)]),
        members,
        batch,
        epochs,
    )


def widths_for(lengths: Int[np.ndarray, "texts"], buckets: int) -> tuple[int, ...]:
    """At most `buckets` widths that pad the given texts least, the widest holding the longest text.

    Exact, by dynamic programming over the distinct lengths: cost of a bucket (a, b] = b
    · (number of texts in it).
    """
    distinct, counts = np.unique(np.maximum(lengths, 1), return_counts=True)
    if len(distinct) > 1000:  # a finer grid gains less than a hundredth, and its cost is its square
        grid = np.unique(
            np.quantile(np.repeat(distinct, counts), np.linspace(0, 1, 1000), method="higher")
        ).astype(int)
        counts = np.histogram(lengths.clip(1), np.concatenate([[0.5], grid + 0.5]))[0]
        distinct = grid
    before = np.concatenate([[0], np.cumsum(counts)])
    cost = distinct[None, :] * (
        before[1:][None, :] - before[:-1][:, None]
    )  # cost[i, j]: lengths i … j in one bucket
    cost = np.where(
        np.arange(len(distinct))[:, None] <= np.arange(len(distinct))[None, :], cost, np.inf
    )
    best, last = cost[0], [np.zeros(len(distinct), int)]
    for _ in range(min(buckets, len(distinct)) - 1):
        total = np.concatenate([[0.0], best[:-1]])[:, None] + cost
        last.append(total.argmin(axis=0))
        best = total.min(axis=0)
    widths, end = [], len(distinct) - 1
    for starts in reversed(last):
        widths.append(int(distinct[end]))
        end = int(starts[end]) - 1
        if end < 0:
            break
    return tuple(reversed(widths))


def in_order(
    lengths: Int[np.ndarray, "texts"], widths: tuple[int, ...], *, batch: int
) -> tuple[np.ndarray, np.ndarray]:
    """Buckets (steps,) and rows (steps, batch) that visit every text once, shortest
    first: for scoring.
    """
    order = np.argsort(lengths, kind="stable")
    steps = -(-len(order) // batch)
    rows = np.full(steps * batch, -1, np.int32)
    rows[: len(order)] = order
    rows = rows.reshape(steps, batch)
    longest = np.where(rows >= 0, np.concatenate([lengths, [0]])[rows], 0).max(axis=1)
    return np.searchsorted(widths, longest).astype(np.int32), rows


def seams(steps: int, epoch_ends: list[int]) -> list[int]:
    """The steps at which a run is looked at: 0, 1, 2, 4, … and the end of each epoch."""
    geometric = [0] + [2**k for k in range(steps.bit_length()) if 2**k <= steps]
    return sorted({*geometric, *epoch_ends})
