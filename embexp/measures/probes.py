"""Probes: what a linear model reads from a table about words it was not fitted to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from typing import Any, Literal, NamedTuple

import numpy as np

from embexp.measures.arrays import Items, Places, Rows
from embexp.measures.class_probe import LEAST, SQRT2, class_probe, group_folds
from embexp.measures.dependence import grouped_error
from embexp.measures.entry import RHO, Measure
from embexp.measures.geometry import unit_rows
from embexp.measures.read_out import agreement, read_out
from embexp.measures.statistics import Value, estimate, rank_correlation, undefined
from embexp.measures.summary import of_vectors
from embexp.words import Vectors

Seeds = tuple[Sequence[str], Sequence[str]]


# fmt: off
SEEDS = (
    ("good", "lovely", "excellent", "fortunate", "pleasant", "delightful", "perfect", "loved",
     "love", "happy"),
    ("bad", "horrible", "poor", "unfortunate", "unpleasant", "disgusting", "evil", "hated",
     "hate", "unhappy"),
)
# fmt: on
"""Positive and negative seed words of Hamilton et al. 2016 (Table 1, standard English)."""


def stem_groups(words: Iterable[str]) -> Places:
    """The number of each word's group, from 0; words with one Porter stem form a group.

    The stems (gensim's, 1980 rules) stand for lemmas. Porter's rules join inflections
    and many derivations (abandon, abandoned, abandonment); irregular forms (bad, worse)
    stay apart.
    """
    from gensim.parsing.porter import PorterStemmer

    stem, numbers = PorterStemmer().stem, {}
    return np.array(
        [numbers.setdefault(stem(word.lower()), len(numbers)) for word in words], np.int64
    )


def lexicon_probe(vectors: Vectors, valence: Mapping[str, float]) -> Value:
    """Balanced accuracy of a logistic probe for a word's polarity, in [0, 1]; chance ½.

    Polarity is the sign of a word's valence. Five folds by stem (`stem_groups`),
    features standardised on the training folds. n counts the lexicon's polar words that
    are known, of total in the lexicon. See `class_probe`.
    """
    rows, classes, stems, total = polar_words(vectors, valence)
    return class_probe(rows, classes, stems)._replace(total=total)


class PolarWords(NamedTuple):
    """The polar words of a lexicon that are known, and how many it has in all.

    Args:
        classes: 1 for positive words, 0 for negative ones.
    """

    rows: Rows
    classes: Places
    stems: Places
    total: int


def polar_words(vectors: Vectors, valence: Mapping[str, float]) -> PolarWords:
    """The words whose valence is not 0, in the lexicon's order."""
    signs = {word: value for word, value in valence.items() if value}
    words, rows = known(vectors, signs)
    classes = np.array([signs[word] > 0 for word in words], np.int64)
    return PolarWords(rows, classes, stem_groups(words), len(signs))


def valence_probe(
    vectors: Vectors, valence: Mapping[str, float], score: Literal["r2", "rho"]
) -> Value:
    """How well ridge regression reads words' valence: R² or Spearman's ρ; chance 0.

    `read_out` on five folds by stem. n counts the known words, total the
    lexicon's. The interval of R² takes the words of one stem as dependent, and is
    widened as `agreement` is, since words inform each other's read-out.
    """
    words, rows = known(vectors, valence)
    if len(words) < LEAST:
        return undefined(len(valence), 0.0)
    target, groups = np.array([valence[word] for word in words]), stem_groups(words)
    read = read_out(rows, target, group_folds(groups))
    if score == "r2":
        found = explained(read, target - target.mean(), groups)
    else:
        found = agreement(read, target)
    return found._replace(total=len(valence))


def explained(
    read: Items,
    target: Items,
    groups: Places,
) -> Value:
    """R² = 1 − Σ(target − read)²/Σtarget² for a centred target.

    Undefined where the target does not vary. Chance is 0, what the mean scores. A
    read-out of nothing scores a little less, by its own variance's share
    Σread²/Σtarget² (.001 of 1,000 words, after shrinkage): its interval holds 0 in 90
    to 99 of 100 draws, and the others lie below (`embexp.synthetic`).
    """
    residual, square = (target - read) ** 2, target**2
    whole = float(square.sum())
    if not whole > 0:
        return undefined(len(target), 0.0)
    ratio = float(residual.sum()) / whole
    error = SQRT2 * grouped_error(groups, (residual - ratio * square) / whole)
    return estimate(1 - ratio, error, len(target), 0.0, least=-inf)


def semaxis(
    vectors: Vectors,
    valence: Mapping[str, float],
    seeds: Seeds = SEEDS,
) -> Value:
    """Spearman's ρ between valence and the cosine with an axis of sentiment; chance 0.

    The axis runs from negative to positive seed words: it is the mean of the positive
    seeds' unit vectors less that of the negative ones (An, Kwak & Ahn 2018); seed words
    are left out of the correlation. Nothing is fitted. Undefined where a side has no
    known seed.
    """
    sides = [known(vectors, side)[1].astype(np.float64) for side in seeds]
    left_out = {*seeds[0], *seeds[1]}
    asked = {word: value for word, value in valence.items() if word not in left_out}
    words, rows = known(vectors, asked)
    if not all(map(len, sides)) or len(words) < LEAST:
        return undefined(len(asked), 0.0)
    positive, negative = (unit_rows(side).mean(axis=0) for side in sides)
    return rank_correlation(
        unit_rows(rows.astype(np.float64)) @ (positive - negative),
        np.array([asked[word] for word in words]),
        len(asked),
    )


def known(vectors: Vectors, wanted: Iterable[str]) -> tuple[list[str], Rows]:
    """Which of the words have a vector, and their rows."""
    words = [word for word in wanted if word in vectors]
    return words, vectors.table[[vectors.index[word] for word in words]]


def lexicon_measure(
    name: str,
    title: str,
    unit: str,
    chance: float | None,
    reference: str,
    probe: Callable[..., Value],
    lexicon: str,
    *,
    higher: bool = True,
    **parameters: Any,
) -> Measure:
    """A probe for the valence of the known words of a lexicon."""
    return Measure(
        name,
        title,
        unit,
        "sentiment",
        higher,
        chance,
        reference,
        function=of_vectors(probe, "lexicon"),
        parameters=parameters,
        resource={"lexicon": lexicon},
    )


RIDGE = "ridge on human valence, folds by stem"
PROBES = (
    lexicon_measure(
        "lexicon_probe",
        "lexicon probe",
        "balanced accuracy, 0 to 1",
        0.5,
        "logistic, folds by stem",
        lexicon_probe,
        "huliu",
    ),
    lexicon_measure(
        "valence_r2",
        "valence probe R²",
        "up to 1",
        0.0,
        RIDGE,
        valence_probe,
        "warriner",
        score="r2",
    ),
    lexicon_measure(
        "valence_rho", "valence probe ρ", RHO, 0.0, RIDGE, valence_probe, "warriner", score="rho"
    ),
    lexicon_measure(
        "semaxis",
        "SemAxis ρ",
        RHO,
        0.0,
        "An, Kwak & Ahn 2018; seeds of Hamilton et al. 2016",
        semaxis,
        "vader",
        seeds=SEEDS,
    ),
)
