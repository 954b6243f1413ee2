"""Post-processing of vectors that were trained before: what they gain without a task.

| method | what it changes |
|---|---|
| `all-but-the-top` | takes the mean away and the directions that most words share |
| `standardised` | gives each coordinate mean 0 and variance 1 |
| `glorot` | the same with the small variance that a random table starts with |
| `retrofitted` | moves words towards their synonyms |
| `counter-fitted` | moves synonyms together, antonyms apart, and keeps other neighbours |

Words keep their places, so a regime starts from the result as from any other file. Vectors of
n-grams are left out, as none of the methods says what becomes of them.
"""

from collections.abc import Callable, Collection, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int
from scipy import sparse

from embexp.errors import InputError
from embexp.formats import Contents
from embexp.measures.relations import Relations
from embexp.words import Vectors

Rows = Float[np.ndarray, "words dim"]
Pairs = Int[np.ndarray, "_ 2"]
ROUNDS = 50
"""Of retrofitting: each halves what is missing, so 50 leave nothing that float32 shows."""


def all_but_the_top(table: Rows) -> Rows:
    """The table without its mean and its leading principal directions, one for each 100 numbers.

    Mu & Viswanath (2018), algorithm 1.
    """
    centred = table.astype(np.float64) - table.mean(axis=0, dtype=np.float64)
    _, axes = np.linalg.eigh(centred.T @ centred)  # those with the largest values come last
    top = axes[:, -max(1, round(table.shape[1] / 100)) :]
    return centred - centred @ top @ top.T


def standardised(table: Rows) -> Rows:
    """Each coordinate with mean 0 and variance 1 over the words; constant ones become 0."""
    centred = table.astype(np.float64) - table.mean(axis=0, dtype=np.float64)
    spread = centred.std(axis=0)
    return centred / np.where(spread > 0, spread, 1.0)


def glorot(table: Rows) -> Rows:
    """`standardised`, times the deviation of Glorot & Bengio's (2010, equation 16) random start.

    Kim, Balasubramanian & Kang (2024) start transformers so.
    """
    return standardised(table) * sqrt(2 / sum(table.shape))


def retrofitted(table: Rows, synonyms: Pairs) -> Rows:
    """Each word half-way between its vector and the mean of its synonyms'.

    Faruqui et al. (2015), equation 1 with α = 1 and β = 1/degree: what their updates come to
    after so many rounds that they change nothing more. Words without synonyms stay.
    """
    both = np.concatenate([synonyms, synonyms[:, ::-1]])
    size = len(table)
    edges = sparse.coo_array((np.ones(len(both)), both.T), (size, size)).tocsr()
    edges.data[:] = 1.0  # a pair that stands twice counts once
    degree = edges.sum(axis=1)
    start = table.astype(np.float64)
    found, linked = start, degree > 0
    for _ in range(ROUNDS):
        means = (edges @ found)[linked] / degree[linked, None]
        found = found.copy()
        found[linked] = (start[linked] + means) / 2
    return found


def counter_fitted(table: Rows, synonyms: Pairs, antonyms: Pairs) -> Rows:
    """Synonyms moved together and antonyms apart (`embexp.vectors.counter_fitting`)."""
    from embexp.vectors.counter_fitting import fitted

    return fitted(table, synonyms, antonyms)


class Method(NamedTuple):
    """A way of post-processing, and which relations of words it takes beside the table."""

    function: Callable[..., Rows]
    relations: tuple[bool, ...] = ()
    """True for synonyms, False for antonyms."""


METHODS = {
    "all-but-the-top": Method(all_but_the_top),
    "standardised": Method(standardised),
    "glorot": Method(glorot),
    "retrofitted": Method(retrofitted, (True,)),
    "counter-fitted": Method(counter_fitted, (True, False)),
}


ALONE = [name for name, method in METHODS.items() if not method.relations]
"""Those that need the table alone."""


def contents(whole: Contents, method: str, words: Collection[str] | None = None) -> Contents:
    """What files hold after a method of `ALONE`, which sees all their words.

    Args:
        words: the words that are wanted; all by default.
    """
    table = METHODS[method].function(whole.table).astype(np.float32)
    rows = [row for row, word in enumerate(whole.words) if words is None or word in words]
    words = [whole.words[row] for row in rows]
    return whole._replace(words=words, table=table[rows], subwords=None)


def post_processed(vectors: Vectors, method: str, relations: Relations | None = None) -> Vectors:
    """The vectors after a method of `METHODS`.

    Args:
        relations: synonyms and antonyms, for the methods that take them.

    Raises:
        InputError: a method needs relations, or both words of none of them have a vector.
    """
    function, kinds = METHODS[method]
    if kinds and relations is None:
        raise InputError(f"{method} vectors need synonyms; give relations")
    given = [pairs_of(vectors, relations, synonyms) for synonyms in kinds if relations]
    return Vectors(vectors.words, function(vectors.table, *given))


def pairs_of(vectors: Vectors, relations: Relations, synonyms: bool) -> Pairs:
    """The rows of the synonyms, or of the antonyms, both words of which have a vector."""
    index = vectors.index
    pairs: Sequence[tuple[int, int]] = [
        (index[one], index[other])
        for one, other, alike in zip(
            relations.words1, relations.words2, relations.synonyms, strict=True
        )
        if alike == synonyms and one in index and other in index
    ]
    if not pairs:
        kind = "synonyms" if synonyms else "antonyms"
        raise InputError(f"no two {kind} of {relations.name} are both among the vectors' words")
    return np.array(pairs)
