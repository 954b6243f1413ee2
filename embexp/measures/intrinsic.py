"""Vectors into every measure that needs no task: by yardsticks, by their own shape, and
against a reference and their start.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.measures import comparison, geometry
from embexp.measures.semantic import neighbour_overlap
from embexp.measures.statistics import Value, undefined
from embexp.measures.yardsticks import Yardsticks, load_yardsticks
from embexp.words import Vectors

NEIGHBOURS = 10
QUERIES, CANDIDATES = 500, 20_000
"""Words whose neighbours are compared with a reference's, and the first words among
which they are sought."""
FIRST_ROWS = 20_000
"""A table's shape (ranks, isotropy, agreement with a reference) is that of its first
rows: a long tail of rare words would drown it."""


def measure(
    vectors: Vectors,
    reference: Vectors | None = None,
    start: Vectors | None = None,
    yardsticks: Yardsticks | None = None,
) -> dict[str, Value]:
    """Every intrinsic measure of a table, by its name in `MEASURES`.

    Args:
        reference: pretrained vectors E*, with whose neighbours and geometry are
            compared on the common words.
        start: the table before training E₀, in any order of words; drift and the
            spectrum of ΔE are on the common words.
        yardsticks: `load_yardsticks()` by default; what is not on this machine is left
            out, and `yardsticks.missing` says so.

    Raises:
        InputError: the table has no word in common with its reference or start.
    """
    if not len(vectors):
        raise InputError("the table has no words, so there is nothing to measure")
    values: dict[str, Value] = {}
    for found in (yardsticks or load_yardsticks()).measures.values():
        values |= found(vectors)
    values |= shape(vectors)
    if reference is not None:
        values |= against_reference(*common([vectors, reference], ["the table", "its reference"]))
    if start is not None:
        values |= against_start(*common([vectors, start], ["the table", "its start"]))
    return values


def common(tables: Sequence[Vectors], names: Sequence[str]) -> list[Vectors]:
    """The tables on the words that all of them have, in the first table's order.

    Raises:
        InputError: there is no such word; two tables that have none in common are
            named.
    """
    kept = [word for word in tables[0].words if all(word in other for other in tables[1:])]
    if not kept:
        lone = next(
            (
                i
                for i, other in enumerate(tables)
                if not any(word in other for word in tables[0].words)
            ),
            1,
        )
        raise InputError(
            f"{names[0]} and {names[lone]} have no word in common, so they cannot be compared; is one in another case or language?"
        )
    if all(len(kept) == len(table) and kept == table.words for table in tables):
        return list(tables)
    return [Vectors(kept, table.table[[table.index[word] for word in kept]]) for table in tables]


def shape(vectors: Vectors) -> dict[str, Value]:
    """Effective rank, isotropy and the mean vector's share of the first rows; total
    counts all rows.
    """
    first = vectors.table[:FIRST_ROWS]
    found = {
        "effective_rank": geometry.rank_value(first),
        "isotropy": geometry.isotropy(first),
        "isoscore": geometry.isoscore(first),
        "mean_share": geometry.mean_share(first),
    }
    return {name: value._replace(total=len(vectors)) for name, value in found.items()}


def against_reference(vectors: Vectors, reference: Vectors) -> dict[str, Value]:
    """Neighbours, CKA, RSA and the Procrustes residual of two tables on the same words,
    those of the first rows.
    """
    mine, other = vectors.table[:FIRST_ROWS], reference.table[:FIRST_ROWS]
    found = {
        f"overlap_reference@{NEIGHBOURS}": neighbours_shared(mine[:CANDIDATES], other[:CANDIDATES]),
        "cka": comparison.cka(mine, other),
        "rsa": comparison.rsa(mine, other),
        "procrustes": comparison.procrustes(mine, other),
    }
    return {name: value._replace(total=len(vectors)) for name, value in found.items()}


def against_start(vectors: Vectors, start: Vectors) -> dict[str, Value]:
    """How a table moved from its start: neighbours kept, drift, growth, and the first
    direction of ΔE.
    """
    if vectors.dim != start.dim:
        raise InputError(
            f"a table of width {vectors.dim} did not start from one of width {start.dim}; is that its start?"
        )
    return {
        f"overlap@{NEIGHBOURS}": neighbours_shared(
            vectors.table[:CANDIDATES], start.table[:CANDIDATES]
        ),
        "drift": geometry.drift(vectors.table, start.table),
        "norm_growth": geometry.norm_growth(vectors.table, start.table),
        "top1_share": geometry.top1_share(vectors.table - start.table),
    }


def neighbours_shared(
    table: Float[np.ndarray, "rows dim"], other: Float[np.ndarray, "others width"]
) -> Value:
    """`semantic.neighbour_overlap` for queries spread evenly over the rows; undefined
    for too few rows.
    """
    rows = len(table)
    if rows <= NEIGHBOURS:
        return undefined(rows)
    queries = np.unique(np.linspace(0, rows - 1, min(QUERIES, rows)).astype(np.int64))
    return neighbour_overlap(table, other, NEIGHBOURS, queries)._replace(total=rows)
