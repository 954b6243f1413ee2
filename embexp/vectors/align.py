"""Start tables: one row for each word of a vocabulary, from pretrained vectors."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32

from embexp.errors import InputError, unknown
from embexp.words import Vectors, Vocabulary

OOV_RULES = ("zero", "unk", "random", "subword")


class Coverage(NamedTuple):
    """How much of a training split has a pretrained vector.

    `types` counts words of the vocabulary, without `<pad>` and `<unk>`; `tokens` weights
    each by its training count. `tokens_total` includes the tokens of `<unk>`, which has
    no vector. `covered` is true for rows with a vector.
    """

    types: int
    types_total: int
    tokens: int
    tokens_total: int
    covered: Bool[np.ndarray, "vocab"]


def align(
    vocabulary: Vocabulary, vectors: Vectors, *, oov: str, rng: np.random.Generator
) -> tuple[Float32[np.ndarray, "vocab dim"], Coverage]:
    """The table that training starts from, and its coverage; row 0, `<pad>`, is zero.

    Words are looked up as they are written. `oov` is the rule for `<unk>` and for words
    without a vector, which count as not covered under every rule:

    - "zero": zeros.
    - "unk": the mean of the covered rows.
    - "random": a draw from N(0, v), with v the variance of the covered rows in each
      coordinate (mean 0 and matched variance as in Kim 2014, §3.1, who draws uniformly).
    - "subword": the mean of the vectors of the word's character n-grams (Bojanowski
      2017, §3.2), or as "unk" if it has none.

    Raises:
        InputError: an unknown rule, no word in common, or "subword" with vectors that
            have none of n-grams.
    """
    if oov not in OOV_RULES:
        raise unknown("rule for oov words", oov, OOV_RULES)
    rows = np.array([vectors.index.get(word, -1) for word in vocabulary.words])
    rows[: vocabulary.specials] = -1
    covered = rows >= 0
    if not covered.any():
        example = ", ".join(map(repr, vocabulary.words[vocabulary.specials :][:3]))
        raise InputError(
            f"none of the vocabulary's {len(rows) - vocabulary.specials} words ({example}, …) is "
            f"among the {len(vectors)} of the vectors"
        )
    table = np.zeros((len(rows), vectors.dim), np.float32)
    table[covered] = known = vectors.table[rows[covered]]
    missing = ~covered
    missing[0] = False
    if oov in ("unk", "subword"):
        table[missing] = known.mean(axis=0, dtype=np.float64)
    elif oov == "random":
        table[missing] = rng.normal(
            0, known.std(axis=0, dtype=np.float64), (missing.sum(), vectors.dim)
        )
    if oov == "subword":
        if vectors.subwords is None:
            raise InputError(
                "oov='subword' needs vectors with n-grams, as a fastText .bin has; take that, or "
                "oov='random'"
            )
        for row in np.flatnonzero(missing)[1:].tolist():
            composed = vectors.subwords.vector(vocabulary.words[row])
            if composed is not None:
                table[row] = composed
    counts = vocabulary.counts
    return table, Coverage(
        int(covered.sum()),
        len(rows) - vocabulary.specials,
        int(counts[covered].sum()),
        int(counts.sum()),
        covered,
    )


def norm_matched(
    rng: np.random.Generator,
    table: Float32[np.ndarray, "vocab dim"],
    covered: Bool[np.ndarray, "vocab"],  # noqa: ARG001
) -> Float32[np.ndarray, "vocab dim"]:
    """A control table: random directions, uniform, with each row's length preserved.

    `covered` is not used; it is taken so that all controls are called alike.
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
    """A control table: covered rows change places, so the geometry fits other words."""
    rows = np.flatnonzero(covered)
    shuffled = table.copy()
    shuffled[rows] = table[rng.permutation(rows)]
    return shuffled


def matched_gaussian(
    rng: np.random.Generator,
    table: Float32[np.ndarray, "vocab dim"],
    covered: Bool[np.ndarray, "vocab"],
) -> Float32[np.ndarray, "vocab dim"]:
    """A control table: covered rows are draws with their mean and covariance."""
    known = table[covered].astype(np.float64)
    drawn = table.copy()
    centred = known - known.mean(axis=0)
    variances, axes = np.linalg.eigh(centred.T @ centred / len(known))
    normal = rng.standard_normal(known.shape) * np.sqrt(variances.clip(0))
    drawn[covered] = known.mean(axis=0) + normal @ axes.T
    return drawn
