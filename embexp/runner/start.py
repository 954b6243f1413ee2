"""What a run starts from: its generators, its table, and what it reads for other words."""

from collections.abc import Sequence

import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from embexp.regime import Given
from embexp.regimes import REGIMES, start_table
from embexp.spec import Spec
from embexp.tasks import Task
from embexp.tasks.room import room
from embexp.training.program import Others
from embexp.vectors.align import Coverage


def draws(spec: Spec) -> Sequence[np.random.Generator]:
    """A seed's generators: of the table, of the order of texts, of labels, of other words."""
    return np.random.default_rng(spec.seed).spawn(4)


def start_of(task: Task, spec: Spec) -> tuple[Float[np.ndarray, "vocab dim"], Coverage | None]:
    """A run's table before training, and how much the pretrained vectors cover."""
    rng, *_ = draws(spec)
    regime = REGIMES[spec.regime]
    return start_table(regime, task.vocabulary, task.vectors, dim=task.dim, oov=spec.oov, rng=rng)


def others_of(task: Task, spec: Spec) -> Others:
    """What a run reads for words outside the vocabulary: their vectors, by the regime's map."""
    start = REGIMES[spec.regime].start
    rows = np.zeros((len(task.others), task.dim), np.float32)
    if start is not None and task.vectors is not None and task.others:
        *_, rng = draws(spec)
        given = task.vectors.table[[task.vectors.row(word) for word in task.others]]
        rows = start(rng, given, np.ones(len(given), bool))
    first = jnp.int32(len(task.vocabulary))
    return Others(with_room(rows, room(spec, len(rows))), jnp.asarray(start is not None), first)


def with_room(rows: Float[np.ndarray, "rows dim"], size: int) -> Float[Array, "size dim"]:
    """Rows with zeros after them, if there is room, on the device."""
    spare = size - len(rows)
    return jnp.asarray(np.pad(rows, ((0, spare), (0, 0))) if spare else rows)


def filled(
    task: Task, spec: Spec, coverage: Coverage | None, embedding: dict[str, Array]
) -> dict[str, Array]:
    """The embedding's own parameters that the regime fills in, with zeros for spare rows."""
    found = {}
    for name, own in filling(task, spec, coverage).items():
        whole = np.zeros(embedding[name].shape, np.float32)
        whole[tuple(map(slice, own.shape))] = own
        found[name] = jnp.asarray(whole)
    return found


def filling(task: Task, spec: Spec, coverage: Coverage | None) -> dict[str, np.ndarray]:
    """What a regime fills in.

    Raises:
        InputError: the regime's parameters do not go with the words.
    """
    fill = REGIMES[spec.regime].fill
    if not fill or coverage is None:
        return {}
    given = Given(task.vocabulary, coverage.covered, spec.regime_parameters)
    return {name: np.asarray(value(given)) for name, value in fill.items()}
