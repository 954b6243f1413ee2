"""What the representations of texts are arranged by: labels, or the meaning of words."""

from collections.abc import Iterator

import numpy as np

from embexp.evaluation.context import Context
from embexp.measures import Value
from embexp.measures.geometry import spread
from embexp.measures.sentences import References, mean_vectors, sentence_values
from embexp.models import HEADS
from embexp.spec import Spec
from embexp.tasks import Task

TEXTS = 500
"""Validation texts whose representations are measured."""


class TextsEvaluator:
    """Probes and similarities of validation texts' representations.

    There is nothing to measure without vectors to compare with, where labels are not a class
    of each text, or where validation texts are trained on.
    """

    def __init__(self, task: Task, spec: Spec) -> None:
        split = task.validation
        self.texts = np.zeros(0, int)
        single = HEADS[spec.head].classifies_texts() and not task.paired
        if task.holdout and task.reference is not None and single:
            self.texts = spread(len(split), TEXTS)
            means = mean_vectors(*split.ids, task.references)[self.texts]
            self.references = References(means, split.labels[self.texts])

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of the texts' representations."""
        if context.states is not None and len(self.texts):
            values = sentence_values(context.states[self.texts], self.references)
            yield from (("validation", name, value) for name, value in values.items())
