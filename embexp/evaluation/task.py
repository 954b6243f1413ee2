"""How well the task is solved."""

from collections.abc import Iterator

from embexp.evaluation.context import Context
from embexp.measures import SOLVED, Value
from embexp.measures.class_weights import weighted
from embexp.models import HEADS
from embexp.spec import Spec
from embexp.tasks import Task


class TaskEvaluator:
    """The measures of a split's logits that the kind of its labels has."""

    def __init__(self, task: Task, spec: Spec) -> None:
        head = HEADS[spec.head]
        self.solved, self.per_token = SOLVED[head.labelling], head.per_token
        self.classes = task.classes
        if (weights := task.class_weights(spec)) is not None:
            self.solved = weighted(self.solved, weights)

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of each split that was scored."""
        for name, (split, logits, labels) in context.scored.items():
            sentences = split.ids.offsets if self.per_token else None
            for measure, value in self.solved.measures(logits, labels, self.classes, sentences):
                yield name, measure, value
