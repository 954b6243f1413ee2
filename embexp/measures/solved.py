"""How well a task is solved, by the kind of its labels."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import numpy as np

from embexp.measures.multi_label import multi_label_measures, multi_label_scores
from embexp.measures.regression import regression_measures, regression_scores
from embexp.measures.statistics import Value
from embexp.measures.task import task_measures, task_scores


class Solved(NamedTuple):
    """What is measured of one kind of labels.

    Args:
        measures: each measure with its name, from logits, labels, the names of classes and
            where sentences of labelled tokens begin.
        scores: the scores of single texts or tokens, whose means are measures.
        loss: the name of the measure that validation selects by.
    """

    measures: Callable[..., Iterator[tuple[str, Value]]]
    scores: Callable[..., Iterator[tuple[str, np.ndarray]]]
    loss: str = "nll"


SOLVED: Mapping[str, Solved] = {
    "classes": Solved(task_measures, task_scores),
    "numbers": Solved(regression_measures, regression_scores, "squared_error"),
    "sets": Solved(multi_label_measures, multi_label_scores),
}
"""By the name of the kind in `data.labels.LABELLINGS`."""
