"""Measures of how well a task is solved, from logits and labels."""

from collections.abc import Iterator, Sequence
from math import sqrt

import numpy as np
from jaxtyping import Float, Int

from embexp.measures.entry import SHARE, Measure
from embexp.measures.f1 import Has, f1, macro_value
from embexp.measures.pseudo_values import pseudo_values
from embexp.measures.ranking import ranking_measures
from embexp.measures.statistics import Value, estimate, mean_interval, undefined, wilson
from embexp.measures.tagging import span_f1

Logits = Float[np.ndarray, "texts classes"]
Labels = Int[np.ndarray, "texts"]

BINS = 15
"""Bins of confidence."""
LARGE = 1.5
"""Times its equal share that the largest class has where classes are imbalanced."""


def accuracy(logits: Logits, labels: Labels) -> Value:
    """The share of texts whose largest logit is their label's, with Wilson's interval.

    Chance is the share of the largest class.
    """
    n = len(labels)
    share = float((logits.argmax(axis=1) == labels).mean())
    return Value(share, *wilson(share, n), n, n, float(np.bincount(labels).max()) / n)


def nll(logits: Logits, labels: Labels) -> Value:
    """The mean of −log p(label) in nats, where p is the softmax of the logits.

    The interval is over texts; chance is log(classes).
    """
    chance = float(np.log(logits.shape[1]))
    return Value(*mean_interval(losses(logits, labels)), len(labels), len(labels), chance)


def losses(logits: Logits, labels: Labels) -> Float[np.ndarray, "texts"]:
    """−log p(label) of each text in nats, where p is the softmax of the logits."""
    wide = logits.astype(np.float64)
    peak = wide.max(axis=1)
    return (
        np.log(np.exp(wide - peak[:, None]).sum(axis=1))
        + peak
        - wide[np.arange(len(labels)), labels]
    )


def macro_f1(logits: Logits, labels: Labels) -> Value:
    """The mean over classes of F1 = 2·hits/(predicted + true), in [0, 1].

    A class that is neither predicted nor there is left out. Chance is what the best
    constant guess scores: the largest class alone. The interval is over texts
    (linearised). For token tasks a text is a token that counts.
    """
    n = len(labels)
    if not n:
        return undefined(0)
    own, given = one_hot(logits, labels)
    largest = float(np.bincount(labels).max()) / n
    return macro_value(own, given, 2 * largest / (1 + largest) / len(np.unique(labels)))


def one_hot(logits: Logits, labels: Labels) -> tuple[Has, Has]:
    """Which class each text has, and which has its largest logit."""
    every = np.eye(logits.shape[1])
    return every[labels], every[logits.argmax(axis=1)]


def mcc(logits: Logits, labels: Labels) -> Value:
    """Matthews' correlation of labels and predictions, in [−1, 1]; chance is 0.

    For more than two classes it is Gorodkin's (2004, equation 8). It is 0 where one side
    does not vary, as scikit-learn has it. There is no interval over texts.
    """
    n = len(labels)
    if not n:
        return undefined(0, 0.0)
    own, given = one_hot(logits, labels)
    of_own, of_given = own.mean(axis=0), given.mean(axis=0)
    spread = float((1 - of_own @ of_own) * (1 - of_given @ of_given))
    shared = float((own * given).sum() / n - of_own @ of_given)
    value = shared / sqrt(spread) if spread > 0 else 0.0
    return Value(value, np.nan, np.nan, n, n, 0.0)


def imbalanced(labels: Labels, classes: int) -> bool:
    """Whether the largest class has more than `LARGE` times its equal share."""
    largest = int(np.bincount(labels).max(initial=0))
    return largest * classes > LARGE * len(labels)


def calibration_error(logits: Logits, labels: Labels) -> Value:
    """Expected calibration error, in [0, 1]; 0 is best.

    It is the mean over texts of |accuracy − confidence| of their bin. Confidence is the
    largest softmax probability; 15 bins of equal width over [0, 1] (Guo et al. 2017, eq.
    3). The interval is over texts (linearised, each bin's sign held), and it does not
    show that few texts a bin bias the error upwards; chance is not defined.
    """
    n = len(labels)
    if not n:
        return undefined(0)
    wide = logits.astype(np.float64)
    shifted = np.exp(wide - wide.max(axis=1, keepdims=True))
    confidence = (shifted / shifted.sum(axis=1, keepdims=True)).max(axis=1)
    gap = (wide.argmax(axis=1) == labels) - confidence
    place = np.minimum(np.ceil(confidence * BINS).astype(np.int64) - 1, BINS - 1).clip(0)
    sums = np.bincount(place, weights=gap, minlength=BINS)
    value = float(np.abs(sums).sum()) / n
    error = float(np.linalg.norm((np.sign(sums)[place] * gap - value) / n))
    return estimate(value, error, n)


def share(part: int, total: int) -> Value:
    """A share that was counted, not sampled (coverage of types, say), so without interval."""
    return Value(part / total if total else np.nan, np.nan, np.nan, part, total, None)


def task_measures(
    logits: Float[np.ndarray, "items *more classes"],
    labels: Int[np.ndarray, "items"],
    classes: Sequence[str] = (),
    offsets: Int[np.ndarray, "sentences_and_one"] | None = None,
) -> Iterator[tuple[str, Value]]:
    """How well a task is solved: each measure with its name.

    All tasks have accuracy, NLL, macro F1 and calibration error, over texts or over
    labelled tokens; those of texts also Matthews' correlation, AUROC and average
    precision. Logits with a second axis for two outputs also give the accuracy of
    the auxiliary one, from the text alone; classes that mark spans (`B-…`) give the
    spans' F1.

    Args:
        classes: their names.
        offsets: where each sentence of labelled tokens begins, and the last one's end.
    """
    main = logits[:, 0] if logits.ndim == 3 else logits
    yield "accuracy", accuracy(main, labels)
    yield "nll", nll(main, labels)
    yield "macro_f1", macro_f1(main, labels)
    yield "calibration_error", calibration_error(main, labels)
    if offsets is None:
        yield "mcc", mcc(main, labels)
        yield from ranking_measures(*by_class(main, labels))
    if logits.ndim == 3:
        yield "auxiliary_accuracy", accuracy(logits[:, 1], labels)
    if offsets is not None and any(name.startswith("B-") for name in classes):
        names = np.array(classes)
        right, predicted = (
            [piece.tolist() for piece in np.split(names[tags], offsets[1:-1])]
            for tags in (labels, main.argmax(axis=1))
        )
        yield "span_f1", span_f1(right, predicted)


def by_class(logits: Logits, labels: Labels) -> tuple[Float[np.ndarray, "texts shown"], Has]:
    """The log-probability of each class, and which texts have it; of two classes, the second."""
    from scipy.special import log_softmax

    classes = logits.shape[1]
    shown = [1] if classes == 2 else [*range(classes)]
    own = np.eye(classes, dtype=bool)[labels]
    return log_softmax(logits.astype(np.float64), axis=1)[:, shown], own[:, shown]


def task_scores(
    logits: Float[np.ndarray, "items *more classes"], labels: Int[np.ndarray, "items"]
) -> Iterator[tuple[str, np.ndarray]]:
    """The scores of single texts or tokens whose means are measures of the task.

    Accuracy has right or wrong, NLL each loss in nats. Where classes are imbalanced macro
    F1 has its pseudo-values.
    """
    main = logits[:, 0] if logits.ndim == 3 else logits
    if imbalanced(labels, main.shape[1]):
        yield "macro_f1", pseudo_values(*f1(*one_hot(main, labels)))
    yield "accuracy", main.argmax(axis=1) == labels
    yield "nll", losses(main, labels)
    if logits.ndim == 3:
        yield "auxiliary_accuracy", logits[:, 1].argmax(axis=1) == labels


TASK = tuple(
    Measure(name, title, unit, "task", higher, chance, reference)
    for name, title, unit, higher, chance, reference in (
        ("accuracy", "accuracy", SHARE, True, None, "share of texts classified right"),
        (
            "macro_f1",
            "macro F1",
            SHARE,
            True,
            None,
            "mean over classes of 2·hits/(predicted + true)",
        ),
        (
            "auxiliary_accuracy",
            "accuracy, text alone",
            SHARE,
            True,
            None,
            "share of texts that the auxiliary output has right",
        ),
        (
            "mcc",
            "Matthews' correlation",
            "correlation, −1 to 1",
            True,
            0.0,
            "Matthews 1975; Gorodkin 2004, eq. 8",
        ),
        ("span_f1", "span F1", SHARE, True, 0.0, "Tjong Kim Sang & Buchholz 2000"),
        ("nll", "NLL (nats)", "nats a text, from 0", False, None, "mean of −log p(label)"),
        (
            "weighted_nll",
            "NLL, classes alike (nats)",
            "nats a text, from 0",
            False,
            None,
            "mean of −log p(label) times items/(classes · items of its class)",
        ),
        (
            "calibration_error",
            "calibration error",
            SHARE,
            False,
            None,
            "Guo et al. 2017, eq. 3, 15 bins",
        ),
    )
)
"""`task_measures` computes them."""
COVERAGE = tuple(
    Measure(f"coverage_{what}", f"{what} covered", SHARE, "task", True, None, reference)
    for what, reference in (
        ("types", "distinct words that have a pretrained vector"),
        ("tokens", "training tokens whose word has a pretrained vector"),
        ("test", "test tokens that are read by a vector of their own, not as <unk>"),
    )
)
