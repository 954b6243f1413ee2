"""The words that measures are taken on, fixed once for all tables of one vocabulary."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, wraps
from typing import Any, NamedTuple, TypeVar

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.errors import InputError
from embexp.measures.arrays import Items, Mask, Neighbours, Places
from embexp.measures.comparison import Centred, centred
from embexp.measures.geometry import nearest, spread
from embexp.measures.pair_rows import PairRows, locate, word_rows
from embexp.measures.pairs import SIMILARITY_SETS, pair_measure
from embexp.measures.resources import LexicalResources
from embexp.words import Vectors

MIN_COUNT = 5
"""Training tokens of an evaluated word at least: in the first epoch its row is updated
about that often."""

Method = TypeVar("Method", bound=Callable[..., Any])


def remembered(method: Method) -> Method:
    """A method whose results are kept in `self.parts`, by its name and arguments."""

    @wraps(method)
    def once(self: Any, *arguments: Any) -> Any:
        key = (method.__name__, *arguments)
        if key not in self.parts:
            self.parts[key] = method(self, *arguments)
        return self.parts[key]

    return once  # pyright: ignore[reportReturnType]


class LexiconWords(NamedTuple):
    """The rows of a lexicon's evaluated words, and their polarity: +1 or −1."""

    rows: Places
    signs: Items


@dataclass(frozen=True, eq=False)
class EvaluatedWords:
    """The rows that each measure is taken on, and what is known of their words.

    All arms and steps share them, so that their values can be compared.
    `evaluated_words` makes them.

    Args:
        words: of all rows.
        specials: how many rows come before those of words.
        known: rows of words known to the pretrained vectors, whether or not a regime
            uses those.
        evaluated: the known rows whose words are frequent enough in training, from the
            most frequent on.
        tracked_pairs: `word:word`, whose cosine is measured.
        log_odds_rows, log_odds: evaluated words with known log-odds (nats).
        reference: the pretrained vectors of the evaluated words; None if there are none.
        counts: training tokens of each row, which decide the stratum of its word; None if
            they are not known.
    """

    words: Sequence[str]
    specials: int
    known: Int[np.ndarray, "known"]
    evaluated: Int[np.ndarray, "evaluated"]
    resources: LexicalResources
    tracked_pairs: Sequence[str]
    log_odds_rows: Int[np.ndarray, "log_odds_words"]
    log_odds: Float[np.ndarray, "log_odds_words"]
    reference: Float[np.ndarray, "evaluated width"] | None
    counts: Int[np.ndarray, "vocab"] | None = None
    parts: dict[Any, Any] = field(default_factory=dict, repr=False)
    """What has been computed already."""

    @cached_property
    def pairs(self) -> Mapping[tuple[str, str], PairRows]:
        """The rows of word pairs by kind (similarity, relations, tracked) and name.

        Pairs with scores and tracked pairs are sought among the known words, relations
        among the evaluated ones in any case.
        """
        exact = word_rows(self.words, self.known.tolist())
        any_case = word_rows(self.words, self.evaluated.tolist(), any_case=True)
        found = {
            (kind, name): locate(index, pairs.words1, pairs.words2)
            for kind, index in (("similarity", exact), ("relations", any_case))
            for name, pairs in getattr(self.resources, kind).items()
        }
        for pair in self.tracked_pairs:
            word1, _, word2 = pair.partition(":")
            found["tracked", pair_measure(word1, word2)] = locate(exact, (word1,), (word2,))
        return found

    @property
    def tracked(self) -> list[str]:
        """The names of the measures that are cosines of two words."""
        return [name for kind, name in self.pairs if kind == "tracked"]

    def spelled(self, rows: Places) -> list[str]:
        """The words of some rows."""
        return [self.words[int(row)] for row in rows]

    @remembered
    def related(self, relations: str, lexicon: str | None, part: str | None) -> tuple[Mask, int]:
        """Which located pairs are of a part of speech and polar in a lexicon, and of how many.

        Polar are synonyms of the same and antonyms of opposite polarity.
        """
        every = self.resources.relations[relations]
        chosen = np.ones(len(every), bool) if part is None else every.of_part(part)
        if lexicon is not None:
            chosen = every.same_or_opposite(self.resources.lexicon[lexicon])
        return chosen[self.pairs["relations", relations].places], int(chosen.sum())

    @remembered
    def queries(self, k: int, most: int, candidates: int) -> Places:
        """Places among the candidates, evenly from the frequent to the rare.

        There are none where the candidates do not have k others each.
        """
        rows = min(len(self.evaluated), candidates)
        return spread(rows, most) if rows > k else np.zeros(0, np.int64)

    @remembered
    def reference_neighbours(self, k: int, queries: int, candidates: int) -> Neighbours | None:
        """Each query's nearest candidates in the reference; None without a reference."""
        if self.reference is None:
            return None
        return nearest(self.reference[:candidates], self.queries(k, queries, candidates), k)

    @remembered
    def reference_centred(self, candidates: int) -> Centred | None:
        """The reference's vectors of the candidates, made ready for CKA."""
        return centred(self.reference[:candidates]) if self.reference is not None else None

    @remembered
    def lexicon_words(self, lexicon: str) -> LexiconWords:
        """The evaluated words that a lexicon gives a polarity."""
        valence = self.resources.lexicon[lexicon]
        words = self.spelled(self.evaluated)
        signs = np.array([np.sign(valence.get(word, 0.0)) for word in words])
        return LexiconWords(self.evaluated[signs != 0], signs[signs != 0])

    @remembered
    def lexicon_queries(self, lexicon: str, most: int) -> Places:
        """Places among the lexicon words, evenly from the frequent to the rare."""
        return spread(len(self.lexicon_words(lexicon).rows), most)


def evaluated_words(
    words: Sequence[str],
    counts: Int[np.ndarray, "vocab"] | None = None,
    known: Bool[np.ndarray, "vocab"] | None = None,
    *,
    specials: int = 0,
    resources: LexicalResources | None = None,
    tracked_pairs: Sequence[str] = (),
    log_odds: Float[np.ndarray, "vocab"] | None = None,
    reference: Vectors | None = None,
) -> EvaluatedWords:
    """The words of a vocabulary that are measured.

    Evaluated words are those known to the pretrained vectors, where there are any, and
    seen at least `MIN_COUNT` times in training, where there are counts. Word pairs with
    human scores and tracked pairs take all known words.

    Args:
        words: of all rows, specials first.
        counts: training tokens of each word.
        known: words known to the pretrained vectors, if these are not at hand as the
            reference.
        specials: rows before those of words.
        tracked_pairs: `word:word`, whose cosine is measured.
        log_odds: of each word in held-out documents (nats), NaN where unknown
            (`sentiment.known_log_odds`).
        reference: the pretrained vectors.

    Raises:
        InputError: a user's own resources have too few words in common with these.
    """
    resources = resources or LexicalResources()
    there = np.array([reference is None or word in reference for word in words], bool)
    there &= True if known is None else known
    there[:specials] = False
    frequent = there if counts is None else there & (counts >= MIN_COUNT)
    evaluated, rows = np.flatnonzero(frequent), np.flatnonzero(there)
    odds_rows = np.flatnonzero(frequent & ~np.isnan(log_odds)) if log_odds is not None else rows[:0]
    made = EvaluatedWords(
        words=words,
        specials=specials,
        known=rows,
        evaluated=evaluated,
        resources=resources,
        tracked_pairs=tracked_pairs,
        log_odds_rows=odds_rows,
        log_odds=log_odds[odds_rows] if log_odds is not None else np.zeros(0),
        reference=reference.table[[reference.index[words[row]] for row in evaluated.tolist()]]
        if reference is not None
        else None,
        counts=counts,
    )
    _check(made)
    return made


def _check(made: EvaluatedWords) -> None:
    """Refuses a user's own resources that measure nothing on these words."""
    for name, pairs in made.resources.asked("similarity"):
        if name not in SIMILARITY_SETS and not len(made.pairs["similarity", name].rows1):
            raise InputError(
                f"none of the {len(pairs)} pairs of {name!r} has both words in the vocabulary; "
                "are they of the same language?"
            )
    for name, every in made.resources.asked("relations"):
        synonyms = every.synonyms[made.pairs["relations", name].places]
        if not 0 < synonyms.sum() < len(synonyms):
            raise InputError(
                f"relations {name!r} have {synonyms.sum()} synonym and {(~synonyms).sum()} antonym "
                "pairs whose words are both measured, and some of both are needed; give others, "
                "or more text, or leave relations out"
            )
        for _, valence in made.resources.asked("lexicon"):
            every.polar(valence)
