"""Cosines of rows, and their nearest neighbours."""

import numpy as np
from jaxtyping import Float

from embexp.errors import InputError
from embexp.measures.arrays import Items, Neighbours, Places, Rows

BLOCK = 1 << 24
"""Cosines held at once: 64 MiB of float32."""


def check_finite(rows: Float[np.ndarray, "rows *dim"]) -> None:
    """Raises an InputError that names the first row that is not finite."""
    broken = np.argwhere(~np.isfinite(rows))
    if len(broken):
        raise InputError(
            f"row {broken[0][0]} of the table holds NaN, infinity or numbers too large to "
            "measure; did training diverge?"
        )


def finite(table: Rows) -> Rows:
    """The table in float64.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    check_finite(table)
    return table.astype(np.float64)


def unit_rows(table: Rows) -> Rows:
    """Rows scaled to length 1.

    A row of zeros stays zeros, so that its cosine with every row is 0.

    Raises:
        InputError: a row holds NaN or infinity.
    """
    lengths = np.sqrt(np.einsum("rd,rd->r", table, table))
    check_finite(lengths)
    return table / np.where(lengths > 0, lengths, 1)[:, None]


def nearest(table: Rows, queries: Places, k: int) -> Neighbours:
    """For each query (a row's number) the k other rows with the highest cosine, best first.

    Which of tied rows is taken is arbitrary. There must be k other rows.
    """
    best = np.empty((len(queries), k), np.int64)
    if not best.size:
        return best
    unit, rows = unit_rows(table), len(table)
    block = max(1, BLOCK // rows)
    for start in range(0, len(queries), block):
        these = queries[start : start + block]
        cosine = unit[these] @ unit.T
        cosine[np.arange(len(these)), these] = -np.inf
        top = np.argpartition(cosine, rows - k, axis=1)[:, rows - k :]
        order = np.argsort(-np.take_along_axis(cosine, top, axis=1), axis=1, kind="stable")
        best[start : start + block] = np.take_along_axis(top, order, axis=1)
    return best


def pair_cosines(
    table: Rows,
    rows1: Places,
    rows2: Places,
) -> Items:
    """The cosine of each pair of rows.

    It is rounded to 12 digits, so that rounding errors do not order equal cosines.
    """
    used, places = np.unique(np.concatenate([rows1, rows2]), return_inverse=True)
    unit = unit_rows(table[used].astype(np.float64))
    first, second = np.split(places, 2)
    return np.round(np.einsum("pd,pd->p", unit[first], unit[second]), 12)


def spread(items: int, most: int) -> Places:
    """At most so many places, evenly from the first item to the last."""
    return np.unique(np.linspace(0, items - 1, min(items, most)).astype(np.int64))
