"""The data of a run, made ready once for all runs that share it."""

from embexp.tasks.task import EncodedSplit as EncodedSplit
from embexp.tasks.task import Task as Task
from embexp.tasks.task import prepare_task as prepare_task
from embexp.tasks.task import task_key as task_key
