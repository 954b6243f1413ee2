"""One label for each text, which has numbers beside it."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Int

from embexp.models.arrays import TextFeatures
from embexp.models.batch import Batch
from embexp.models.embedding import Embedding
from embexp.models.encoder import Encoder
from embexp.models.model import Losses, Model, Weights


class TwoOutputs(Model):
    """Classifies texts with numbers beside them twice: with the numbers, and without.

    The main output reads the text's features and the numbers through ReLU layers; the
    auxiliary one reads the features alone and has the same classes. Its loss keeps the
    text's part learning, whatever the numbers tell. Logits are (batch, 2, classes), the
    main ones first.

    >>> from embexp.models import LSTM
    >>> rngs = nnx.Rngs(0)
    >>> encoder = LSTM(3, hidden_size=4, rngs=rngs)
    >>> model = TwoOutputs(Embedding(6, 3, rngs=rngs), encoder, 2, extra=5, rngs=rngs)
    >>> ids = jnp.array([[1, 2, 3, 4], [5, 2, 0, 0]])
    >>> model(ids, ids != 0, jnp.ones((2, 5))).shape
    (2, 2, 2)
    """

    uses_extra = True
    first_layers = (("auxiliary",), ("layers", 0))

    def __init__(
        self,
        embedding: Embedding,
        encoder: Encoder,
        classes: int,
        extra: int,
        *,
        hidden: Sequence[int] = (64, 64, 64),
        **settings: Any,
    ) -> None:
        """Args: hidden: the widths of the ReLU layers. The others are those of `Model`."""
        self.hidden = tuple(hidden)
        super().__init__(embedding, encoder, classes, extra, **settings)

    def make_head(self, outputs: int, dense: Callable[[int, int], nnx.Linear]) -> None:
        """Draws the auxiliary output, then the layers to the main one."""
        features = self.width
        self.auxiliary = dense(features, outputs)
        widths = (features + self.extra, *self.hidden, outputs)
        self.layers = nnx.List(dense(*pair) for pair in pairwise(widths))

    def outputs(self, features: TextFeatures, extra: Any) -> Float[Array, "batch 2 outputs"]:
        """The main and the auxiliary outputs."""
        main = jnp.concatenate([features, extra], axis=1)
        for layer in self.layers[:-1]:
            main = jax.nn.relu(layer(main))
        return jnp.stack([self.layers[-1](main), self.auxiliary(features)], axis=1)

    @staticmethod
    def losses(
        logits: Float[Array, "batch 2 classes"],
        labels: Int[Array, "texts"],
        batch: Batch,
        weights: Weights = None,
    ) -> Losses:
        """The losses of both outputs in nats; both have the text's label."""
        (main,) = Model.losses(logits[:, 0], labels, batch, weights)
        return main, *Model.losses(logits[:, 1], labels, batch, weights)

    @staticmethod
    def logits_shape(texts: int, tokens: int, classes: int) -> tuple[int, ...]:  # noqa: ARG004
        """Two rows for each text."""
        return texts, 2, classes
