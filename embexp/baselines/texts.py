"""Tokenised texts, as baselines read them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float, Int

from embexp.errors import InputError


@dataclass(frozen=True, eq=False)
class Texts:
    """Tokenised texts, and the mean vector of each where there are vectors.

    A text without a known word has the mean vector zero.
    """

    tokens: Sequence[Sequence[str]]
    means: Float[np.ndarray, "texts dim"] | None = None

    def __post_init__(self):
        if any(isinstance(text, str) for text in self.tokens):
            raise InputError("a text is a list of tokens, not a string; tokenise the texts first")
        if self.means is None:
            return
        if len(self.means) != len(self.tokens):
            raise InputError(f"{len(self.tokens)} texts have {len(self.means)} mean vectors")
        if not np.isfinite(self.means).all():
            raise InputError("a mean vector holds NaN or infinity; a text of no known word is zero")

    def __len__(self) -> int:
        return len(self.tokens)

    def known_means(self) -> Float[np.ndarray, "texts dim"]:
        """The mean vectors, or an `InputError` where the texts have none."""
        if self.means is None:
            raise InputError("this baseline reads mean vectors, but the texts have none")
        return self.means


@dataclass(frozen=True, eq=False)
class LabelledTexts(Texts):
    """Texts and the label of each: a class from 0, a number, or a row of zeros and ones.

    Args:
        weights: what the loss of each text is multiplied by; nothing by default.
        readings: the mean vectors that training reads, where they are not `means` alone; a
            text counts once for each in a loss.
    """

    labels: Any = field(default_factory=lambda: np.empty(0, np.int64))
    weights: Float[np.ndarray, "texts"] | None = None
    readings: Float[np.ndarray, "readings texts dim"] | None = None

    def __post_init__(self):
        super().__post_init__()
        if len(self.labels) != len(self.tokens):
            raise InputError(f"{len(self.tokens)} texts have {len(self.labels)} labels")

    def at(self, chosen: Bool[np.ndarray, "texts"]) -> "LabelledTexts":
        """Some of the texts."""
        rows = np.flatnonzero(chosen).tolist()
        means, weights = (
            None if given is None else given[rows] for given in (self.means, self.weights)
        )
        readings = None if self.readings is None else self.readings[:, rows]
        tokens = [self.tokens[row] for row in rows]
        return LabelledTexts(tokens, means, self.labels[rows], weights, readings)

    def as_read(self) -> "LabelledTexts":
        """Every reading of the texts as a text of its own, one reading after the other."""
        if self.readings is None:
            return self
        times = len(self.readings)
        return LabelledTexts(
            [*self.tokens] * times,
            np.concatenate(self.readings),
            np.concatenate([self.labels] * times),
            None if self.weights is None else np.tile(self.weights, times),
        )

    def of_classes(self, classes: Int[np.ndarray, "classes"]) -> "LabelledTexts":
        """The texts of the given classes, which are numbered anew from 0 in that order."""
        own = self.at(np.isin(self.labels, classes))
        return replace(own, labels=np.searchsorted(classes, own.labels))
