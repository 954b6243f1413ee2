"""Ids into vectors: a table that is learned, or one-hot coding; and the table read back
as `Vectors`.

Encoders meet words through a *view*: vectors that are given, rows of tables, or one-hot
codes. A view can give the vectors themselves, their product with weights, that of
windows of them with filters, and a weighted sum of them over time. For rows of a table
the product with a whole table may be cheaper than that with each token; for one-hot
codes it is a lookup, so no vector as long as the
vocabulary is made. A view has any two leading axes: texts first, or time first.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Bool, Float, Shaped

from embexp.errors import InputError
from embexp.models.initialisers import initialisers as starts
from embexp.words import Vectors

LARGEST_IDENTITY = 20_000
"""Rows of the largest one-hot table that is written out (1.5 GiB)."""
PAYS = 1.5
"""Tokens of a batch for each row of the table from which on the whole table is multiplied."""


@dataclass(frozen=True)
class Given:
    """Vectors as they are."""

    vectors: Float[Array, "batch length dim"]

    def project(self, weights: Float[Array, "dim out"]) -> Float[Array, "batch length out"]:
        """Each vector times the weights: as one matrix, since XLA is slow on CPU where
        a gradient sums over two axes.
        """
        return (self.vectors.reshape(-1, len(weights)) @ weights).reshape(
            *self.vectors.shape[:2], -1
        )

    def slide(
        self, filters: Float[Array, "width dim maps"], keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch places maps"]:
        """Filters times every window of their width that reaches a position, length +
        width − 1 of them; what is not kept counts as 0.

        Windows are written out beside each other for one product of matrices:
            `lax.conv` is slow on CPU inside a compiled loop.
        """
        width = len(filters)
        beside = jnp.pad(
            jnp.where(keep[:, :, None], self.vectors, 0.0), ((0, 0), (width - 1, width - 1), (0, 0))
        )
        places = beside.shape[1] - width + 1
        windows = jnp.concatenate(
            [beside[:, first : first + places] for first in range(width)], axis=2
        )
        return Given(windows).project(filters.reshape(-1, filters.shape[2]))

    def pool(self, shares: Float[Array, "batch length"]) -> Float[Array, "batch dim"]:
        """The sum of each text's vectors, each times its share; one whose share is 0
        has no part, whatever stands there.
        """
        return jnp.where(shares[:, :, None] != 0, self.vectors * shares[:, :, None], 0.0).sum(
            axis=1
        )

    def time_first(self) -> "Given":
        """The same with time as the first axis."""
        return Given(self.vectors.swapaxes(0, 1))

    def backwards(self) -> "Given":
        """The same with the first axis reversed."""
        return Given(self.vectors[::-1])


@dataclass(frozen=True)
class Rows:
    """Rows of one table, or the sums of the rows of several (a filter that is shared by
    channels sees their sum).
    """

    tables: tuple[Float[Array, "vocab dim"], ...]
    ids: Shaped[Array, "batch length"]

    @cached_property
    def vectors(self) -> Float[Array, "batch length dim"]:
        """The rows of the ids, gathered once."""
        return sum((table[self.ids] for table in self.tables[1:]), start=self.tables[0][self.ids])

    def project(self, weights: Float[Array, "dim out"]) -> Float[Array, "batch length out"]:
        """Each row times the weights: the whole table's product where tokens are many
        for its rows, else each token's.

        The choice depends on shapes only. On a CPU core, an LSTM's step with the
        table's product takes .97 (vectors of 32 numbers), .86 (100) or .70 (300) of the
        other's time where tokens are twice as many as rows, as long where they are
        equal, 1.4 with half as many.
        """
        if self.ids.size >= PAYS * len(self.tables[0]):
            return (sum(self.tables[1:], start=self.tables[0]) @ weights)[self.ids]
        return Given(self.vectors).project(weights)

    def slide(
        self, filters: Float[Array, "width dim maps"], keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch places maps"]:
        """As `Given.slide`."""
        return Given(self.vectors).slide(filters, keep)

    def pool(self, shares: Float[Array, "batch length"]) -> Float[Array, "batch dim"]:
        """As `Given.pool`."""
        return Given(self.vectors).pool(shares)

    def time_first(self) -> "Rows":
        """The same with time as the first axis."""
        return Rows(self.tables, self.ids.T)

    def backwards(self) -> "Rows":
        """The same with the first axis reversed."""
        return Rows(self.tables, self.ids[::-1])


@dataclass(frozen=True)
class Codes:
    """One-hot codes, never written out but where `vectors` is asked for."""

    vocab: int
    ids: Shaped[Array, "batch length"]

    @property
    def vectors(self) -> Float[Array, "batch length vocab"]:
        """The codes themselves."""
        return jax.nn.one_hot(self.ids, self.vocab)

    def project(self, weights: Float[Array, "vocab out"]) -> Float[Array, "batch length out"]:
        """A lookup of the weights' rows."""
        return weights[self.ids]

    def slide(
        self, filters: Float[Array, "width vocab maps"], keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch places maps"]:
        """As `Given.slide`, by lookups."""
        last = len(filters) - 1
        products = [jnp.where(keep[:, :, None], self.project(each), 0.0) for each in filters]
        return jnp.stack(
            [
                jnp.pad(each, ((0, 0), (last - place, place), (0, 0)))
                for place, each in enumerate(products)
            ]
        ).sum(axis=0)

    def pool(self, shares: Float[Array, "batch length"]) -> Float[Array, "batch vocab"]:
        """A weighted count of each word."""
        texts = jnp.arange(len(self.ids))[:, None]
        return jnp.zeros((len(self.ids), self.vocab), shares.dtype).at[texts, self.ids].add(shares)

    def time_first(self) -> "Codes":
        """The same with time as the first axis."""
        return Codes(self.vocab, self.ids.T)

    def backwards(self) -> "Codes":
        """The same with the first axis reversed."""
        return Codes(self.vocab, self.ids[::-1])


@dataclass(frozen=True)
class Mapped:
    """Words whose vectors are those of another view times one matrix, which is never
    written into the table.
    """

    words: Rows
    by: Float[Array, "dim dim"]

    @cached_property
    def vectors(self) -> Float[Array, "batch length dim"]:
        """The mapped vectors."""
        return self.words.project(self.by)

    def project(self, weights: Float[Array, "dim out"]) -> Float[Array, "batch length out"]:
        """As `Rows.project`, by the product of both matrices."""
        return self.words.project(self.by @ weights)

    def slide(
        self, filters: Float[Array, "width dim maps"], keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch places maps"]:
        """As `Given.slide`, by the products of the matrix with each filter's."""
        return self.words.slide(self.by @ filters, keep)

    def pool(self, shares: Float[Array, "batch length"]) -> Float[Array, "batch dim"]:
        """As `Given.pool`; the sum is mapped, not each word."""
        return self.words.pool(shares) @ self.by

    def time_first(self) -> "Mapped":
        """The same with time as the first axis."""
        return Mapped(self.words.time_first(), self.by)

    def backwards(self) -> "Mapped":
        """The same with the first axis reversed."""
        return Mapped(self.words.backwards(), self.by)


Words = Given | Rows | Mapped | Codes


class Table(nnx.Module):
    """A vector for each id (Keras's Embedding): (batch, length) → (batch, length, dim),
    equal to `one_hot(ids) @ rows`.

    Ids are checked once on the host (`embexp.data.check_ids`): on the device an id out
    of range would be clamped unnoticed.
    """

    def __init__(
        self, vocab: int, dim: int, *, initialisers: str = "keras", rngs: nnx.Rngs
    ) -> None:
        self.rows = nnx.Param(starts(initialisers).table(rngs.params(), (vocab, dim)))

    def __call__(self, ids: Shaped[Array, "batch length"]) -> Float[Array, "batch length dim"]:
        """The rows of the ids."""
        return self.read(ids).vectors

    def read(self, ids: Shaped[Array, "batch length"], *beside: "Table") -> Rows:
        """The view of the ids; with a table beside, which is never trained here, the
        rows are added.
        """
        still = (jax.lax.stop_gradient(other.rows[...]) for other in beside)
        return Rows((self.rows[...], *still), whole(ids, len(self.rows[...])))

    def vectors(self, words: Sequence[str]) -> Vectors:
        """The learned vectors of the words, one for each row, in order."""
        return Vectors(named(words, len(self.rows[...])), np.asarray(self.rows[...]))


class OneHot(nnx.Module):
    """One-hot coding of ids, (batch, length) → (batch, length, vocab); nothing to
    learn, any two words at a right angle.
    """

    def __init__(self, vocab: int) -> None:
        self.vocab = vocab

    def __call__(self, ids: Shaped[Array, "batch length"]) -> Float[Array, "batch length vocab"]:
        """The codes, written out."""
        return self.read(ids).vectors

    def read(self, ids: Shaped[Array, "batch length"]) -> Codes:
        """The view of the ids."""
        return Codes(self.vocab, whole(ids, self.vocab))

    def vectors(self, words: Sequence[str]) -> Vectors:
        """The codes of all words: the identity.

        Raises:
            InputError: more words than an identity is written out for.
        """
        if self.vocab > LARGEST_IDENTITY:
            size = self.vocab**2 * 4 / 2**30
            raise InputError(
                f"one-hot vectors of {self.vocab} words would take {size:.0f} GiB; keep at most {LARGEST_IDENTITY} words"
            )
        return Vectors(named(words, self.vocab), np.eye(self.vocab, dtype=np.float32))


def whole(ids: Shaped[Array, "batch length"], rows: int) -> Shaped[Array, "batch length"]:
    """The ids, refused where they are not integers."""
    if not jnp.issubdtype(ids.dtype, jnp.integer):
        raise InputError(
            f"ids are whole numbers from 0 to {rows - 1}, not {ids.dtype}; encode the texts first"
        )
    return ids


def named(words: Sequence[str], rows: int) -> Sequence[str]:
    """The words, refused where they are not one for each row."""
    if len(words) != rows:
        raise InputError(
            f"{len(words)} words cannot name the table's {rows} rows; give one word for each row, padding included"
        )
    return words
