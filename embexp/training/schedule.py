"""Which texts each step trains on, and how wide it pads them.

A text of n words goes to the narrowest bucket that holds it, and a batch comes from one
bucket. The order of buckets is shared by all runs of a program; the texts drawn are each
seed's own, and the same for every regime of that seed, so that runs are paired.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from embexp.devices import free_memory
from embexp.memory import check_fits
from embexp.training.texts import Order, scored_rows

BUCKET_SEED = 0
"""Seed of the order of buckets: a constant, as runs trained together must agree on it."""
FINEST = 1000
"""Distinct lengths that `widths_for` tells apart; more gain less than a hundredth."""

ORDER_BYTES = 8
"""Bytes for each text of a step: its number, on the host and on the device."""


class Schedule(NamedTuple):
    """The bucket of each step of a run, and the texts in each bucket."""

    widths: tuple[int, ...]
    buckets: Int[np.ndarray, "steps"]
    members: tuple[Int[np.ndarray, "texts"], ...]
    batch_size: int
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
    def evaluation_steps(self) -> list[int]:
        """The steps at which a run is evaluated: 0, 1, 2, 4, … and the end of each epoch."""
        return sorted({*self.growing_steps, *self.epoch_ends})

    @property
    def growing_steps(self) -> list[int]:
        """Steps 0, 1, 2, 4, …: those at which a table is measured that may stop at any epoch."""
        return [0, *(2**k for k in range(self.steps.bit_length()))]

    @property
    def rows(self) -> tuple[int, ...]:
        """The most texts of a batch in each bucket: fewer than `batch_size` in a small one."""
        return tuple(min(self.batch_size, len(texts)) for texts in self.members)

    @property
    def padded_tokens(self) -> int:
        """Tokens computed in one epoch, padding included."""
        each, rows = self.steps // self.epochs, self.rows
        return sum(self.widths[bucket] * rows[bucket] for bucket in self.buckets[:each])

    def text_indices(self, rng: np.random.Generator) -> Int[np.ndarray, "steps batch"]:
        """The texts of each step for one seed.

        Every text comes once an epoch; −1 fills up a bucket's last batch.
        """
        indices = np.full((self.steps, self.batch_size), -1, np.int32)
        each = self.steps // self.epochs
        for epoch in range(self.epochs):
            buckets = self.buckets[epoch * each : (epoch + 1) * each]
            for bucket, texts in enumerate(self.members):
                steps = epoch * each + np.flatnonzero(buckets == bucket)
                drawn = np.full(len(steps) * self.batch_size, -1, np.int32)
                drawn[: len(texts)] = rng.permutation(texts)
                indices[steps] = drawn.reshape(len(steps), self.batch_size)
        return indices


def schedule_for(
    lengths: Int[np.ndarray, "texts"], *, buckets: int, batch_size: int, epochs: int
) -> Schedule:
    """The schedule of a training split.

    Each epoch visits every batch of every bucket once, in an order drawn anew.

    Raises:
        InputError: the order of texts does not fit the memory.
    """
    widths = widths_for(lengths, buckets)
    bucket_of = np.searchsorted(widths, lengths)
    members = tuple(
        np.flatnonzero(bucket_of == bucket).astype(np.int32) for bucket in range(len(widths))
    )
    batches = [-(-len(texts) // batch_size) for texts in members]
    steps = epochs * sum(batches)
    check_fits(
        ORDER_BYTES * steps * batch_size,
        f"the order of texts in {steps} steps of {batch_size}",
        "lower epochs, batch_size or train_texts",
        free_memory(),
    )
    epoch = np.repeat(np.arange(len(widths), dtype=np.int32), batches)
    rng = np.random.default_rng(BUCKET_SEED)
    order = np.concatenate([rng.permutation(epoch) for _ in range(epochs)])
    return Schedule(widths, order, members, batch_size, epochs)


def widths_for(lengths: Int[np.ndarray, "texts"], buckets: int) -> tuple[int, ...]:
    """At most `buckets` widths that pad the texts least, the widest holding the longest.

    Exact, by dynamic programming over the distinct lengths; a bucket (a, b] costs b times
    the number of texts in it.
    """
    distinct, counts = np.unique(np.maximum(lengths, 1), return_counts=True)
    if len(distinct) > FINEST:
        shares = np.linspace(0, 1, FINEST)
        drawn = np.quantile(np.repeat(distinct, counts), shares, method="higher")
        distinct = np.unique(drawn).astype(int)
        counts = np.histogram(lengths.clip(1), np.concatenate([[0.5], distinct + 0.5]))[0]
    before = np.concatenate([[0], np.cumsum(counts)])
    first, last = np.indices((len(distinct), len(distinct)))
    texts = before[1:][None, :] - before[:-1][:, None]  # [i, j]: those of lengths i … j
    cost = np.where(first <= last, distinct[None, :] * texts, np.inf)
    best, starts = cost[0], [np.zeros(len(distinct), int)]
    for _ in range(min(buckets, len(distinct)) - 1):
        total = np.concatenate([[0.0], best[:-1]])[:, None] + cost
        starts.append(total.argmin(axis=0))
        best = total.min(axis=0)
    widths, end = [], len(distinct) - 1
    for start in reversed(starts):
        widths.append(int(distinct[end]))
        end = int(start[end]) - 1
        if end < 0:
            break
    return tuple(reversed(widths))


def scoring_order(
    lengths: Int[np.ndarray, "texts"], widths: tuple[int, ...], batch_size: int
) -> Order:
    """The steps that score a split, shortest texts first, as many at once as their width allows."""
    order = np.argsort(lengths, kind="stable")
    buckets = np.searchsorted(widths, lengths[order])
    most = np.array([scored_rows(batch_size, width) for width in widths])[buckets]
    ends = [0]
    while ends[-1] < len(order):
        allowed = most[ends[-1] :][:batch_size]  # with a wider text no more than its bucket has
        ends.append(ends[-1] + int((np.arange(len(allowed)) < allowed).sum()))
    return Order(order, np.diff(ends), buckets[np.array(ends[1:], int) - 1])
