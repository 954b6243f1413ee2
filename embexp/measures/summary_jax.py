"""The JAX form of the costly parts of `MeasuredTable`, for tables on an accelerator.

The NumPy form is the reference and serves the CPU, where it is the faster one: a table
of IMDB's 27,806 words × 100 takes it 75 ms of one core, and this form 178 ms, most of
it in `top_k` and in products in float64. Neighbours are found in float32, all else in
float64.
"""

from collections.abc import Mapping
from functools import partial
from math import isfinite
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int

from embexp.errors import InputError
from embexp.measures.arrays_jax import Items, Places, Rows
from embexp.measures.catalogue import MEASURES
from embexp.measures.change import change_values
from embexp.measures.change_jax import as_change, change
from embexp.measures.evaluated import EvaluatedWords
from embexp.measures.read_out import fold_of
from embexp.measures.read_out_jax import read_out
from embexp.measures.statistics import estimate
from embexp.measures.summary import LEAST_WORDS, STRATA, MeasuredTable, widest

HIGHEST = jax.lax.Precision.HIGHEST
K, QUERIES, CANDIDATES = MEASURES["overlap@10"].parameters.values()
LEXICON_QUERIES = MEASURES["lexicon@10"].parameters["queries"]


class Sizes(NamedTuple):
    """What shapes the program beside its arrays; it can be a static argument.

    Args:
        specials: rows before those of words.
        strata: whether the change is also wanted by stratum.
    """

    specials: int
    strata: bool


class WordArrays(NamedTuple):
    """The rows and references of `EvaluatedWords` on the device."""

    pairs: Mapping[tuple[str, str], tuple[Array, Array]]
    candidates: Array
    queries: Array
    lexical: Mapping[str, tuple[Array, Array]]
    log_odds_rows: Places
    log_odds: Items
    fold: Places
    reference: Float[Array, "candidates width"] | None
    counts: Places | None


def on_device(words: EvaluatedWords, *, strata: bool = False) -> tuple[Sizes, WordArrays]:
    """The words as arguments of `summarise`; call it under `jax.enable_x64(True)`.

    Args:
        strata: whether the change is also wanted by stratum.
    """
    centred, lexicons = words.reference_centred(CANDIDATES), words.resources.lexicon
    places = {
        "pairs": {kind: (rows.rows1, rows.rows2) for kind, rows in words.pairs.items()},
        "candidates": words.evaluated[:CANDIDATES],
        "queries": words.queries(K, QUERIES, CANDIDATES),
        "lexical": {
            name: (words.lexicon_words(name).rows, words.lexicon_queries(name, LEXICON_QUERIES))
            for name in lexicons
        },
        "log_odds_rows": words.log_odds_rows,
        "log_odds": words.log_odds,
        "fold": fold_of(len(words.log_odds_rows)),
        "reference": centred and centred.rows,
        "counts": words.counts,
    }
    return Sizes(words.specials, strata and words.counts is not None), WordArrays(
        **jax.tree.map(jnp.asarray, places)
    )


def summarise(
    sizes: Sizes,
    places: WordArrays,
    table: Rows,
    start: Rows,
) -> dict[str, Any]:
    """The costly parts of one table, as numbers for `measured_table`.

    A pure function to be mapped over runs and compiled under `jax.enable_x64(True)`.
    """
    candidates, counts = table[places.candidates], places.counts
    word = jnp.arange(len(table)) >= sizes.specials
    inside = [word]
    if sizes.strata and counts is not None:
        inside += [word & (counts >= low) & (counts <= high) for low, high in STRATA.values()]
    odds_rows = table[places.log_odds_rows]
    return {
        "cosines": {name: pair_cosines(table, *rows) for name, rows in places.pairs.items()},
        "neighbours": nearest(candidates, places.queries, K if len(places.queries) else 0),
        "lexical": {
            name: nearest(table[rows], queries, widest(len(rows)))
            for name, (rows, queries) in places.lexical.items()
        },
        "read_out": read_out(odds_rows, places.log_odds, places.fold)
        if len(odds_rows) >= LEAST_WORDS
        else jnp.zeros(0),
        "change": jax.lax.map(partial(change, table, start), jnp.stack(inside)),
        "alignment": jnp.zeros(3)
        if places.reference is None
        else aligned(candidates, places.reference),
    }


def measured_table(
    words: EvaluatedWords,
    table: Rows,
    start: MeasuredTable,
    numbers: Mapping[str, Any],
    *,
    strata: bool = False,
) -> MeasuredTable:
    """A table from the numbers that `summarise` gave for it, brought to the host.

    Raises:
        InputError: the table holds NaN or infinity.
    """
    moved = {
        name: as_change(row) for name, row in zip(("all", *STRATA), numbers["change"], strict=False)
    }
    if not isfinite(moved["all"].drift[0]):
        raise InputError("a row of the table holds NaN or infinity; did training diverge?")
    value, error, chance = map(float, numbers["alignment"])
    rows = len(words.evaluated[:CANDIDATES])
    cka = None if words.reference is None else estimate(value, error, rows, chance)
    parts = {
        ("neighbours", K, QUERIES, CANDIDATES): numbers["neighbours"].reshape(-1, K).astype(int),
        ("log_odds_read_out",): numbers["read_out"],
        ("alignment", CANDIDATES): cka,
        **{
            ("pair_cosines", *name): (words.pairs[name], np.round(found, 12))
            for name, found in numbers["cosines"].items()
        },
        **{
            ("lexicon_neighbours", name, LEXICON_QUERIES): found.astype(int)
            for name, found in numbers["lexical"].items()
        },
    }
    found = MeasuredTable(words, table, start, strata=strata, parts=parts)
    found.change = {
        name: change_values(each, table.shape[1])
        for name, each in moved.items()
        if name == "all" or each.rows >= LEAST_WORDS
    }
    return found


def unit_rows(rows: Rows) -> Rows:
    """The same as `geometry.unit_rows`."""
    lengths = jnp.linalg.norm(rows, axis=1, keepdims=True)
    return rows / jnp.where(lengths > 0, lengths, 1)


def pair_cosines(table: Rows, rows1: Places, rows2: Places) -> Items:
    """The same as `geometry.pair_cosines`, not rounded."""
    first, second = (unit_rows(table[rows].astype(jnp.float64)) for rows in (rows1, rows2))
    return (first * second).sum(axis=1)


def nearest(rows: Rows, queries: Places, k: int) -> Int[Array, "queries k"]:
    """The same as `geometry.nearest`; of tied rows the first is taken."""
    if not k:
        return jnp.zeros((len(queries), 0), jnp.int32)
    units = unit_rows(rows)
    cosine = jnp.matmul(units[queries], units.T, precision=HIGHEST)
    return jax.lax.top_k(cosine.at[jnp.arange(len(queries)), queries].set(-jnp.inf), k)[1]


def aligned(rows: Rows, y: Float[Array, "rows width"]) -> Items:
    """The value, error and chance of `comparison.cka` with a centred reference."""
    x = rows.astype(jnp.float64)
    x -= x.mean(axis=0)
    cross, own, others = x.T @ y, x.T @ x, y.T @ y
    norms = [(gram**2).sum() for gram in (own, others)]
    scale = jnp.sqrt(norms[0] * norms[1])
    value = (cross**2).sum() / scale
    alone = ((x @ own) * x).sum(axis=1) / norms[0] + ((y @ others) * y).sum(axis=1) / norms[1]
    error = jnp.linalg.norm(2 * ((x @ cross) * y).sum(axis=1) / scale - value * alone)
    return jnp.stack([value, error, jnp.trace(own) * jnp.trace(others) / ((len(x) - 1) * scale)])
