"""One number for each text."""

from jaxtyping import Array, Float

from embexp.models.batch import Batch
from embexp.models.model import Losses, Model, Weights, mean_over


class Regression(Model):
    """Predicts a number: a linear head with one output.

    Numbers are learnt in standard deviations of training's from their mean; logits are
    (batch, 1).

    >>> import jax.numpy as jnp
    >>> from flax import nnx
    >>> from embexp.models import Embedding, Mean
    >>> rngs = nnx.Rngs(0)
    >>> model = Regression(Embedding(9, 3, rngs=rngs), Mean(3, rngs=rngs), 1, rngs=rngs)
    >>> ids = jnp.array([[4, 7, 6], [8, 0, 0]])
    >>> model(ids, ids != 0).shape
    (2, 1)
    """

    labelling = "numbers"

    @staticmethod
    def losses(
        logits: Float[Array, "batch 1"],
        labels: Float[Array, "texts"],
        batch: Batch,
        weights: Weights = None,  # noqa: ARG004 - there are no classes
    ) -> Losses:
        """The squared error, a mean over the batch's texts."""
        errors = (logits[:, 0] - labels[batch.text_indices]) ** 2
        return (mean_over(errors, batch.text_indices >= 0),)
