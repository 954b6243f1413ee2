"""The evaluators of a task, made once for all its runs."""

from typing import NamedTuple

from embexp.evaluation.table import TableEvaluator
from embexp.evaluation.task import TaskEvaluator
from embexp.evaluation.texts import TextsEvaluator
from embexp.spec import Spec
from embexp.tasks import Task


class Evaluators(NamedTuple):
    """What is measured of every run, in this order."""

    task: TaskEvaluator
    table: TableEvaluator
    texts: TextsEvaluator


def evaluators_of(task: Task, spec: Spec) -> Evaluators:
    """The evaluators of all runs that share a task; `spec` is one of theirs."""
    given = task, spec
    return Evaluators(TaskEvaluator(*given), TableEvaluator(*given), TextsEvaluator(*given))
