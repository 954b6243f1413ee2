"""One label for each text."""

from embexp.models.model import Model


class Classifier(Model):
    """Classifies texts: a linear head over the encoder's features.

    Called with ids and mask (batch, length), it gives logits (batch, classes), never
    probabilities. The one output z of a sigmoid comes as (0, z).

    >>> import jax.numpy as jnp
    >>> from flax import nnx
    >>> from embexp.models import LSTM, Embedding
    >>> rngs = nnx.Rngs(0)
    >>> model = Classifier(
    ...     Embedding(5000, 32, rngs=rngs), LSTM(32, hidden_size=100, rngs=rngs), 2, rngs=rngs
    ... )
    >>> ids = jnp.array([[4, 17, 6], [9, 0, 0]])
    >>> model(ids, ids != 0).shape
    (2, 2)
    """
