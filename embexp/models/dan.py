"""The deep averaging network of Iyyer et al. (2015)."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from embexp.models.arrays import Mask, TextFeatures
from embexp.models.dropout import Dropout, Share
from embexp.models.encoder import HIDDEN_SIZE, Encoder, Layers
from embexp.models.initialisers import initialisers_of
from embexp.models.mean import mean
from embexp.models.shapes import size
from embexp.models.views import View
from embexp.parameters import Parameter, Range


class DAN(Encoder):
    """Hidden layers of ReLUs over the mean of a text's words, some of which training drops.

    Iyyer et al. (2015, section 3): z₀ is the mean of the words' vectors and
    zᵢ = f(Wᵢ zᵢ₋₁ + bᵢ) for each layer. In training each word is left out of the mean with
    the probability `word_dropout` (section 3.1); a text that would lose all its words keeps
    them. An empty text gives zeros.
    """

    parameters: ClassVar = {
        "hidden_size": HIDDEN_SIZE,
        "layers": Parameter(Layers, 3, "hidden layers over the mean"),
        "word_dropout": Parameter(
            Share,
            0.3,
            "share of words that training leaves out of a text's mean",
            traced=True,
            search=Range(0.0, 0.5, log=False),
        ),
    }

    def __init__(
        self,
        dim: int,
        *,
        hidden_size: int = 100,
        layers: int = 3,
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Draws the layers.

        Args:
            hidden_size: the width of each layer, and the length of the features.
            layers: how many there are.
        """
        super().__init__(dim, hidden_size, hidden_size)
        draw = initialisers_of(initialisers).weights
        widths = [dim] + [hidden_size] * (size("layers", layers) - 1)
        self.layers = nnx.List(
            nnx.Linear(width, hidden_size, kernel_init=draw, rngs=rngs) for width in widths
        )

    def encode(self, words: View, mask: Mask, dropout: Dropout | None = None) -> TextFeatures:
        """The last layer's features of each text."""
        features = mean(words, mask if dropout is None else remaining(mask, dropout))
        for layer in self.layers:
            features = jax.nn.relu(layer(features))
        return jnp.where(mask.any(axis=1)[:, None], features, 0.0)

    def flops_per_token(self) -> int:
        """Those of its part in the mean: the layers see each text once."""
        return 6 * self.dim

    def floats_per_token(self, width: int = 1) -> int:  # noqa: ARG002
        """As of the mean alone."""
        return 3 * self.dim


def remaining(mask: Mask, dropout: Dropout) -> Mask:
    """The words that stay in a step of training: one of each text at least, or all of them."""
    kept = mask & dropout.kept("word_dropout", mask.shape)
    return jnp.where(kept.any(axis=1)[:, None], kept, mask)
