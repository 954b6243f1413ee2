"""Self-attention of Lin et al. (2017), over words or over the states of an LSTM."""

from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from flax import nnx

from embexp.models.arrays import Mask, TextFeatures, WordWeights
from embexp.models.dropout import Dropout, Share
from embexp.models.encoder import HIDDEN_SIZE, Encoder
from embexp.models.initialisers import initialisers_of
from embexp.models.lstm import LSTM
from embexp.models.recurrent import LAYERS, Recurrent, RecurrentLayers
from embexp.models.shapes import size
from embexp.models.views import Given, View
from embexp.parameters import Parameter, Width


class Attention(Encoder):
    """A weighted mean of a text's words, weighted by what the words themselves say.

    Lin et al. (2017, equations 5 and 6, without the penalty): weights = softmax over
    time of tanh(H W₁) w₂ and features = Σ_t weights_t H_t, once for each hop. With one
    hop it is the additive attention of Yang et al. (2016) without its bias. H has the
    words' vectors, and then the order of words does not matter, or the states of `over`,
    as in Lin et al. An empty text gives zeros.
    """

    parameters: ClassVar = {
        "hidden_size": HIDDEN_SIZE,
        "hops": Parameter(Width, 1, "weighted means that attention takes of a text"),
    }

    def __init__(
        self,
        dim: int,
        *,
        hidden_size: int = 100,
        hops: int = 1,
        over: Recurrent | None = None,
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Draws the weights W₁ and w₂.

        Args:
            hidden_size: the width of the hidden layer that finds the weights.
            over: the recurrent encoder whose states are attended over.
        """
        attended = over.output_size if over else dim
        super().__init__(dim, attended * size("hops", hops), hidden_size)
        draw = initialisers_of(initialisers).weights
        self.over = over
        self.hidden = nnx.Param(draw(rngs.params(), (attended, hidden_size)))
        self.scores = nnx.Param(draw(rngs.params(), (hidden_size, hops)))

    def encode(self, words: View, mask: Mask) -> TextFeatures:
        """The weighted means of the words, or of their states."""
        return self.means(Given(self.over.encode_tokens(words, mask)) if self.over else words, mask)

    def means(self, attended: View, mask: Mask) -> TextFeatures:
        """The weighted means of what is attended over, hop by hop."""
        scores = Given(jnp.tanh(attended.project(self.hidden[...]))).project(self.scores[...])
        return jnp.concatenate(
            [
                attended.weighted_sum(weights(scores[:, :, hop], mask))
                for hop in range(scores.shape[2])
            ],
            axis=1,
        )


class BiLSTMAttention(Attention):
    """Self-attention over the states of a bidirectional LSTM (Lin et al. 2017).

    Training can drop numbers of the words' vectors and of the states, as Flax's example for
    SST-2 does.
    """

    parameters: ClassVar = {
        **Attention.parameters,
        "layers": LAYERS,
        "state_dropout": Parameter(
            Share,
            0.0,
            "share of the numbers of words, and of their states, that training drops",
            traced=True,
        ),
    }

    def __init__(
        self,
        dim: int,
        *,
        layers: int = 1,
        hops: int = 1,
        **settings: Any,
    ) -> None:
        """The arguments of `Attention` without `over`, and `layers` of the LSTM.

        `hidden_size` is the LSTM's in each direction, too.
        """
        over = RecurrentLayers(LSTM, 2)(dim, layers=layers, **settings)
        super().__init__(dim, hops=hops, over=over, **settings)

    def encode(self, words: View, mask: Mask, dropout: Dropout | None = None) -> TextFeatures:
        """The weighted means of the states."""
        if dropout is None or self.over is None:
            return super().encode(words, mask)
        read = Given(dropout.of("state_dropout", 0, words.vectors))
        states = dropout.of("state_dropout", 1, self.over.encode_tokens(read, mask))
        return self.means(Given(states), mask)


def weights(scores: WordWeights, mask: Mask) -> WordWeights:
    """The softmax of the scores over unmasked positions; all zero for an empty text."""
    highest = jax.lax.stop_gradient(jnp.where(mask, scores, -jnp.inf).max(axis=1, keepdims=True))
    raised = jnp.where(mask, jnp.exp(jnp.where(mask, scores - highest, 0.0)), 0.0)
    return raised * (1.0 / jnp.where(mask.any(axis=1), raised.sum(axis=1), 1.0))[:, None]
