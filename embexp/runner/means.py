"""What runs read whose tables never move: the means of texts, computed once."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array

from embexp.models import Embedding
from embexp.tasks import EncodedSplit, Task
from embexp.tasks.room import grown
from embexp.training import centre, pooled, program
from embexp.training.program import Others
from embexp.training.static import StaticConfig
from embexp.training.texts import Texts


class Means:
    """The means of the training texts and of those that every evaluation step scores."""

    def __init__(
        self,
        task: Task,
        static: StaticConfig,
        mesh: jax.sharding.Mesh,
        texts: Texts,
        params: dict[str, Any],
        others: Others,
    ) -> None:
        """Reads all these texts once, with the rows of every run.

        Args:
            texts: those of training, on the device.
        """
        self.static, self.mesh, self.texts = static, mesh, texts
        self.scored = task.validation.on_device()
        once = np.zeros(0) if task.train.once is None else np.flatnonzero(task.train.once)
        spare = grown(len(once)) - len(once)  # a size that other draws have, too
        self.once = jnp.asarray(np.pad(once, (0, spare), constant_values=-1), jnp.int32)
        bare = replace(static, embedding=Embedding)  # a trained map comes after the means
        rows = {**params, "embedding": {"rows": params["embedding"]["rows"]}}

        def of(split: EncodedSplit, texts: Texts, static: StaticConfig) -> pooled.Means:
            return program.represent(static, mesh, texts, split.order(static), rows, others)

        self.count = jnp.int32(len(task.train))
        self.train = of(task.train, texts, replace(bare, scored_widths=bare.widths))
        self.validation = of(task.validation, self.scored, bare)

    def of_epoch(self, number: int, rows: Array, keys: Array) -> pooled.Means:
        """What an epoch reads, after the draw of words that it takes for `<unk>`.

        Args:
            rows: the table of each run.
            keys: its draws.
        """
        epoch = jnp.int32(number)
        return pooled.with_unknown(self.mesh, self.texts, self.once, epoch, self.train, rows, keys)

    def centre(self, params: dict[str, Any]) -> centre.Centres:
        """What is taken off every run's head inputs."""
        return centre.of_means(self.static, self.mesh, self.train, self.count, params)

    def logits(self, params: dict[str, Any]) -> Array:
        """Every run's logits of the validation texts."""
        return pooled.score(self.static, self.mesh, self.scored, self.validation, params)
