"""What encoders see of a batch of words, computed without writing vectors out if possible.

A view gives the words' vectors, their product with weights, that of every window of
them with filters, and their weighted sum over time. For rows of a table, the product of
the whole table may be cheaper than that of each token; for one-hot codes it is a
lookup, so no vector as long as the vocabulary is made. A view has two leading axes:
texts first or time first.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from operator import add
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from embexp.models.arrays import (
    Bias,
    Filters,
    Ids,
    Mask,
    Products,
    Responses,
    Table,
    TextFeatures,
    Weights,
    WordVectors,
    WordWeights,
)
from embexp.models.responses import covered, is_of_batch, largest_of, largest_responses, windows

TABLE_PAYS = 1.5
"""Tokens of a batch for each row of the table from which on the whole table is multiplied."""


class View(ABC):
    """Words of a batch: `Given` vectors, `Rows` of a table, `ProjectedRows`, or `codes.Codes`.

    An encoder that needs nothing but the vectors takes `view.vectors`, (batch, length,
    dim).
    """

    vectors: Any
    shape: Any
    """Texts and positions."""

    @abstractmethod
    def rearranged(self, by: Callable[[Array], Array]) -> "View":
        """The view after a function of its two leading axes."""

    def project(self, weights: Weights) -> Products:
        """Each vector times the weights.

        It is one product of matrices, since XLA is slow on CPU if a gradient sums over
        two axes.
        """
        flat = self.vectors.reshape(-1, len(weights))
        return (flat @ weights).reshape(*self.shape, -1)

    def convolve(self, filters: Filters, mask: Mask) -> Responses:
        """The filters' responses to all length + width − 1 windows that reach a position.

        Masked words count as zeros. The windows are written out side by side for one
        product of matrices: `lax.conv` is slow on CPU inside a compiled loop.
        """
        words = jnp.where(mask[:, :, None], self.vectors, 0.0)
        beside = jnp.concatenate(windows(words, len(filters)), axis=2)
        return Given(beside).project(filters.reshape(-1, filters.shape[2]))

    def largest(self, filters: Filters, bias: Bias, mask: Mask) -> TextFeatures:
        """Each map's largest response to a window that covers a word, and zero at least."""
        responses = self.convolve(filters, mask) + bias
        return largest_of(responses, covered(mask, len(filters)))

    def weighted_sum(self, weights: WordWeights) -> Float[Array, "batch dim"]:
        """The sum of each text's vectors times their weights.

        A word whose weight is 0 has no part in it, whatever its vector is.
        """
        each = weights[:, :, None]
        return jnp.where(each != 0, self.vectors * each, 0.0).sum(axis=1)

    def time_first(self) -> "View":
        """The view with its two leading axes swapped."""
        return self.rearranged(lambda array: array.swapaxes(0, 1))

    def backwards(self) -> "View":
        """The view with its first axis reversed."""
        return self.rearranged(lambda array: array[::-1])


@dataclass(frozen=True)
class Given(View):
    """Vectors that were given as an array (batch, length, dim)."""

    vectors: WordVectors

    @property
    def shape(self) -> tuple[int, ...]:
        """Texts and positions."""
        return self.vectors.shape[:2]

    def rearranged(self, by: Callable[[Array], Array]) -> "Given":
        """The rearranged vectors."""
        return Given(by(self.vectors))


@dataclass(frozen=True)
class Coded(View):
    """Words by their ids."""

    ids: Ids

    @property
    def shape(self) -> tuple[int, ...]:
        """Texts and positions."""
        return self.ids.shape

    def rearranged(self, by: Callable[[Array], Array]) -> "View":
        """The rearranged ids."""
        return replace(self, ids=by(self.ids))


@dataclass(frozen=True)
class Rows(Coded):
    """Rows of one table, or the sums of the rows of several.

    A filter that channels share responds to their sum.
    """

    tables: tuple[Table, ...]

    @cached_property
    def vectors(self) -> WordVectors:
        """The rows of the ids, gathered once."""
        return reduce(add, (table[self.ids] for table in self.tables))

    def project(self, weights: Weights) -> Products:
        """The product of the whole table if tokens are many for its rows, else of each token.

        The choice depends on shapes only. On a CPU core, an LSTM's step with the
        table's product takes .97 (vectors of 32 numbers), .86 (100) or .70 (300) of the
        other's time if there are twice as many tokens as rows, as long if there are as
        many, and 1.4 of it if there are half as many.
        """
        if self.ids.size >= TABLE_PAYS * len(self.tables[0]):
            return (reduce(add, self.tables) @ weights)[self.ids]
        return super().project(weights)

    def largest(self, filters: Filters, bias: Bias, mask: Mask) -> TextFeatures:
        """From products of the distinct words, if the table has hardly more rows than these."""
        if is_of_batch(self.tables[0], self.ids):
            return largest_responses(reduce(add, self.tables), filters, bias, self.ids, mask)
        return super().largest(filters, bias, mask)


@dataclass(frozen=True)
class Sum(View):
    """Vectors that are the sums of those of several views."""

    views: tuple[View, ...]

    @property
    def vectors(self) -> WordVectors:
        """The sums."""
        return reduce(add, (view.vectors for view in self.views))

    @property
    def shape(self) -> tuple[int, ...]:
        """Texts and positions."""
        return self.views[0].shape

    def rearranged(self, by: Callable[[Array], Array]) -> "Sum":
        """The sum of the rearranged views."""
        return Sum(tuple(view.rearranged(by) for view in self.views))

    def project(self, weights: Weights) -> Products:
        """The sum of the products."""
        return reduce(add, (view.project(weights) for view in self.views))

    def convolve(self, filters: Filters, mask: Mask) -> Responses:
        """The sum of the responses."""
        return reduce(add, (view.convolve(filters, mask) for view in self.views))

    def weighted_sum(self, weights: WordWeights) -> Float[Array, "batch dim"]:
        """The sum of the sums."""
        return reduce(add, (view.weighted_sum(weights) for view in self.views))


@dataclass(frozen=True)
class ProjectedRows(Coded):
    """Rows of a table times one matrix, without the product of the two being written out."""

    table: Float[Array, "vocab width"]
    by: Float[Array, "width dim"]

    @cached_property
    def rows(self) -> Rows:
        """The rows themselves, gathered once."""
        return Rows(self.ids, (self.table,))

    @cached_property
    def vectors(self) -> WordVectors:
        """The projected vectors."""
        return self.rows.project(self.by)

    def project(self, weights: Weights) -> Products:
        """Each row times the product of both matrices."""
        return self.rows.project(self.by @ weights)

    def convolve(self, filters: Filters, mask: Mask) -> Responses:
        """The rows' responses to the matrix times each filter."""
        return self.rows.convolve(self.by @ filters, mask)

    def largest(self, filters: Filters, bias: Bias, mask: Mask) -> TextFeatures:
        """The rows' largest responses to the matrix times each filter."""
        return self.rows.largest(self.by @ filters, bias, mask)

    def weighted_sum(self, weights: WordWeights) -> Float[Array, "batch dim"]:
        """The projection of the rows' sum, which is one product for each text."""
        return self.rows.weighted_sum(weights) @ self.by
