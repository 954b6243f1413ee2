"""Pretrained vectors into a start table: one row for each word of a vocabulary, and
which rows have a vector.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int

from embexp.errors import InputError, unknown
from embexp.words import Vectors, Vocabulary

UNSEEN = ("zero", "unk", "random", "subword")


class Coverage(NamedTuple):
    """How much of a training split has a pretrained vector.

    `types` counts words of the vocabulary, without `<pad>` and `<unk>`; `tokens` weighs
    each by its training count, and `tokens_total` includes the tokens of `<unk>`, which
    have no vector. `covered` is true for each row with a vector.
    """

    types: int
    types_total: int
    tokens: int
    tokens_total: int
    covered: Bool[np.ndarray, "vocab"]


def align(
    vocabulary: Vocabulary, vectors: Vectors, *, unseen: str, rng: np.random.Generator
) -> tuple[Float32[np.ndarray, "vocab dim"], Coverage]:
    """The table that training starts from, and its coverage; row 0, `<pad>`, is zero.

    A word is looked up as it is written. `unseen` says what `<unk>` and every word
    without a vector get: "zero" zeros, "unk" the mean of the covered rows, "random" a
    draw from N(0, v), v the variance of the covered rows in each coordinate (mean 0 and
    matched variance as in Kim 2014, §3.1, who draws uniformly), "subword" the mean of
    the vectors of its character n-grams (Bojanowski 2017, §3.2), and as "unk" where it
    has none. Such a word still counts as not covered.

    Raises:
        InputError: an unknown rule, no word in common, or "subword" with vectors that
            have none of n-grams.
    """
    if unseen not in UNSEEN:
        raise unknown("rule for unseen words", unseen, UNSEEN)
    rows = np.array([vectors.index.get(word, -1) for word in vocabulary.words])
    rows[: vocabulary.specials] = -1
    covered = rows >= 0
    if not covered.any():
        example = ", ".join(map(repr, vocabulary.words[vocabulary.specials :][:3]))
        raise InputError(
            f"none of the vocabulary's {len(rows) - vocabulary.specials} words ({example}, …) is among the {len(vectors)} of the vectors"
        )
    table = np.zeros((len(rows), vectors.dim), np.float32)
    table[covered] = known = vectors.table[rows[covered]]
    missing = ~covered
    missing[0] = False
    if unseen in ("unk", "subword"):
        table[missing] = known.mean(axis=0, dtype=np.float64)
    elif unseen == "random":
        table[missing] = rng.normal(
            0, known.std(axis=0, dtype=np.float64), (missing.sum(), vectors.dim)
        )
    if unseen == "subword":
        _compose(table, vocabulary.words, np.flatnonzero(missing)[1:], vectors)
    counts = vocabulary.counts
    return table, Coverage(
        int(covered.sum()),
        len(rows) - vocabulary.specials,
        int(counts[covered].sum()),
        int(counts.sum()),
        covered,
    )


def _compose(
    table: Float32[np.ndarray, "vocab dim"],
    words: Sequence[str],
    rows: Int[np.ndarray, "missing"],
    vectors: Vectors,
) -> None:
    """Sets each of the rows to what its word's n-grams say, where they say something."""
    if vectors.subwords is None:
        raise InputError(
            "unseen='subword' needs vectors with n-grams, as a fastText .bin has; take that, or unseen='random'"
        )
    for row in rows:
        composed = vectors.subwords.vector(words[int(row)])
        if composed is not None:
            table[row] = composed


def norm_matched(
    rng: np.random.Generator,
    table: Float32[np.ndarray, "vocab dim"],
    covered: Bool[np.ndarray, "vocab"],  # noqa: ARG001
) -> Float32[np.ndarray, "vocab dim"]:
    """A control: directions drawn uniformly, each row as long as the row it stands for;
    zero rows stay zero.

    `covered` is not needed; it is taken so that all controls are called alike.
    """
    drawn = rng.standard_normal(table.shape)
    drawn *= np.linalg.norm(table, axis=1, keepdims=True) / np.linalg.norm(
        drawn, axis=1, keepdims=True
    )
    return drawn.astype(np.float32)


def permuted(
    rng: np.random.Generator,
    table: Float32[np.ndarray, "vocab dim"],
    covered: Bool[np.ndarray, "vocab"],
) -> Float32[np.ndarray, "vocab dim"]:
    """A control: the right geometry under the wrong words; covered rows change places,
    all others stay.
    """
    rows = np.flatnonzero(covered)
    shuffled = table.copy()
    shuffled[rows] = table[rng.permutation(rows)]
    return shuffled
