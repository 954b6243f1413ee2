"""What baselines read of texts: their tokens, or the means that a frozen arm reads of them."""

from collections.abc import Callable
from dataclasses import replace

import jax.numpy as jnp
import numpy as np
from jaxtyping import Bool, Float

from embexp.baselines import LabelledTexts
from embexp.measures.sentences import mean_vectors
from embexp.models.pairs import compared
from embexp.runner.start import others_of, start_of
from embexp.spec import Spec
from embexp.tasks import EncodedSplit, Task
from embexp.training.texts import UNKNOWN


def read(task: Task, spec: Spec, *, means: bool) -> Callable[[EncodedSplit], LabelledTexts]:
    """Gives a split's texts as a baseline of an arm reads them: the words that the arm reads.

    Args:
        means: with the mean vectors of the texts in its frozen table.
    """
    words = np.array([*task.vocabulary.words, *task.others], object)
    table = frozen_table(task, spec) if means else None

    def texts(split: EncodedSplit) -> LabelledTexts:
        ids = split.ids
        tokens = [part.tolist() for part in np.split(words[ids.flat], ids.offsets[1:-1])]
        if table is None:
            return LabelledTexts(tokens, labels=split.labels)
        own = [means_of(each, table) for each in readings(split)]
        return LabelledTexts(
            tokens, means_of(split, table), split.labels, readings=np.stack(own) if own else None
        )

    return texts


def readings(split: EncodedSplit) -> list[EncodedSplit]:
    """What training reads of a split, where words that stand once in it teach `<unk>`.

    Each of these words is `<unk>` in one of two readings, as in half of an arm's epochs.
    """
    if split.once is None or not split.once.any():
        return []
    drawn = np.random.default_rng(0).random(len(split.once)) < 0.5

    def with_unknown(these: Bool[np.ndarray, "tokens"]) -> EncodedSplit:
        flat = np.where(these, UNKNOWN, split.ids.flat)
        return replace(split, ids=split.ids._replace(flat=flat))

    return [with_unknown(split.once & half) for half in (drawn, ~drawn)]


def means_of(
    split: EncodedSplit, table: Float[np.ndarray, "ids dim"]
) -> Float[np.ndarray, "texts features"]:
    """The mean vector of each text; of pairs what a head reads of the means of both."""
    ids = split.ids
    if split.seconds is None:
        return mean_vectors(*ids, table)
    starts = ids.offsets[:-1]
    ends = np.column_stack([starts, starts + split.seconds]).ravel()
    sides = mean_vectors(ids.flat, np.append(ends, ids.offsets[-1]), table)
    return np.asarray(compared(jnp.asarray(sides[::2]), jnp.asarray(sides[1::2])))


def frozen_table(task: Task, spec: Spec) -> Float[np.ndarray, "ids dim"]:
    """The vector of each id in the frozen arm of seed 0, those of other words among them."""
    frozen = spec.model_copy(update={"regime": "frozen", "seed": 0})
    table, _ = start_of(task, frozen)
    return np.concatenate([table, np.asarray(others_of(task, frozen).rows)])
