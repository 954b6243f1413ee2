"""What runs read whose tables never move: the means of texts, computed once."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from embexp.tasks import EncodedSplit, Task
from embexp.training import pooled
from embexp.training.program import Others
from embexp.training.static import StaticConfig


class Means:
    """The means of the training texts and of those that every evaluation step scores."""

    def __init__(
        self,
        task: Task,
        static: StaticConfig,
        mesh: jax.sharding.Mesh,
        params: dict[str, Any],
        others: Others,
    ) -> None:
        """Reads all these texts once, with the rows of every run."""
        self.static, self.mesh = static, mesh
        self.texts = task.train.on_device()
        self.scored = task.validation.on_device()
        once = np.zeros(0) if task.train.once is None else np.flatnonzero(task.train.once)
        spare = (1 << len(once).bit_length()) - len(once)  # sizes that other draws have, too
        self.once = jnp.asarray(np.pad(once, (0, spare), constant_values=-1), jnp.int32)

        def of(split: EncodedSplit, static: StaticConfig) -> pooled.Means:
            texts, order = split.on_device(), split.order(static)
            return pooled.means_of(static, mesh, texts, order, params, others)

        self.train = of(task.train, replace(static, scored_widths=static.widths))
        self.validation = of(task.validation, static)

    def of_epoch(self, number: int, rows: Array, keys: Array) -> pooled.Means:
        """What an epoch reads, after the draw of words that it takes for `<unk>`.

        Args:
            rows: the table of each run.
            keys: its draws.
        """
        epoch = jnp.int32(number)
        return pooled.with_unknown(self.mesh, self.texts, self.once, epoch, self.train, rows, keys)

    def logits(self, params: dict[str, Any]) -> Array:
        """Every run's logits of the validation texts."""
        return pooled.score(self.static, self.mesh, self.scored, self.validation, params)
