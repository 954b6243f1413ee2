"""One table as measures see it: the costly parts are computed once, when they are needed."""

from collections.abc import Callable, Mapping
from copy import copy
from functools import cached_property
from typing import Any

import numpy as np

from embexp.measures.arrays import Items, Mask, Neighbours, Places, Rows
from embexp.measures.change import Some, change, change_values
from embexp.measures.comparison import aligned, centred
from embexp.measures.evaluated import EvaluatedWords, remembered
from embexp.measures.geometry import nearest, pair_cosines
from embexp.measures.pair_rows import PairRows
from embexp.measures.read_out import read_out
from embexp.measures.statistics import Value
from embexp.words import Vectors

LEAST_WORDS = 30
"""Fewer words than this for a read-out, or in a stratum, give no value."""
WIDEST = 100
"""The most neighbours of a lexicon word that are found."""

STRATA: Mapping[str, tuple[float, float]] = {
    "seen 0": (0, 0),
    "seen 1-4": (1, 4),
    "seen 5-99": (5, 99),
    "seen 100-999": (100, 999),
    "seen >=1000": (1000, np.inf),
}
"""Words by how often training has them: tokens, the fewest and the most."""

Changes = Mapping[str, Mapping[str, Value]]
"""`change_values` of each stratum; `all` is the first."""


class MeasuredTable:
    """A table with the words that it is measured on, and its start.

    Measures are functions of it. What several of them need (cosines of word pairs,
    nearest neighbours, the read-out, the change from the start) is computed on the
    first call and kept. A table that equals its start takes the start's parts.

    Args:
        table: all rows; it may lie on an accelerator, and comes to the host only when a
            measure asks for `table`.
        start: the table before training.
        strata: whether its change is also wanted by stratum, and measures are.
        parts: what was computed elsewhere (`summary_jax.measured_table`).
    """

    stratum = "all"

    def __init__(
        self,
        words: EvaluatedWords,
        table: Any,
        start: "MeasuredTable | None" = None,
        *,
        strata: bool = False,
        parts: dict[Any, Any] | None = None,
    ) -> None:
        self.words, self.start, self._rows = words, start, table
        self.strata = STRATA if strata and words.counts is not None else {}
        self._unmoved = (
            parts is None and start is not None and np.array_equal(self.table, start.table)
        )
        self.parts = start.parts if start is not None and self._unmoved else (parts or {})

    @cached_property
    def table(self) -> Rows:
        """All rows, on the host."""
        return np.asarray(self._rows)

    def some(self, rows: Places) -> Rows:
        """Some rows, on the host."""
        return np.asarray(self._rows[rows])

    @cached_property
    def vectors(self) -> Vectors:
        """The known words' rows."""
        return Vectors(self.words.spelled(self.words.known), self.table[self.words.known])

    @remembered
    def pair_cosines(self, kind: str, name: str) -> tuple[PairRows, Items]:
        """The rows of one set of pairs (`EvaluatedWords.pairs`), and their cosines."""
        rows = self.words.pairs[kind, name]
        return rows, pair_cosines(self.table, rows.rows1, rows.rows2)

    @remembered
    def neighbours(self, k: int, queries: int, candidates: int) -> Neighbours:
        """The k nearest of each query among the first candidates."""
        rows = self.table[self.words.evaluated[:candidates]]
        return nearest(rows, self.words.queries(k, queries, candidates), k)

    @remembered
    def lexicon_neighbours(self, lexicon: str, queries: int) -> Neighbours:
        """The nearest lexicon words of a lexicon's query words: `widest` of them."""
        rows = self.table[self.words.lexicon_words(lexicon).rows]
        return nearest(rows, self.words.lexicon_queries(lexicon, queries), widest(len(rows)))

    @remembered
    def log_odds_read_out(self) -> Items:
        """The log-odds read out of the table; call it where `reads` is true."""
        return read_out(self.table[self.words.log_odds_rows], self.words.log_odds)

    @property
    def reads(self) -> bool:
        """Whether there are words enough to read their log-odds out."""
        return len(self.words.log_odds_rows) >= LEAST_WORDS

    @remembered
    def alignment(self, candidates: int) -> Value | None:
        """CKA of the first evaluated words with the reference; None without a reference."""
        reference = self.words.reference_centred(candidates)
        if reference is None:
            return None
        return aligned(centred(self.table[self.words.evaluated[:candidates]]), reference)

    @cached_property
    def change(self) -> Changes:
        """How the rows of words moved from the start, also by stratum where these are wanted."""
        if self.start is None:
            return {}
        if self._unmoved and not self.strata:
            return self.start.unmoved
        start, rows = self.start.table, slice(self.words.specials, None)
        moved = {"all": change(self.table[rows], start[rows])}
        words = np.arange(self.words.specials, len(start))
        for name in self.strata:
            inside = words[self.within(name).inside(words)]
            if len(inside) >= LEAST_WORDS:
                moved[name] = change(Some(self.table, inside), Some(start, inside))
        return {name: change_values(each, start.shape[1]) for name, each in moved.items()}

    @cached_property
    def unmoved(self) -> Changes:
        """The change of a table that equals this one."""
        rows = self.table[self.words.specials :]
        return {"all": change_values(change(rows, rows), rows.shape[1])}

    def moved(self, name: str) -> Value | None:
        """One number of the change, of the rows in this stratum."""
        return self.change.get(self.stratum, {}).get(name)

    def within(self, stratum: str) -> "MeasuredTable":
        """The table for measures of the words in one stratum; it shares all parts."""
        view = copy(self)
        view.stratum = stratum
        return view

    @property
    def least(self) -> int:
        """The fewest words that give a value: `LEAST_WORDS` in a stratum, else none."""
        return 0 if self.stratum == "all" else LEAST_WORDS

    def inside(self, *rows: Places) -> Mask:
        """Which items belong to this stratum: the rarest word of theirs does."""
        if self.stratum == "all" or self.words.counts is None:
            return np.ones(len(rows[0]), bool)
        low, high = STRATA[self.stratum]
        fewest = np.min([self.words.counts[each] for each in rows], axis=0)
        return (fewest >= low) & (fewest <= high)


def of_vectors(function: Callable[..., Value], kind: str) -> Callable[..., Value]:
    """A function of vectors and a lexical resource, as a measure of a table's known words."""

    def of_table(table: MeasuredTable, **options: Any) -> Value:
        resources = getattr(table.words.resources, kind)
        return function(table.vectors, resources[options.pop(kind)], **options)

    return of_table


def of_rows(function: Callable[..., Value]) -> Callable[..., Value | None]:
    """A function of rows, and of the reference's, as a measure of the first evaluated words.

    A long tail of rare words would drown a table's shape and geometry.
    """

    def of_table(table: MeasuredTable, rows: int, *, reference: bool = False) -> Value | None:
        others, evaluated = table.words.reference, table.words.evaluated
        sides = [table.table[evaluated[:rows]]]
        if reference:
            if others is None:
                return None
            sides.append(others[:rows])
        return function(*sides)._replace(total=len(evaluated))

    return of_table


def widest(words: int) -> int:
    """How many neighbours are found among so many words: 100, else 10, else 1, else none."""
    return max((k for k in (1, 10, WIDEST) if k < words), default=0)
