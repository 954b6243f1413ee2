"""A table into its measures: the words that each measure is taken on are fixed
beforehand, so all arms and steps share them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import nan
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.measures import Value, pair_measure
from embexp.measures.comparison import Centred, aligned, centred
from embexp.measures.geometry import change, change_values, nearest, pair_cosines
from embexp.measures.relations import Related, scored_auc
from embexp.measures.semantic import Located, kept_neighbours, scored_similarity
from embexp.measures.sentiment import agreement, consistency, lexical_neighbours, read_out
from embexp.measures.statistics import rank_correlation, undefined

NEIGHBOURS = 10
QUERIES, CANDIDATES = 500, 5000
"""Words whose neighbours are compared, and the most frequent words among which
neighbours are sought."""
LEXICAL, LEXICAL_QUERIES = (1, 10, 100), 1000
"""How many neighbours of a lexicon word are asked for their sign, and of how many words
(their neighbours are sought among all)."""
LEAST_WORDS = 30
"""Fewer words than this, in all or in a stratum, give no value."""

STRATA: Mapping[str, tuple[float, float]] = {
    "0": (0, 0),
    "1-4": (1, 4),
    "5-99": (5, 99),
    "100-999": (100, 999),
    ">=1000": (1000, np.inf),
}
"""Row updates so far, lowest and highest."""

Named = tuple[str, Value]


class Couple(NamedTuple):
    """The rows of two words whose cosine is followed; none where a word is not measured."""

    rows1: Int[np.ndarray, "one"]
    rows2: Int[np.ndarray, "one"]


class Look(NamedTuple):
    """What is heavy to find in a table: all that its measures need of it, and small.

    Args:
        cosines: of all pairs of `Panel.pairs`, one set after the other.
        near: each query's nearest candidates.
        lexical: the nearest lexicon words of those that are asked for, by how many.
        read: the odd words' log-odds, read out of the table.
        change: how the words' rows moved, by stratum of updates, `all` the first.
        likeness: CKA with the reference, where there is one.
    """

    cosines: Float[np.ndarray, "pairs"]
    near: Int[np.ndarray, "queries k"]
    lexical: Mapping[int, Int[np.ndarray, "lexicon_queries _"]]
    read: Float[np.ndarray, "odd_words"]
    change: Mapping[str, Mapping[str, Value]]
    likeness: Value | None


class Start(NamedTuple):
    """What a cell's measures remember of its table before training: the table, and what
    was seen of it.
    """

    table: Float[np.ndarray, "vocab dim"]
    look: Look


@dataclass(frozen=True)
class Panel:
    """The measures of one task's tables, with the rows of the words that each is taken on.

    Args:
        specials: how many rows come before those of words.
        measured: words frequent enough in training and known to the pretrained vectors,
            whether or not a regime uses those: the common vocabulary of all arms, which
            the rows below are among.
        pairs: rows of word pairs by the measure's name: those with human scores,
            synonyms and antonyms, and single couples.
        odd_words: words in enough held-out documents, whose log-odds are `odds`.
        lexicon_words: words of the lexicon; `signs` gives their polarity, +1 or −1.
        reference: the pretrained vectors of the measured words, whether or not a regime
            uses them; None where there are none.
    """

    specials: int
    measured: Int[np.ndarray, "measured"]
    pairs: Mapping[str, Located | Related | Couple]
    odd_words: Int[np.ndarray, "odd_words"]
    odds: Float[np.ndarray, "odd_words"]
    lexicon_words: Int[np.ndarray, "lexicon_words"]
    signs: Float[np.ndarray, "lexicon_words"]
    reference: Float[np.ndarray, "measured width"] | None

    @cached_property
    def candidates(self) -> Int[np.ndarray, "candidates"]:
        """The most frequent measured words."""
        return self.measured[:CANDIDATES]

    @cached_property
    def queries(self) -> Int[np.ndarray, "queries"]:
        """Places among the candidates, evenly from the frequent to the rare."""
        return (
            spread(len(self.candidates), QUERIES)
            if len(self.candidates) > NEIGHBOURS
            else np.zeros(0, int)
        )

    @cached_property
    def lexical_queries(self) -> Int[np.ndarray, "lexicon_queries"]:
        """Places among the lexicon words, evenly from the frequent to the rare."""
        return spread(len(self.lexicon_words), LEXICAL_QUERIES)

    @cached_property
    def ends(self) -> tuple[Int[np.ndarray, "pairs"], Int[np.ndarray, "pairs"]]:
        """The two rows of all pairs, one set after the other."""
        none = np.zeros(0, np.int64)
        first, second = (
            np.concatenate([none, *(pairs[side] for pairs in self.pairs.values())])
            for side in (0, 1)
        )
        return first, second

    @cached_property
    def reference_neighbours(self) -> Int[np.ndarray, "queries k"]:
        """Each query's nearest candidates in the reference."""
        return (
            self._nearest(self.reference[:CANDIDATES])
            if self.reference is not None
            else np.zeros((0, NEIGHBOURS), int)
        )

    @cached_property
    def reference_centred(self) -> Centred | None:
        """The reference's vectors of the candidates, for CKA."""
        return centred(self.reference[:CANDIDATES]) if self.reference is not None else None

    def start(self, table: Float[np.ndarray, "vocab dim"]) -> Start:
        """What to remember of a table before training."""
        return Start(table, self.look(table, table))

    def _nearest(
        self, candidates: Float[np.ndarray, "candidates width"]
    ) -> Int[np.ndarray, "queries k"]:
        return (
            nearest(candidates, self.queries, NEIGHBOURS)
            if len(self.queries)
            else np.zeros((0, NEIGHBOURS), int)
        )

    def look(
        self,
        table: Float[np.ndarray, "vocab dim"],
        start: Float[np.ndarray, "vocab dim"],
        updates: Int[np.ndarray, "vocab"] | None = None,
    ) -> Look:
        """A look at a table; with the counts of updates also at how the rows of each
        stratum moved.
        """
        candidates, dim = table[self.candidates], table.shape[1]
        rows = slice(self.specials, None)
        moved = {"all": change(table[rows], start[rows])}
        for name, inside in self.members(updates) if updates is not None else ():
            if inside.sum() >= LEAST_WORDS:
                moved[name] = change(table[inside], start[inside])
        return Look(
            cosines=pair_cosines(table, *self.ends),
            near=self._nearest(candidates),
            lexical=lexical_neighbours(table[self.lexicon_words], LEXICAL, self.lexical_queries),
            read=read_out(table[self.odd_words], self.odds) if self.reads else np.zeros(0),
            change={name: change_values(numbers, dim) for name, numbers in moved.items()},
            likeness=aligned(centred(candidates), self.reference_centred)
            if self.reference_centred
            else None,
        )

    @property
    def reads(self) -> bool:
        """Whether there are words enough to read their log-odds out."""
        return len(self.odd_words) >= LEAST_WORDS

    def members(
        self, updates: Int[np.ndarray, "vocab"]
    ) -> Iterator[tuple[str, Bool[np.ndarray, "vocab"]]]:
        """The rows of words in each stratum of updates."""
        for name, (low, high) in STRATA.items():
            inside = (updates >= low) & (updates <= high)
            inside[: self.specials] = False
            yield name, inside

    def values(self, look: Look, start: Start) -> Iterator[Named]:
        """Every measure of a table, each on all its words."""
        for name, pairs, cosines in self.sets(look):
            yield name, pair_value(pairs, cosines)
        yield (
            f"overlap@{NEIGHBOURS}",
            kept_neighbours(look.near, start.look.near, self.queries, len(self.candidates)),
        )
        if look.likeness is not None:
            found = kept_neighbours(
                look.near, self.reference_neighbours, self.queries, len(self.candidates)
            )
            yield from ((f"overlap_reference@{NEIGHBOURS}", found), ("cka", look.likeness))
        if self.reads:
            yield "polarity", agreement(look.read, self.odds)
        for k, near in look.lexical.items():
            yield f"lexicon@{k}", consistency(near, self.signs, queries=self.lexical_queries)
        yield from look.change["all"].items()

    def sets(
        self, look: Look
    ) -> Iterator[tuple[str, Located | Related | Couple, Float[np.ndarray, "pairs"]]]:
        """Every set of pairs by its name, with their cosines."""
        cuts = np.cumsum([len(pairs[0]) for pairs in self.pairs.values()])
        for (name, pairs), cosines in zip(
            self.pairs.items(), np.split(look.cosines, cuts)[:-1], strict=True
        ):
            yield name, pairs, cosines

    def strata(self, look: Look, updates: Int[np.ndarray, "vocab"]) -> Iterator[Named]:
        """The measures of single words, for the rows in each stratum of updates;
        read-out and neighbours are those of all words.

        A pair with a human score is in the stratum of its word with fewer updates: in
            `0` not both words were ever trained.
        """
        for name, inside in self.members(updates):
            low, high = STRATA[name]
            for measure, pairs, cosines in self.sets(look):
                if isinstance(pairs, Located):
                    fewer = np.minimum(updates[pairs.rows1], updates[pairs.rows2])
                    kept = (fewer >= low) & (fewer <= high)
                    if kept.sum() >= LEAST_WORDS:
                        yield (
                            measure,
                            rank_correlation(
                                cosines[kept], pairs.scores[kept], pairs.total
                            )._replace(stratum=name),
                        )
            odd, lexical = inside[self.odd_words], inside[self.lexicon_words]
            if self.reads and odd.sum() >= LEAST_WORDS:
                yield "polarity", agreement(look.read[odd], self.odds[odd])._replace(stratum=name)
            if lexical[self.lexical_queries].sum() >= LEAST_WORDS:
                found = consistency(
                    look.lexical[NEIGHBOURS], self.signs, lexical, self.lexical_queries
                )
                yield f"lexicon@{NEIGHBOURS}", found._replace(stratum=name)
            for measure, value in look.change.get(name, {}).items():
                yield measure, value._replace(stratum=name)


def spread(items: int, most: int) -> Int[np.ndarray, "places"]:
    """At most so many places, evenly from the first to the last."""
    return np.unique(np.linspace(0, items - 1, min(items, most)).astype(int))


def couple(names: Mapping[str, int], one: str, other: str) -> tuple[str, Couple]:
    """The measure that is the cosine of two words, and their rows."""
    rows = [[names[word]] for word in (one, other)] if one in names and other in names else [[], []]
    return pair_measure(one, other), Couple(*(np.array(row, np.int64) for row in rows))


def pair_value(pairs: Located | Related | Couple, cosines: Float[np.ndarray, "pairs"]) -> Value:
    """What a set of pairs says of a table, by the pairs' cosines in it."""
    match pairs:
        case Located():
            return scored_similarity(cosines, pairs)
        case Related():
            return scored_auc(cosines, pairs)
        case Couple():
            return (
                Value(float(np.clip(cosines[0], -1, 1)), nan, nan, 1, 1, 0.0)
                if len(cosines)
                else undefined(1, 0.0)
            )
