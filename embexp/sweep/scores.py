"""A split's logits and labels into how well the task is solved, by the kind of its head."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float, Int

from embexp.measures import Value
from embexp.measures.tagging import span_f1
from embexp.measures.task import accuracy, nll
from embexp.sweep.task import Part, Task


def scores(
    task: Task,
    part: Part,
    logits: Float[np.ndarray, "items *more classes"],
    labels: Int[np.ndarray, "items"],
) -> Iterator[tuple[str, Value]]:
    """Accuracy and NLL over texts, or over tokens where those are tagged; then what
    else the head gives.

    Two outputs also have the accuracy of the auxiliary one, from the text alone; tags
    that mark spans (B-, I-) have the spans' F1.
    """
    main = logits[:, 0] if logits.ndim == 3 else logits
    yield "accuracy", accuracy(main, labels)
    yield "nll", nll(main, labels)
    if logits.ndim == 3:
        yield "auxiliary_accuracy", accuracy(logits[:, 1], labels)
    if any(name.startswith("B-") for name in task.classes):
        yield (
            "span_f1",
            span_f1(sentences(task, part, labels), sentences(task, part, main.argmax(axis=1))),
        )


def sentences(task: Task, part: Part, tags: Int[np.ndarray, "tokens"]) -> list[list[str]]:
    """Tags of all tokens, cut into sentences, by their names."""
    names = np.array(task.classes)[tags]
    return [piece.tolist() for piece in np.split(names, part.ids.offsets[1:-1])]
