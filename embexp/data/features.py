"""Surface features of texts that word ids do not carry: length, digits, punctuation, capitals."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

FEATURES = ("words", "digits", "punctuation", "capitals", "word length")
"""The columns of `surface`, in order."""


def surface(texts: Sequence[str]) -> Float[np.ndarray, "texts features"]:
    """One row of features per text; an empty text has zeros.

    They are the number of words, the share of characters that are digits, the share of
    characters that are neither letters, digits nor spaces, the share of words that
    begin with a capital, and the mean length of a word.

    >>> surface(["21 Soups"]).round(3).tolist()
    [[2.0, 0.25, 0.0, 0.5, 3.5]]
    """
    rows = np.zeros((len(texts), len(FEATURES)))
    for row, text in zip(rows, texts, strict=True):
        if words := text.split():
            digits = sum(map(str.isdigit, text))
            marks = sum(not c.isalnum() and not c.isspace() for c in text)
            capitals = sum(word[0].isupper() for word in words)
            row[:] = (
                len(words),
                digits / len(text),
                marks / len(text),
                capitals / len(words),
                sum(map(len, words)) / len(words),
            )
    return rows


def standardised(
    features: Float[np.ndarray, "texts features"], training: Float[np.ndarray, "train features"]
) -> np.ndarray:
    """Features minus the training split's mean, over its standard deviation, as float32.

    A feature that does not vary in the training split becomes 0.
    """
    spread = training.std(axis=0)
    scaled = (features - training.mean(axis=0)) / np.where(spread > 0, spread, np.inf)
    return scaled.astype(np.float32)
