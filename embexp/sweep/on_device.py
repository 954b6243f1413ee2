"""The tables of a group into looks at them on an accelerator: what is heavy is found
there, batched, and only what is small comes back.

`Panel.look` is the reference, in NumPy, and what runs on CPU: a table of IMDB's 27,806
words × 100 takes it 75 ms of one core, and this form 178 ms there, most of it in
`top_k` and in products in float64. Neighbours are found in float32, all else in
float64.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Float, Int

from embexp.errors import InputError
from embexp.measures import Value
from embexp.measures.dependence import normal_interval
from embexp.measures.geometry import Change, change_values
from embexp.measures.sentiment import PENALTIES, fold_of
from embexp.sweep.panel import LEAST_WORDS, LEXICAL, NEIGHBOURS, STRATA, Look, Panel
from embexp.training.program import over_cells

HIGHEST = jax.lax.Precision.HIGHEST
EPSILON = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class Sizes:
    """What shapes the program: rows before words, neighbours of a query and of a
    lexicon word, folds, and whether to look by stratum.
    """

    specials: int
    near: int
    lexical: int
    folds: int
    strata: bool


class Places(NamedTuple):
    """A panel's rows and references on the device, as in `Panel`."""

    ends: tuple[Int[Array, "pairs"], Int[Array, "pairs"]]
    candidates: Int[Array, "candidates"]
    queries: Int[Array, "queries"]
    lexicon_words: Int[Array, "lexicon_words"]
    lexical_queries: Int[Array, "lexicon_queries"]
    odd_words: Int[Array, "odd_words"]
    odds: Float[Array, "odd_words"]
    fold: Int[Array, "odd_words"]
    reference: Float[Array, "candidates width"] | None


def looks(
    panel: Panel,
    tables: Float[Array, "cells vocab dim"],
    starts: Float[Array, "cells vocab dim"],
    updates: Int[Array, "cells vocab"] | None,
) -> Mapping[str, np.ndarray]:
    """Numbers for the looks at each cell's table, a leading axis `cells` before each;
    `look` makes a look of one cell's.

    Args:
        tables, starts: spread over the mesh alike.
        updates: the counts of updates, where rows are also to be looked at by stratum.
    """
    sizes = Sizes(
        specials=panel.specials,
        near=NEIGHBOURS if len(panel.queries) else 0,
        lexical=max((k for k in LEXICAL if k < len(panel.lexicon_words)), default=0),
        folds=int(fold_of(len(panel.odd_words)).max()) + 1 if panel.reads else 0,
        strata=updates is not None,
    )
    sharding: Any = tables.sharding
    with jax.enable_x64(True):
        counts = (
            updates
            if updates is not None
            else jnp.zeros(tables.shape[:2], jnp.int32, device=sharding)
        )
        found = seen(sizes, sharding.mesh, places(panel), tables, starts, counts)
    return jax.tree.map(np.asarray, found)


def look(panel: Panel, found: Mapping[str, np.ndarray], cell: int, dim: int) -> Look:
    """One cell's look.

    Raises:
        InputError: its table holds NaN or infinity.
    """
    numbers = {name: array[cell] for name, array in found.items()}
    moved = {
        name: change_numbers(row)
        for name, row in zip(("all", *STRATA), numbers["change"], strict=False)
    }
    if not isfinite(moved["all"].drift[0]):
        raise InputError("a row of the table holds NaN or infinity; did training diverge?")
    value, error, chance = map(float, numbers["likeness"])
    rows = len(panel.candidates)
    likeness = (
        Value(value, *normal_interval(value, error, 0.0, 1.0), rows, rows, chance)
        if panel.reference is not None
        else None
    )
    lexical = numbers["lexical"].astype(np.int64)
    return Look(
        cosines=np.round(numbers["cosines"], 12),
        near=numbers["near"].astype(np.int64).reshape(-1, NEIGHBOURS),
        lexical={k: lexical[:, : k if k <= lexical.shape[1] else 0] for k in LEXICAL},
        read=numbers["read"],
        change={
            name: change_values(each, dim)
            for name, each in moved.items()
            if name == "all" or each.rows >= LEAST_WORDS
        },
        likeness=likeness,
    )


def change_numbers(row: Float[np.ndarray, "numbers"]) -> Change:
    """A change from its numbers in a row."""
    rows, moved, *pairs = row.tolist()
    drift, growth, top1, rank = zip(pairs[::2], pairs[1::2], strict=True)
    return Change(int(rows), int(moved), drift, growth, top1, rank)


def places(panel: Panel) -> Places:
    """A panel's rows on the device."""
    centred = panel.reference_centred
    return Places(
        ends=(jnp.asarray(panel.ends[0]), jnp.asarray(panel.ends[1])),
        candidates=jnp.asarray(panel.candidates),
        queries=jnp.asarray(panel.queries),
        lexicon_words=jnp.asarray(panel.lexicon_words),
        lexical_queries=jnp.asarray(panel.lexical_queries),
        odd_words=jnp.asarray(panel.odd_words),
        odds=jnp.asarray(panel.odds),
        fold=jnp.asarray(fold_of(len(panel.odd_words))),
        reference=None if centred is None else jnp.asarray(centred.rows),
    )


@partial(jax.jit, static_argnums=(0, 1))
def seen(
    sizes: Sizes,
    mesh: jax.sharding.Mesh,
    words: Places,
    tables: Array,
    starts: Array,
    updates: Array,
) -> dict[str, Array]:
    """All cells' numbers: in turn on CPU, batched on an accelerator."""
    return over_cells(mesh, partial(seen_cell, sizes, words))(tables, starts, updates)


def seen_cell(
    sizes: Sizes,
    words: Places,
    table: Float[Array, "vocab dim"],
    start: Float[Array, "vocab dim"],
    updates: Int[Array, "vocab"],
) -> dict[str, Array]:
    """One table's numbers."""
    first, second = (unit(table[rows].astype(jnp.float64)) for rows in words.ends)
    candidates = table[words.candidates]
    bounds = [(0, np.inf), *(STRATA.values() if sizes.strata else ())]
    word = jnp.arange(len(table)) >= sizes.specials
    inside = jnp.stack([word & (updates >= low) & (updates <= high) for low, high in bounds])
    return {
        "cosines": (first * second).sum(axis=1),
        "near": nearest(candidates, words.queries, sizes.near),
        "lexical": nearest(table[words.lexicon_words], words.lexical_queries, sizes.lexical),
        "read": read_out(table[words.odd_words], words.odds, words.fold, sizes.folds)
        if sizes.folds
        else jnp.zeros(0),
        "change": jax.lax.map(partial(change, table, start), inside),
        "likeness": jnp.zeros(3)
        if words.reference is None
        else aligned(candidates, words.reference),
    }


def unit(rows: Float[Array, "rows dim"]) -> Float[Array, "rows dim"]:
    """As `geometry.unit_rows`."""
    lengths = jnp.linalg.norm(rows, axis=1, keepdims=True)
    return rows / jnp.where(lengths > 0, lengths, 1)


def nearest(
    rows: Float[Array, "rows dim"], queries: Int[Array, "queries"], k: int
) -> Int[Array, "queries k"]:
    """As `geometry.nearest`; of tied rows the first is taken."""
    if not k:
        return jnp.zeros((len(queries), 0), jnp.int32)
    units = unit(rows)
    cosine = jnp.matmul(units[queries], units.T, precision=HIGHEST)
    return jax.lax.top_k(cosine.at[jnp.arange(len(queries)), queries].set(-jnp.inf), k)[1]


def change(
    table: Float[Array, "vocab dim"], start: Float[Array, "vocab dim"], inside: Bool[Array, "vocab"]
) -> Float[Array, "numbers"]:
    """As `geometry.change`, of the rows inside: its numbers in a row."""
    delta = jnp.where(inside[:, None], table - start, 0).astype(jnp.float64)
    squares = (delta**2).sum(axis=1)
    rows, moved, lengths = inside.sum(), (squares > 0).sum(), jnp.sqrt(squares)
    drift = lengths.sum() / rows
    spread = jnp.sqrt(jnp.where(inside, (lengths - drift) ** 2, 0).sum() / (rows - 1) / rows)
    now, before = (
        jnp.where(inside, jnp.linalg.norm(each.astype(jnp.float64), axis=1), 0)
        for each in (table, start)
    )
    whole = jnp.where(before.any(), before.sum(), jnp.nan)
    growth = now.sum() / whole
    growth_error = jnp.linalg.norm(now - growth * before) / whole
    values, directions = jnp.linalg.eigh(delta.T @ delta)
    values = jnp.where(values > values[-1] * jnp.maximum(rows, len(values)) * EPSILON, values, 0)
    along, power = (delta @ directions) ** 2, values.sum()
    top1 = values[-1] / power
    top1_error = jnp.linalg.norm(along[:, -1] - top1 * squares) / power
    rank, influence = effective_rank(values, along)
    rank_error = jnp.linalg.norm(jnp.where(inside, influence - influence.sum() / rows, 0))
    return jnp.stack(
        [rows, moved, drift, spread, growth, growth_error, top1, top1_error, rank, rank_error]
    )


def effective_rank(
    values: Float[Array, "dim"], along: Float[Array, "rows dim"]
) -> tuple[Float[Array, ""], Float[Array, "rows"]]:
    """The effective rank of squared singular values, and each row's influence on it."""
    sigma = jnp.sqrt(values)
    share = sigma / sigma.sum()
    logs = jnp.log(jnp.where(share > 0, share, 1))
    entropy = -(share * logs).sum()
    pull = jnp.where(
        share > 0, (logs + entropy) / jnp.where(share > 0, 2 * sigma * sigma.sum(), 1), 0
    )
    return jnp.exp(entropy), -jnp.exp(entropy) * (along @ pull)


def aligned(
    rows: Float[Array, "rows dim"], y: Float[Array, "rows width"]
) -> Float[Array, "numbers"]:
    """As `comparison.cka` with a centred reference: the value, its error and its chance."""
    x = rows.astype(jnp.float64)
    x -= x.mean(axis=0)
    cross, own, others = x.T @ y, x.T @ x, y.T @ y
    norms = [(gram**2).sum() for gram in (own, others)]
    scale = jnp.sqrt(norms[0] * norms[1])
    value = (cross**2).sum() / scale
    alone = ((x @ own) * x).sum(axis=1) / norms[0] + ((y @ others) * y).sum(axis=1) / norms[1]
    error = jnp.linalg.norm(2 * ((x @ cross) * y).sum(axis=1) / scale - value * alone)
    return jnp.stack([value, error, jnp.trace(own) * jnp.trace(others) / ((len(x) - 1) * scale)])


def read_out(
    rows: Float[Array, "words dim"],
    target: Float[Array, "words"],
    fold: Int[Array, "words"],
    folds: int,
) -> Float[Array, "words"]:
    """As `sentiment.read_out`."""
    features = rows.astype(jnp.float64)
    features -= features.mean(axis=0)
    spread = features.std(axis=0)
    varies = spread > 1e-12 * jnp.abs(rows).max(axis=0)
    features = jnp.where(varies, features / jnp.where(varies, spread, 1), 0)
    wanted = target - target.mean()
    data = jnp.column_stack([features, wanted, jnp.ones(len(wanted))])
    member = (fold == jnp.arange(folds)[:, None]).astype(jnp.float64)
    moments = jnp.einsum("fw,wi,wj->fij", member, data, data, optimize=True)
    weights, centres = jax.vmap(ridge)(moments.sum(axis=0) - moments)
    read = ((features - centres[fold]) * weights[fold]).sum(axis=1)
    return jnp.where(jnp.abs(read) > 1e-9 * jnp.abs(wanted).max(), read, 0)


def ridge(moments: Float[Array, "size size"]) -> tuple[Float[Array, "dim"], Float[Array, "dim"]]:
    """Weights and feature means of one fold's ridge regression, as in `sentiment`."""
    count = moments[-1, -1]
    means = moments[-1, :-1] / count
    covariance = moments[:-1, :-1] / count - jnp.outer(means, means)
    variance = jnp.diagonal(covariance)
    scale = (
        jnp.where(variance > 1e-10, 1 / jnp.sqrt(jnp.where(variance > 1e-10, variance, 1)), 0)
        .at[-1]
        .set(1)
    )
    covariance = covariance * jnp.outer(scale, scale)
    values, axes = jnp.linalg.eigh(covariance[:-1, :-1])
    loads = axes.T @ covariance[:-1, -1]
    shrunk = 1 / (jnp.maximum(values, 0) + PENALTIES[:, None])
    fitted = shrunk * values
    error = covariance[-1, -1] - ((2 - fitted) * shrunk * loads**2).sum(axis=1)
    score = error / (1 - jnp.minimum((1 + fitted.sum(axis=1)) / count, 1 - 1e-9)) ** 2
    return axes @ (shrunk[jnp.argmin(score)] * loads) * scale[:-1], means[:-1]
