"""How well the task is solved."""

from collections.abc import Iterator

from embexp.evaluation.context import Context
from embexp.measures import SOLVED, Value
from embexp.models import HEADS
from embexp.spec import Spec
from embexp.tasks import Task


class TaskEvaluator:
    """The measures of a split's logits that the kind of its labels has."""

    def __init__(self, task: Task, spec: Spec) -> None:
        head = HEADS[spec.head]
        self.classes, self.per_token, self.solved = (
            task.classes,
            head.per_token,
            SOLVED[head.labelling],
        )
        self.of_classes = head.labelling == "classes"

    def evaluate(self, context: Context) -> Iterator[tuple[str, str, Value]]:
        """The values of each split that was scored."""
        for name, (split, logits, labels) in context.scored.items():
            more = ()
            if self.of_classes:
                more = self.classes, split.ids.offsets if self.per_token else None
            for measure, value in self.solved.measures(logits, labels, *more):
                yield name, measure, value
