"""Kinds of embedding: what stands for a word, where it starts, and which part of it trains.

| kind | a word's vector | trained |
|---|---|---|
| `Embedding` | its row of a table | the table |
| `OneHot` | its one-hot code | nothing |
| `Multichannel` | the sum of its rows in two tables | one of the tables |
| `Projected` | its row times one matrix for all words | the matrix, and the table |
| `SomeRows` | its row of a table | some rows |
| `LowRank` | its row, plus one of a table times one matrix | the second table, and the matrix |
| `Joint` | its row, beside one of contexts | both |
| `Interpolated` | a point between its row and where that began | the table |

A parameter called `rows` trains at the table's learning rate, all others at the
model's.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from embexp.errors import InputError
from embexp.models.arrays import Ids, Params, Table, WordVectors
from embexp.models.initialisers import initialisers_of
from embexp.models.shapes import size, whole
from embexp.models.views import ProjectedRows, Rows, View
from embexp.vectors.align import align
from embexp.words import Vectors, Vocabulary


class Embedding(nnx.Module):
    """A vector for each id, the row of a table: Keras's `Embedding`.

    Called with ids (batch, length), it gives (batch, length, dim), equal to
    `one_hot(ids) @ rows`. Ids are checked once on the host (`embexp.data.check_ids`),
    as an id out of range would be clamped unnoticed on the device.

    >>> embedding = Embedding(1000, 50, rngs=nnx.Rngs(0))
    >>> embedding(jnp.array([[4, 7, 0], [9, 0, 0]])).shape
    (2, 3, 50)

    Attributes:
        dim: the length of the vectors that an encoder sees.
        regime: the name of the regime that our optimiser trains it by (see
            `embexp.REGIMES`).
    """

    label: ClassVar[str] = "table"
    """What tables of results call this kind."""
    tables: ClassVar[frozenset[str]] = frozenset({"rows"})
    """Names of its own parameters that have a row for each word."""
    frozen: ClassVar[frozenset[str]] = frozenset()
    """Names of its own parameters that no gradient reaches."""
    parameters: ClassVar[tuple[str, ...]] = ()
    """Keyword arguments of its own, which a regime declares."""
    regime: str = "tuned"

    def __init__(
        self, vocab: int, dim: int, *, initialisers: str = "keras", rngs: nnx.Rngs
    ) -> None:
        """Draws the table.

        Args:
            vocab: the number of rows, which is the largest id plus one.
            dim: the length of a vector.
            initialisers: a name in `INITIALISERS`; Keras's table is uniform in ±.05.

        Raises:
            InputError: `vocab` or `dim` is no whole number from 1 on.
        """
        self.vocab, self.dim = size("vocab", vocab), size("dim", dim)
        self.rows = nnx.Param(initialisers_of(initialisers).table(rngs.params(), (vocab, dim)))

    @classmethod
    def from_vectors(
        cls,
        vectors: Any,
        vocabulary: Vocabulary | None = None,
        *,
        regime: str | None = None,
        oov: str = "random",
        rng: np.random.Generator | None = None,
    ) -> "Embedding":
        """An embedding that starts at pretrained vectors.

        >>> vectors = Vectors(["good", "film"], np.eye(2))
        >>> embedding = Embedding.from_vectors(vectors, regime="frozen")
        >>> embedding(jnp.array([[1, 0]])).tolist()
        [[[0.0, 1.0], [1.0, 0.0]]]

        Args:
            vectors: `Vectors`, or gensim's `KeyedVectors`.
            vocabulary: whose words the rows stand for; without one, the vectors' own
                words in their order, which have no padding row.
            regime: a name in `embexp.REGIMES` that our optimiser reads; by default the
                kind's own, which trains from the first step.
            oov: what words without a vector get, see `embexp.vectors.align`.
            rng: draws the vectors of such words if `oov="random"`; seed 0 by default.

        Raises:
            InputError: no word of the vocabulary has a vector, or the kind has no
                table that could start there.
        """
        if not isinstance(vectors, Vectors):
            vectors = Vectors.from_keyed_vectors(vectors)
        table = vectors.table
        if vocabulary is not None:
            table, _ = align(vocabulary, vectors, oov=oov, rng=rng or np.random.default_rng(0))
        made = cls(*table.shape, rngs=nnx.Rngs(0))
        params = nnx.to_pure_dict(nnx.state(made, nnx.Param))
        started = cls.with_start(params, jnp.asarray(table))
        if not started:
            raise InputError(f"{cls.__name__} has no table that starts at vectors; use Embedding")
        nnx.update(made, started)
        made.regime = regime or cls.regime
        return made

    @classmethod
    def with_start(cls, params: Params, table: Table) -> Params:
        """The embedding's parameters (a pure dict) with the table put in as its start."""
        return {**params, "rows": table}

    @classmethod
    def effective_table(cls, params: Params) -> Any:
        """The table of learned vectors in the embedding's parameters, or None.

        Arrays may have further axes in front, as those of runs trained side by side do.
        """
        return params["rows"]

    def __call__(self, ids: Ids) -> WordVectors:
        """The words' vectors.

        Raises:
            InputError: ids are not integers.
        """
        return self.view(ids).vectors

    def view(self, ids: Ids) -> View:
        """The words as encoders take them, which computes less than their vectors do."""
        return Rows(whole(ids, self.vocab), (self.rows[...],))

    def of_means(self, means: Float[Array, "batch dim"]) -> Float[Array, "batch dim"]:
        """The means of the words' vectors, from those of their rows."""
        return means

    def vectors(self, words: Sequence[str]) -> Vectors:
        """The learned vectors, under the words that the rows stand for, in order.

        Raises:
            InputError: words are not one for each row, or one-hot codes are too many to
                be written out.
        """
        table = self.written()
        if len(words) != self.vocab:
            raise InputError(
                f"{len(words)} words cannot name the table's {self.vocab} rows; "
                "give one word for each row, padding included"
            )
        return Vectors(words, table)

    def written(self) -> Float[np.ndarray, "vocab dim"]:
        """The learned table."""
        params = nnx.to_pure_dict(nnx.state(self, nnx.Param))
        return np.asarray(self.effective_table(params))


def product(rows: Any, by: Any) -> Any:
    """`rows @ by`; of NumPy arrays by way of float64.

    In float32 its last bits depend on the machine's threads and on where the arrays lie, so
    that a saved model's table would not be the one that was measured.
    """
    if isinstance(rows, np.ndarray):
        return np.matmul(rows, by, dtype=np.float64).astype(rows.dtype)
    return rows @ by


class Multichannel(Embedding):
    """Two tables from one start, of which only the first trains (Kim 2014, section 3.1).

    Filters see the sum of both rows: Kim adds each filter's responses to the two
    channels, which is its response to their sum. So with shared filters the model is
    the tuned one started from twice the vectors.
    """

    label = "two channels"
    tables = frozenset({"rows", "static"})
    frozen = frozenset({"static"})
    regime = "multichannel"

    def __init__(self, vocab: int, dim: int, **settings: Any) -> None:
        """Draws both tables; the arguments are those of `Embedding`."""
        super().__init__(vocab, dim, **settings)
        self.static = Embedding(vocab, dim, **settings).rows

    @classmethod
    def with_start(cls, params: Params, table: Table) -> Params:
        """The parameters with both tables at the start."""
        return {**params, "rows": table, "static": table}

    def view(self, ids: Ids) -> View:
        """The sums of both rows; no gradient reaches the static ones."""
        tables = (self.rows[...], jax.lax.stop_gradient(self.static[...]))
        return Rows(whole(ids, self.vocab), tables)


class Projected(Embedding):
    """Rows of a table times one matrix that starts as the identity.

    In the regime of that name the table is frozen and the matrix trains, so that words
    which training never shows move, too.
    """

    label = "projected table"
    regime = "projected"

    def __init__(self, vocab: int, dim: int, **settings: Any) -> None:
        """Draws the table; the arguments are those of `Embedding`."""
        super().__init__(vocab, dim, **settings)
        self.map = nnx.Param(jnp.eye(dim))

    @classmethod
    def effective_table(cls, params: Params) -> Any:
        """The table times the matrix."""
        return product(params["rows"], params["map"])

    def view(self, ids: Ids) -> View:
        """The projected rows."""
        return ProjectedRows(whole(ids, self.vocab), self.rows[...], self.map[...])

    def of_means(self, means: Float[Array, "batch dim"]) -> Float[Array, "batch dim"]:
        """The projected means."""
        return means @ self.map[...]
