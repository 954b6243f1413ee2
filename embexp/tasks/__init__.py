"""The data of a run, made ready once for all runs that share it."""

from embexp.tasks.checksums import data_checksums as data_checksums
from embexp.tasks.subsets import folds_of as folds_of
from embexp.tasks.task import (
    EncodedSplit as EncodedSplit,
    Task as Task,
    Tasks as Tasks,
    prepare_task as prepare_task,
    task_key as task_key,
    task_of as task_of,
)
