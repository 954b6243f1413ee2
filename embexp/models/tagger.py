"""One label for each token."""

from jaxtyping import Array, Float, Int

from embexp.models.arrays import GivenMask, Ids, WordFeatures
from embexp.models.batch import Batch
from embexp.models.dropout import Dropout
from embexp.models.model import Losses, Model, Weights, mean_nll
from embexp.models.pairs import Second


class Tagger(Model):
    """Tags each word by the same linear head (Keras's `TimeDistributed`).

    The encoder must have features of each word, as recurrent encoders and transformers
    do. Logits are (batch, length, classes); those at masked positions mean nothing.

    >>> import jax.numpy as jnp
    >>> from flax import nnx
    >>> from embexp.models import ENCODERS, Embedding
    >>> rngs = nnx.Rngs(0)
    >>> encoder = ENCODERS["bilstm"](3, hidden_size=4, rngs=rngs)
    >>> model = Tagger(Embedding(6, 3, rngs=rngs), encoder, 5, rngs=rngs)
    >>> ids = jnp.array([[1, 2, 3, 4], [5, 2, 0, 0]])
    >>> model(ids, ids != 0).shape
    (2, 4, 5)
    """

    per_token = True

    def features(
        self,
        ids: Ids,
        mask: GivenMask,
        second: Second | None = None,  # noqa: ARG002
        dropout: Dropout | None = None,
    ) -> WordFeatures:
        """The encoder's features of each word; there are no pairs."""
        return self.encoder.sequences(self.embedding.view(ids), mask, dropout)

    @staticmethod
    def losses(
        logits: Float[Array, "batch length classes"],
        labels: Int[Array, "tokens"],
        batch: Batch,
        weights: Weights = None,
    ) -> Losses:
        """The loss in nats, a mean over the batch's tokens."""
        own = labels.at[batch.positions].get(mode="clip")
        return (mean_nll(logits, own, batch.mask, weights),)

    @staticmethod
    def logits_shape(texts: int, tokens: int, classes: int) -> tuple[int, ...]:  # noqa: ARG004
        """One row for each token."""
        return tokens, classes

    @staticmethod
    def targets(batch: Batch) -> Int[Array, "batch length"]:
        """Where each token stands."""
        return batch.token_targets
