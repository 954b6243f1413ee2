"""How well the task is solved."""

from collections.abc import Iterator

from embexp.evaluation.context import Context
from embexp.measures import Value
from embexp.measures.task import task_measures
from embexp.tasks import Task


class TaskEvaluator:
    """Accuracy, loss and calibration of a split's logits; of span tags also their F1."""

    def __init__(self, task: Task) -> None:
        self.classes = task.classes

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of each split that was scored."""
        for split, (logits, labels, offsets) in context.scored.items():
            for name, value in task_measures(logits, labels, self.classes, offsets):
                yield split, name, value
