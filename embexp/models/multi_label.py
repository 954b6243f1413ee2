"""Any number of classes for each text."""

import jax
from jaxtyping import Array, Float

from embexp.models.batch import Batch
from embexp.models.model import Losses, Model, Weights, mean_over


class MultiLabel(Model):
    """Says of each class whether a text has it: a linear head with a sigmoid for each class.

    Called with ids and mask (batch, length), it gives logits (batch, classes).

    >>> import jax.numpy as jnp
    >>> from flax import nnx
    >>> from embexp.models import Embedding, Mean
    >>> rngs = nnx.Rngs(0)
    >>> model = MultiLabel(Embedding(9, 3, rngs=rngs), Mean(3, rngs=rngs), 5, rngs=rngs)
    >>> ids = jnp.array([[4, 7, 6], [8, 0, 0]])
    >>> model(ids, ids != 0).shape
    (2, 5)
    """

    labelling = "sets"

    @staticmethod
    def losses(
        logits: Float[Array, "batch classes"],
        labels: Float[Array, "texts classes"],
        batch: Batch,
        weights: Weights = None,  # noqa: ARG004 - classes do not exclude each other
    ) -> Losses:
        """−log p(set) in nats, classes independent: a mean over the batch's texts."""
        wrong = jax.nn.softplus(logits) - logits * labels[batch.text_indices]
        return (mean_over(wrong.sum(axis=-1), batch.text_indices >= 0),)
