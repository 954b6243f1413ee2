"""One run on texts in memory: trained without a folder of results, and measured on nothing."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from jaxtyping import Int

from embexp.data import Corpus, Ids, Split
from embexp.grids import UNMEASURED, make
from embexp.runner.checkpoints import Trained, assembled, parameters
from embexp.runner.loop import run_group
from embexp.runner.plan import check_filling, groups_of
from embexp.search import SETTINGS
from embexp.spec import Spec
from embexp.tasks import Task, prepare_task, task_key

NAME = "texts in memory"
FOLDED = {"trial": True, "holdout": "none", "fold": 0}
"""Only the validation loss is looked at. A fifth of the texts validates, with the same share of
each class; the others train."""


def spec_alone(**fields: Any) -> Spec:
    """The run of some settings on texts in memory, with those of a search where not given."""
    return make(corpus=NAME, **SETTINGS | UNMEASURED | FOLDED | fields)


def train_alone(
    spec: Spec, texts: Sequence[str], labels: Int[np.ndarray, "texts"], classes: Sequence[str]
) -> Trained:
    """Trains a run; what it returns holds no text.

    Args:
        spec: from `spec_alone`.
        labels: the number of each text's class.
        classes: their names.

    Raises:
        InputError: settings that do not go with the texts.
        RuntimeError: the training failed, as where numbers became infinite.
    """
    last = max(1, len(texts) // 10)  # put behind the others again, as nothing is held out
    splits = {
        "train": Split([*texts[:-last]], labels[:-last]),
        "validation": Split([*texts[-last:]], labels[-last:]),
        "test": Split([], labels[:0]),
    }
    about = {"provenance": "memory", "terms": "the user's own", "checksum": ""}
    corpus = Corpus(NAME, splits, tuple(classes), official=False, **about)
    task = prepare_task(spec, corpus)
    check_filling(task, spec)
    (group,) = groups_of([spec], {task_key(spec): task})
    (result,) = run_group(group, save_models=True)
    if result.error is not None or result.params is None:
        raise RuntimeError(f"the training failed: {result.error}")
    found = assembled(task, spec, parameters(task, spec, result.params))
    return replace(found, task=without_texts(task))


def without_texts(task: Task) -> Task:
    """A task with the words of its texts, and nothing else of them."""
    none = Ids(np.zeros(0, np.int32), np.zeros(1, np.int64))

    def emptied(name: str) -> Any:
        split = getattr(task, name)
        return replace(
            split,
            ids=none,
            labels=split.labels[:0],
            extra=split.extra[:0],
            padded_size=(0, 0),
            once=None,
        )

    splits = {name: emptied(name) for name in ("train", "validation", "test")}
    return replace(task, **splits, vectors=None, reference=None, documents=None)
