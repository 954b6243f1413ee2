"""How well the task is solved."""

from collections.abc import Iterator

from embexp.evaluation.context import Context
from embexp.measures import Value, task_measures
from embexp.models import HEADS
from embexp.spec import Spec
from embexp.tasks import Task


class TaskEvaluator:
    """Accuracy, loss and calibration of a split's logits; of span tags also their F1."""

    def __init__(self, task: Task, spec: Spec) -> None:
        self.classes, self.per_token = task.classes, HEADS[spec.head].per_token

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of each split that was scored."""
        for name, (split, logits, labels) in context.scored.items():
            sentences = split.ids.offsets if self.per_token else None
            for measure, value in task_measures(logits, labels, self.classes, sentences):
                yield name, measure, value
