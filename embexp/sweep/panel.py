"""A table into its measures: the words that each measure is taken on are fixed beforehand, so all arms and steps share them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from embexp.measures import Value, pair_measure
from embexp.measures.geometry import cosine, nearest, top1_share
from embexp.measures.semantic import Located, kept_neighbours, located_similarity
from embexp.measures.sentiment import agreement, consistency, lexicon_consistency, polarity, read_out
from embexp.words import Vectors

NEIGHBOURS = 10
QUERIES, CANDIDATES = 500, 5000
"""Words whose neighbours are compared, and the most frequent words among which neighbours are sought."""
LEAST_WORDS = 30
"""Fewer words than this, in all or in a stratum, give no value."""

STRATA: Mapping[str, tuple[float, float]] = {"0": (0, 0), "1-4": (1, 4), "5-99": (5, 99), "100-999": (100, 999), ">=1000": (1000, np.inf)}
"""Row updates so far, lowest and highest."""

Named = tuple[str, Value]


class Start(NamedTuple):
    """What a cell's measures remember of its table before training: the table, and the queries' neighbours in it."""

    table: Float[np.ndarray, "vocab dim"]
    neighbours: Int[np.ndarray, "queries k"]


@dataclass(frozen=True)
class Panel:
    """The measures of one task's tables, with the rows of the words that each is taken on.

    Args:
        specials: how many rows come before those of words.
        measured: words frequent enough in training and known to the pretrained vectors, whether or not a regime uses those: the
            common vocabulary of all arms, which the rows below are among. `words` spells them.
        pairs: the rows of word pairs with human scores, both words known to the vectors, by the measure's name.
        odd_words: words in enough held-out documents, whose log-odds are `odds`.
        lexicon_words: words of the lexicon; `signs` gives their polarity, +1 or −1.
    """

    specials: int
    measured: Int[np.ndarray, "measured"]
    words: tuple[str, ...]
    pairs: Mapping[str, Located]
    cosines: tuple[tuple[str, str], ...]
    odd_words: Int[np.ndarray, "odd_words"]
    odds: Float[np.ndarray, "odd_words"]
    lexicon_words: Int[np.ndarray, "lexicon_words"]
    signs: Float[np.ndarray, "lexicon_words"]

    @cached_property
    def candidates(self) -> Int[np.ndarray, "candidates"]:
        """The most frequent measured words."""
        return self.measured[:CANDIDATES]

    @cached_property
    def queries(self) -> Int[np.ndarray, "queries"]:
        """Places among the candidates, evenly from the frequent to the rare."""
        return (
            np.unique(np.linspace(0, len(self.candidates) - 1, QUERIES).astype(int))
            if len(self.candidates) > NEIGHBOURS
            else np.zeros(0, int)
        )

    def start(self, table: Float[np.ndarray, "vocab dim"]) -> Start:
        """What to remember of a table before training."""
        return Start(table, self.neighbours(table))

    def neighbours(self, table: Float[np.ndarray, "vocab dim"]) -> Int[np.ndarray, "queries k"]:
        """Each query's nearest candidates."""
        return nearest(table[self.candidates], self.queries, NEIGHBOURS) if len(self.queries) else np.zeros((0, NEIGHBOURS), int)

    def values(self, table: Float[np.ndarray, "vocab dim"], start: Start) -> Iterator[Named]:
        """Every measure of a table, each on all its words."""
        words = Vectors(self.words, table[self.measured])
        for name, located in self.pairs.items():
            yield name, located_similarity(table, located)
        for one, other in self.cosines:
            yield pair_measure(one, other), cosine(words, one, other)
        yield f"overlap@{NEIGHBOURS}", kept_neighbours(self.neighbours(table), start.neighbours, self.queries, len(self.candidates))
        if len(self.odd_words) >= LEAST_WORDS:
            yield "polarity", polarity(table[self.odd_words], self.odds)
        for k, value in lexicon_consistency(table[self.lexicon_words], self.signs).items():
            yield f"lexicon@{k}", value
        yield "top1_share", top1_share(table - start.table)

    def strata(self, table: Float[np.ndarray, "vocab dim"], start: Start, updates: Int[np.ndarray, "vocab"]) -> Iterator[Named]:
        """The measures of single words, for the rows in each stratum of updates; read-out and neighbours are those of all words."""
        read = read_out(table[self.odd_words], self.odds) if len(self.odd_words) >= LEAST_WORDS else np.zeros(0)
        near = nearest(table[self.lexicon_words], np.arange(len(self.signs)), NEIGHBOURS) if len(self.signs) >= LEAST_WORDS else None
        for name, (low, high) in STRATA.items():
            inside = (updates >= low) & (updates <= high)
            inside[: self.specials] = False
            odd, lexical = inside[self.odd_words], inside[self.lexicon_words]
            if odd.sum() >= LEAST_WORDS:
                yield "polarity", agreement(read[odd], self.odds[odd])._replace(stratum=name)
            if near is not None and lexical.sum() >= LEAST_WORDS:
                yield f"lexicon@{NEIGHBOURS}", consistency(near, self.signs, lexical)._replace(stratum=name)
            if inside.sum() >= LEAST_WORDS:
                yield "top1_share", top1_share(table[inside] - start.table[inside])._replace(stratum=name)
