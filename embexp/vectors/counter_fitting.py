"""Counter-fitting: synonyms are moved together, antonyms apart, other neighbours kept near."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jaxtyping import Array, Float, Int

Rows = Float[np.ndarray, "words dim"]
Pairs = Int[np.ndarray, "_ 2"]
EPOCHS, RATE, APART, NEAR = 20, 0.1, 1.0, 0.2
"""Steps, their rate, the distance that antonyms are to have at least, and
that of neighbours to be kept. The rate is for a step on all pairs at once; the others are those
of Mrkšić et al. (2016)."""
BLOCK = 1024
"""Words whose neighbours are looked up at a time."""


class Neighbours(NamedTuple):
    """Pairs that were near before, and their cosines."""

    pairs: Pairs
    cosines: Float[np.ndarray, "_"]

    def without(self, others: Pairs) -> "Neighbours":
        """Those that are not among other pairs, in either order."""
        size = 1 + max(self.pairs.max(initial=0), others.max(initial=0))
        own, named = (np.sort(each, axis=1) @ [size, 1] for each in (self.pairs, others))
        left = ~np.isin(own, named)
        return Neighbours(self.pairs[left], self.cosines[left])


def fitted(table: Rows, synonyms: Pairs, antonyms: Pairs) -> Rows:
    """Rows of length 1, with synonyms moved together and antonyms apart.

    The loss of Mrkšić et al. (2016, section 2) with equal weights: antonyms are pushed to a
    cosine of 0 or below, synonyms pulled to one of 1, and other pairs with a cosine of .8 or more
    kept as near as they were. Only words of these pairs are moved.
    """
    lengths = np.linalg.norm(table, axis=1, keepdims=True)
    unit = table / np.where(lengths > 0, lengths, 1.0)
    moved, inverse = np.unique(np.concatenate([synonyms, antonyms]), return_inverse=True)
    near, apart = np.split(inverse.reshape(-1, 2), [len(synonyms)])
    kept = neighbours(unit[moved]).without(inverse.reshape(-1, 2))

    def distances(rows: Array, pairs: Pairs) -> Array:
        return 1.0 - (rows[pairs[:, 0]] * rows[pairs[:, 1]]).sum(axis=1)

    def loss(rows: Array) -> Array:
        rows = normalised(rows)
        further = distances(rows, kept.pairs) - (1.0 - kept.cosines)
        return (
            jax.nn.relu(APART - distances(rows, apart)).sum()
            + jax.nn.relu(distances(rows, near)).sum()
            + jax.nn.relu(further).sum()
        )

    optimiser = optax.sgd(RATE)

    @jax.jit
    def epoch(rows: Array, state: optax.OptState) -> tuple[Array, optax.OptState]:
        updates, state = optimiser.update(jax.grad(loss)(rows), state)
        rows = jnp.asarray(optax.apply_updates(rows, updates))
        return normalised(rows), state

    rows = jnp.asarray(unit[moved], jnp.float32)
    state = optimiser.init(rows)
    for _ in range(EPOCHS):
        rows, state = epoch(rows, state)
    found = unit.astype(np.float64)
    found[moved] = np.asarray(rows)
    return found


def normalised(rows: Array) -> Array:
    """Rows of length 1; those of zeros as they are."""
    squares = (rows**2).sum(axis=1, keepdims=True)
    return rows / jnp.sqrt(jnp.where(squares > 0, squares, 1.0))


def neighbours(unit: Rows) -> Neighbours:
    """All pairs of rows of length 1 whose cosine is at least 1 − `NEAR`."""
    pairs, cosines = [np.zeros((0, 2), int)], [np.zeros(0)]
    for first in range(0, len(unit), BLOCK):
        near = unit[first : first + BLOCK] @ unit.T
        rows, columns = np.nonzero(np.triu(near >= 1.0 - NEAR, first + 1))
        pairs.append(np.stack([rows + first, columns], axis=1))
        cosines.append(near[rows, columns])
    return Neighbours(np.concatenate(pairs), np.concatenate(cosines))
