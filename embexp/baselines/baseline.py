"""What a baseline is: a classifier fitted to labelled texts, which then scores other texts."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal

import numpy as np
from jaxtyping import Float, Int
from threadpoolctl import threadpool_limits

from embexp.errors import InputError

LogProbabilities = Float[np.ndarray, "texts classes"]


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
    """Texts and the class of each, from 0."""

    labels: Int[np.ndarray, "texts"] = field(default_factory=lambda: np.empty(0, np.int64))

    def __post_init__(self):
        super().__post_init__()
        if len(self.labels) != len(self.tokens):
            raise InputError(f"{len(self.tokens)} texts have {len(self.labels)} labels")

    def of_classes(self, classes: Int[np.ndarray, "classes"]) -> "LabelledTexts":
        """The texts of the given classes, which are numbered anew from 0 in that order."""
        rows = np.flatnonzero(np.isin(self.labels, classes)).tolist()
        means = None if self.means is None else self.means[rows]
        tokens = [self.tokens[row] for row in rows]
        return LabelledTexts(tokens, means, np.searchsorted(classes, self.labels[rows]))


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted baseline.

    Args:
        score: the log-probability of each class for each text, in nats.
        chosen: the settings that have the least validation loss, by name.
        at_edge: whether the chosen C is the smallest or the largest of its grid.
        converged: whether the solver reached its tolerance with the chosen settings.
        loss: mean of −log p(label) over the validation texts, in nats.
        seconds: how long fitting took, the choice of settings included.
    """

    score: Callable[[Texts], LogProbabilities]
    chosen: Mapping[str, float] = field(default_factory=dict)
    at_edge: bool = False
    converged: bool = True
    loss: float = float("nan")
    seconds: float = float("nan")


@dataclass(frozen=True)
class Baseline:
    """One baseline; its name in a table stands for exactly this definition.

    Args:
        summary: what it computes, in one line.
        reference: its paper.
        function: fits to training texts, chooses settings on validation texts. There
            are two classes at least, and each of them occurs in training.
        reads: whether it needs the texts' tokens only, or their mean vectors too.
    """

    summary: str
    reference: str
    function: Callable[[LabelledTexts, LabelledTexts], Fitted]
    reads: Literal["tokens", "means"] = "tokens"

    def fit(self, train: LabelledTexts, validation: LabelledTexts, classes: int) -> Fitted:
        """Fits to the training texts, with settings chosen by validation loss.

        Test texts are no argument: they are scored afterwards, by `Fitted.score`. The
        same texts give the same bits, however many cores there are.

        A class that is absent in training has the probability 1/(texts + classes) for
        every text, as in `majority`, and validation texts of it choose nothing. If
        training shows one class only, all baselines are `majority`.

        Raises:
            InputError: no texts, a label outside [0, classes), or missing mean vectors.

        >>> train = LabelledTexts([["good"], ["bad"], ["good", "film"]], labels=np.array([1, 0, 1]))
        >>> fitted = Baseline("", "", majority).fit(train, train, classes=2)
        >>> np.exp(fitted.score(Texts([["film"]])))
        array([[0.4, 0.6]])
        """
        began = perf_counter()
        self._check(train, validation, classes)
        present, count = np.unique(train.labels), len(train)
        function = self.function if len(present) > 1 else majority
        with threadpool_limits(1):
            fitted = function(train.of_classes(present), validation.of_classes(present))

        def score(texts: Texts) -> LogProbabilities:
            if self.reads == "means":
                texts.known_means()
            spread = np.full((len(texts), classes), -np.log(count + classes))
            kept = np.log((count + len(present)) / (count + classes))
            with threadpool_limits(1):
                spread[:, present] = fitted.score(texts) + kept
            return spread

        return replace(
            fitted,
            score=score,
            loss=log_loss(score(validation), validation.labels),
            seconds=perf_counter() - began,
        )

    def _check(self, train: LabelledTexts, validation: LabelledTexts, classes: int) -> None:
        for name, texts in {"training": train, "validation": validation}.items():
            if not len(texts):
                raise InputError(f"there are no {name} texts; a baseline needs one at least")
            if self.reads == "means":
                texts.known_means()
            low, high = texts.labels.min(), texts.labels.max()
            if low < 0 or high >= classes:
                raise InputError(
                    f"{name} labels reach from {low} to {high}, but {classes} classes are numbered "
                    f"0 to {classes - 1}"
                )


def majority(train: LabelledTexts, validation: LabelledTexts) -> Fitted:  # noqa: ARG001
    """The class shares of the training texts, (count + 1)/(texts + classes), for every text."""
    counts = np.bincount(train.labels) + 1.0
    shares = np.log(counts / counts.sum())
    return Fitted(lambda texts: np.tile(shares, (len(texts), 1)))


def log_loss(scores: LogProbabilities, labels: Int[np.ndarray, "texts"]) -> float:
    """The mean of −log p(label) in nats; 0 for no texts."""
    return float(-scores[np.arange(len(labels)), labels].sum()) / max(len(labels), 1)
