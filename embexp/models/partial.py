"""Embeddings of which a part trains, or counts: some rows, a change of low rank, a share of it."""

from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx

from embexp.models.arrays import Ids, Params, Table
from embexp.models.embedding import Embedding, product
from embexp.models.shapes import size, whole
from embexp.models.views import ProjectedRows, Rows, Sum, View


class SomeRows(Embedding):
    """A table of which some rows train.

    No gradient reaches the others in training (`model.train()`), so they keep their bits.
    `trained` is 1 for rows that train, which are all at first.
    """

    label = "some rows"
    frozen = frozenset({"trained"})
    regime = "uncovered-rows"
    deterministic = True

    def __init__(self, vocab: int, dim: int, **settings: Any) -> None:
        """Draws the table; the arguments are those of `Embedding`."""
        super().__init__(vocab, dim, **settings)
        self.trained = nnx.Param(jnp.ones(vocab))

    def view(self, ids: Ids) -> View:
        """The rows; in training a gradient reaches some of them only."""
        rows = self.rows[...]
        if not self.deterministic:
            trained = self.trained[...][:, None] > 0
            rows = jnp.where(trained, rows, jax.lax.stop_gradient(rows))
        return Rows(whole(ids, self.vocab), (rows,))


class LowRank(Embedding):
    """A frozen table plus a change A·B of low rank, A with a row for each word (Hu et al. 2022).

    A starts at zeros, so that training begins at the table, and B at draws. A trains at the
    table's learning rate, B at the model's.
    """

    label = "table plus a product"
    tables = frozenset({"rows", "static"})
    frozen = frozenset({"static"})
    parameters = ("rank",)
    regime = "low-rank"

    def __init__(
        self, vocab: int, dim: int, *, rank: int = 8, rngs: nnx.Rngs, **settings: Any
    ) -> None:
        """Draws the table and B; the arguments are those of `Embedding`, and the rank."""
        own = nnx.Rngs(rngs.params())  # one draw, so that layers above are those of other kinds
        super().__init__(vocab, dim, rngs=own, **settings)
        rank = size("rank", rank)
        self.static = self.rows
        self.rows = nnx.Param(jnp.zeros((vocab, rank)))
        self.by = nnx.Param(jax.random.normal(own.params(), (rank, dim)) / rank**0.5)

    @classmethod
    def with_start(cls, params: Params, table: Table) -> Params:
        """The parameters with the table put in, and no change of it."""
        rank = params["rows"].shape[-1]
        return {**params, "static": table, "rows": jnp.zeros((len(table), rank))}

    @classmethod
    def effective_table(cls, params: Params) -> Any:
        """The table and its change."""
        return params["static"] + product(params["rows"], params["by"])

    def view(self, ids: Ids) -> View:
        """The frozen rows and the change of each."""
        ids, static = whole(ids, self.vocab), jax.lax.stop_gradient(self.static[...])
        change = ProjectedRows(ids, self.rows[...], self.by[...])
        return Sum((Rows(ids, (static,)), change))


class Interpolated(Embedding):
    """A table that trains, and counts as a point between its start and what it became.

    Scoring reads (1 − α)·E₀ + α·E, training E itself (`model.train()`): Wortsman et al.
    (2022) take all parameters of a model so.
    """

    label = "interpolated table"
    tables = frozenset({"rows", "static"})
    frozen = frozenset({"static", "share"})
    regime = "interpolated"
    deterministic = True

    def __init__(self, vocab: int, dim: int, **settings: Any) -> None:
        """Draws the table; the arguments are those of `Embedding`."""
        super().__init__(vocab, dim, **settings)
        self.static = nnx.Param(self.rows[...])
        self.share = nnx.Param(jnp.ones(()))

    @classmethod
    def with_start(cls, params: Params, table: Table) -> Params:
        """The parameters with the table as the start, and as what it is now."""
        return {**params, "rows": table, "static": table}

    @classmethod
    def effective_table(cls, params: Params) -> Any:
        """The point between."""
        share = params["share"][..., None, None]
        return (1 - share) * params["static"] + share * params["rows"]

    def view(self, ids: Ids) -> View:
        """The rows that train, or those between."""
        ids = whole(ids, self.vocab)
        if not self.deterministic:
            return Rows(ids, (self.rows[...],))
        share = self.share[...]
        return Rows(ids, ((1 - share) * self.static[...], share * self.rows[...]))
