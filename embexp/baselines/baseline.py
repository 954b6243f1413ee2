"""What a baseline is: a classifier fitted to labelled texts, which then scores other texts."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Literal

import numpy as np
from jaxtyping import Int
from threadpoolctl import threadpool_limits

from embexp.baselines.family import Family, Fit, LogProbabilities, Settings, least, log_loss
from embexp.baselines.texts import LabelledTexts, Texts
from embexp.errors import InputError
from embexp.measures.class_weights import balanced


@dataclass(frozen=True, eq=False)
class Fitted:
    """A fitted baseline.

    Args:
        score: the log-probability of each class for each text, in nats.
        chosen: the settings that have the least loss on held-out texts, by name.
        at_edge: whether the chosen C is the smallest or the largest of its grid.
        converged: whether the solver reached its tolerance with the chosen settings.
        loss: mean of −log p(label) over the held-out texts, in nats, times the texts' weights.
        seconds: how long fitting took, the choice of settings included.
    """

    score: Callable[[Texts], LogProbabilities]
    chosen: Settings = field(default_factory=dict)
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
        function: what training texts allow, and its loss on held-out texts. There are two
            classes at least, and each of them occurs in training.
        reads: whether it needs the texts' tokens only, or their mean vectors too.
        labelling: the kind of labels, a name in `data.labels.LABELLINGS`.
        loss: of scores, labels and weights of texts, if there are any, a mean over texts.
    """

    summary: str
    reference: str
    function: Callable[[LabelledTexts, LabelledTexts], Family]
    reads: Literal["tokens", "means"] = "tokens"
    labelling: str = "classes"
    loss: Callable[..., float] = log_loss

    def fit(
        self,
        train: LabelledTexts,
        validation: LabelledTexts,
        classes: int,
        class_weight: str = "none",
    ) -> Fitted:
        """Fits to the training texts, with settings chosen by validation loss.

        Test texts are no argument: they are scored afterwards, by `Fitted.score`. The
        same texts give the same bits, however many cores there are.

        A class that is absent in training has the probability 1/(texts + classes) for
        every text, as in `majority`, and validation texts of it choose nothing. If
        training shows one class only, all baselines are `majority`.

        Args:
            class_weight: `balanced` multiplies the loss of each text, here and there, by
                the weight of its class in training (`measures.class_weights`).

        Raises:
            InputError: no texts, a label outside [0, classes), or missing mean vectors.

        >>> train = LabelledTexts([["good"], ["bad"], ["good", "film"]], labels=np.array([1, 0, 1]))
        >>> fitted = Baseline("", "", majority).fit(train, train, classes=2)
        >>> np.exp(fitted.score(Texts([["film"]])))
        array([[0.4, 0.6]])
        """
        began = perf_counter()
        self.check(train, classes, "training")
        self.check(validation, classes, "validation")
        train, validation = weighed((train, validation), classes, class_weight)
        with threadpool_limits(1):
            family = self.family(train, validation)
            trial = least([family])
            score = self._score(trial.fits[0], trial.chosen, train, classes)
            own = () if validation.weights is None else (validation.weights,)
            loss = self.loss(score(validation), validation.labels, *own)
        return fitted(family, trial.fits[0], trial.chosen, score, loss, began)

    def cross_validated(
        self,
        train: LabelledTexts,
        fold: Int[np.ndarray, "texts"],
        classes: int,
        class_weight: str = "none",
    ) -> Fitted:
        """Fits to all training texts, with settings chosen by cross-validation inside them.

        Args:
            fold: which texts are held out together, numbered from 0. A fold without which
                one class is left chooses nothing.
            class_weight: as of `fit`, with weights by what is trained on, fold by fold.

        Raises:
            InputError: as of `fit`.
        """
        began = perf_counter()
        self.check(train, classes, "training")
        halves = [(train.at(fold != each), train.at(fold == each)) for each in np.unique(fold)]
        parts = [weighed(each, classes, class_weight) for each in halves]
        (train,) = weighed((train,), classes, class_weight)
        with threadpool_limits(1):
            whole = self.family(train, train.at(np.zeros(len(train), bool)))
            families = [self.family(*part) for part in parts if self.allows(part[0])]
            trial = least(families or [whole])
            model = whole.fit(trial.chosen, trial.chosen.get("C", 0.0))
        score = self._score(model, trial.chosen, train, classes)
        loss = trial.loss if families else float("nan")
        return fitted(whole, model, trial.chosen, score, loss, began)

    def allows(self, train: LabelledTexts) -> bool:
        """Whether texts show anything to be chosen among."""
        return bool(np.ptp(train.labels))

    def family(self, train: LabelledTexts, held: LabelledTexts) -> Family:
        """What the classes that training shows allow."""
        present = np.unique(train.labels)
        own, others = train.of_classes(present), held.of_classes(present)
        return self.function(own.as_read(), others) if len(present) > 1 else majority(own, others)

    def _score(
        self, model: Fit, chosen: Settings, train: LabelledTexts, classes: int
    ) -> Callable[[Texts], LogProbabilities]:
        """Scores texts with a probability for the classes, too, that training does not show."""
        present, count = np.unique(train.labels), len(train)

        def score(texts: Texts) -> LogProbabilities:
            if self.reads == "means":
                texts.known_means()
            spread = np.full((len(texts), classes), -np.log(count + classes))
            kept = np.log((count + len(present)) / (count + classes))
            with threadpool_limits(1):
                spread[:, present] = model.score(chosen, texts) + kept
            return spread

        return score

    def check_read(self, texts: Texts, name: str) -> None:
        """Refuses no texts, or texts without what the baseline reads."""
        if not len(texts):
            raise InputError(f"there are no {name} texts; a baseline needs one at least")
        if self.reads == "means":
            texts.known_means()

    def check(self, texts: LabelledTexts, classes: int, name: str) -> None:
        """Refuses texts that cannot be fitted to, or chosen by."""
        self.check_read(texts, name)
        low, high = texts.labels.min(), texts.labels.max()
        if low < 0 or high >= classes:
            raise InputError(
                f"{name} labels reach from {low} to {high}, but {classes} classes are numbered "
                f"0 to {classes - 1}"
            )


class PlainBaseline(Baseline):
    """A baseline of labels that are no classes; whatever training shows, it is the same one."""

    def check(self, texts: LabelledTexts, classes: int, name: str) -> None:  # noqa: ARG002
        """Refuses no texts, or texts without what the baseline reads."""
        self.check_read(texts, name)

    def allows(self, train: LabelledTexts) -> bool:
        """Some texts are enough."""
        return len(train) > 0

    def family(self, train: LabelledTexts, held: LabelledTexts) -> Family:
        """What may be chosen among."""
        return self.function(train.as_read(), held)

    def _score(
        self,
        model: Fit,
        chosen: Settings,
        train: LabelledTexts,  # noqa: ARG002
        classes: int,  # noqa: ARG002
    ) -> Callable[[Texts], LogProbabilities]:
        def score(texts: Texts) -> LogProbabilities:
            with threadpool_limits(1):
                return model.score(chosen, texts)

        return score


def weighed(
    texts: tuple[LabelledTexts, ...], classes: int, class_weight: str
) -> tuple[LabelledTexts, ...]:
    """Texts, the first of which are trained on, with the weights of their classes, if any."""
    if class_weight == "none":
        return texts
    weights = balanced(texts[0].labels, classes).astype(np.float64)
    return tuple(replace(each, weights=weights[each.labels]) for each in texts)


def fitted(
    family: Family,
    model: Fit,
    chosen: Settings,
    score: Callable[[Texts], LogProbabilities],
    loss: float,
    began: float,
) -> Fitted:
    """A model at its settings, which was begun at some time."""
    at_edge = bool(family.grid) and chosen["C"] in (family.grid[0], family.grid[-1])
    return Fitted(score, chosen, at_edge, model.converged, loss, perf_counter() - began)


def majority(train: LabelledTexts, held: LabelledTexts) -> Family:
    """The class shares of the training texts, (count + 1)/(texts + classes), for every text.

    They are shares of texts whatever these weigh: with balanced weights the least loss would
    be that of equal shares, and no class would be foretold.
    """
    counts = np.bincount(train.labels) + 1.0
    shares = np.log(counts / counts.sum())

    def score(_: Settings, texts: Texts) -> LogProbabilities:
        return np.tile(shares, (len(texts), 1))

    def fit(_: Settings, __: float) -> Fit:
        return Fit([{}], [log_loss(score({}, held), held.labels, held.weights)], score)

    return Family(fit)
