"""The windows of a text, and the largest responses of filters to them.

A batch repeats its words: of 3,200 some 760 are distinct. Where its ids count the rows that
it reads, each of them is multiplied once with each place of the filters, and a window's
response is the sum of what its words look up: the convolution, with its sums in another
order. Backwards only the largest window of each text and map has a gradient, so that few
numbers are added up.
"""

from collections.abc import Iterable
from functools import reduce
from operator import add

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, Shaped

from embexp.devices import on_host
from embexp.models.arrays import Bias, Filters, Ids, Mask, Responses, Table, TextFeatures, Weights

BLOCK = 256
"""Rows of a table that are multiplied, or moved, at a time; as many blocks as a batch's distinct
words need."""

Counted = Bool[Array, "batch places"]
RowProducts = Float[Array, "rows width maps"]


def windows(words: Shaped[Array, "batch length *more"], width: int) -> list[Array]:
    """The first, second, … word of each window, of zeros where it reaches beyond a text."""
    around = ((0, 0), (width - 1, width - 1), *[(0, 0)] * (words.ndim - 2))
    padded, places = jnp.pad(words, around), words.shape[1] + width - 1
    return [padded[:, first : first + places] for first in range(width)]


def covered(mask: Mask, width: int) -> Counted:
    """Which windows cover a word."""
    return jnp.stack(windows(mask, width)).any(axis=0)


def looked_up(places: Iterable[Table], ids: Ids, mask: Mask) -> Responses:
    """Responses by lookups, summed over each window, in which masked words count as zeros.

    Args:
        places: for each place of the filters what every word gives there.
    """
    each = [jnp.where(mask[:, :, None], place[ids], 0.0) for place in places]
    last = len(each) - 1
    around = [((0, 0), (last - place, place), (0, 0)) for place in range(len(each))]
    return reduce(add, map(jnp.pad, each, around))


@jax.custom_vjp
def largest_of(responses: Responses, counted: Counted) -> TextFeatures:
    """The largest of each map's responses that count, and zero at least.

    Of several that are equal the first has the gradient.
    """
    return _largest(responses, counted)[0]


def _largest(responses: Responses, counted: Counted) -> tuple:
    shown = jnp.where(counted[:, :, None], jax.nn.relu(responses), 0.0)
    largest, places = shown.max(axis=1), jnp.arange(shown.shape[1])[:, None]
    first = jnp.where(shown == largest[:, None], places, len(places)).min(axis=1)
    return largest, (counted, first, largest > 0)


def _largest_backwards(given: tuple, gradient: TextFeatures) -> tuple[Array, None]:
    counted, first, positive = given
    none = jnp.zeros((*counted.shape, first.shape[1]), gradient.dtype)
    texts, maps = jnp.arange(len(first))[:, None], jnp.arange(first.shape[1])
    own = jnp.where(positive, gradient, 0.0)
    return none.at[texts, first, maps].set(own, mode="drop"), None


largest_of.defvjp(_largest, _largest_backwards)


def is_of_batch(table: Table, ids: Ids) -> bool:
    """Whether a table has hardly more rows than a batch has words, so that it may be multiplied.

    That is the case of row-sparse steps. An accelerator gains nothing by it.
    """
    few = len(table) < ids.size + BLOCK and len(table) % BLOCK == 0
    return few and on_host(jax.devices()[0])


def largest_responses(
    table: Table, filters: Filters, bias: Bias, ids: Ids, mask: Mask
) -> TextFeatures:
    """Each map's largest response to a window that covers a word, and zero at least.

    Args:
        table: some blocks of rows. What lies behind the largest id costs little.
    """
    width, dim, maps = filters.shape
    beside = filters.transpose(1, 0, 2).reshape(dim, width * maps)
    products = row_products(table, beside, ids.max() // BLOCK + 1)
    return largest_sums(products.reshape(-1, width, maps), bias, ids, mask)


@jax.custom_vjp
def row_products(
    table: Table, weights: Weights, blocks: Int[Array, ""]
) -> Float[Array, "vocab out"]:
    """The rows of the first blocks times the weights; zeros behind them."""
    return _products(table, weights, blocks)[0]


def _products(table: Table, weights: Weights, blocks: Int[Array, ""]) -> tuple:
    def multiplied(number: Array, found: Array) -> Array:
        return put(found, number, block(table, number) @ weights)

    found = jnp.zeros((len(table), weights.shape[1]), table.dtype)
    return jax.lax.fori_loop(0, blocks, multiplied, found), (table, weights, blocks)


def _products_backwards(given: tuple, gradient: Array) -> tuple[Array, Array, None]:
    table, weights, blocks = given

    def added(number: Array, found: tuple[Array, Array]) -> tuple[Array, Array]:
        own = block(gradient, number)
        rows = put(found[0], number, own @ weights.T)
        return rows, found[1] + block(table, number).T @ own

    none = jnp.zeros_like(table), jnp.zeros_like(weights)
    return *jax.lax.fori_loop(0, blocks, added, none), None


row_products.defvjp(_products, _products_backwards)


def block(rows: Array, number: Array) -> Array:
    """One block of rows."""
    return jax.lax.dynamic_slice_in_dim(rows, number * BLOCK, BLOCK)


def put(rows: Array, number: Array, new: Array) -> Array:
    """The rows with another block."""
    return jax.lax.dynamic_update_slice_in_dim(rows, new, number * BLOCK, 0)


@jax.custom_vjp
def largest_sums(products: RowProducts, bias: Bias, ids: Ids, mask: Mask) -> TextFeatures:
    """The largest sum of a window's products and the bias, by text and map; zero at least."""
    return _sums(products, bias, ids, mask)[0]


def _sums(products: RowProducts, bias: Bias, ids: Ids, mask: Mask) -> tuple:
    width = products.shape[1]
    responses = looked_up([products[:, place] for place in range(width)], ids, mask) + bias
    largest, (_, first, positive) = _largest(responses, covered(mask, width))
    return largest, (products, ids, mask, first, positive)


def _sums_backwards(given: tuple, gradient: TextFeatures) -> tuple[Array, Array, None, None]:
    products, ids, mask, first, positive = given
    _, width, maps = products.shape
    own = jnp.where(positive, gradient, 0.0)
    around = ((0, 0), (width - 1, width - 1))
    padded = jnp.pad(jnp.where(mask, ids, len(products)), around, constant_values=len(products))
    window = first[:, None] + jnp.arange(width)[:, None]
    rows = padded[jnp.arange(len(ids))[:, None, None], window]
    numbers = (rows * width + jnp.arange(width)[:, None]) * maps + jnp.arange(maps)
    each = jnp.broadcast_to(own[:, None], numbers.shape)
    summed = jnp.zeros(products.size, products.dtype).at[numbers].add(each, mode="drop")
    return summed.reshape(products.shape), own.sum(axis=0), None, None


largest_sums.defvjp(_sums, _sums_backwards)
