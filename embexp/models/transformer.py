"""The encoder of a transformer, with normalisation before each sub-layer."""

from functools import partial
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
import numpy as np
from flax import nnx
from jaxtyping import Array, Float

from embexp.errors import InputError
from embexp.models.arrays import Mask, TextFeatures, WordFeatures
from embexp.models.attention import weights
from embexp.models.dropout import Dropout, Share
from embexp.models.encoder import HIDDEN_SIZE, Encoder, Layers
from embexp.models.initialisers import initialisers_of
from embexp.models.mean import mean
from embexp.models.shapes import size
from embexp.models.views import Given, View
from embexp.parameters import Parameter, Range, Width

States = Float[Array, "tokens hidden"]
"""Of all positions of a batch, text by text; one axis, as gradients over two are slow on CPU."""
SLOWEST = 10_000.0
"""By how much the slowest sinusoid is slower than the fastest (Vaswani et al. 2017)."""


class Transformer(Encoder):
    """Layers of self-attention and feed-forward networks; a text is the mean of its words.

    Vaswani et al. (2017, section 3) with layer normalisation before each sub-layer and once
    after the last (Xiong et al. 2020, figure 1b). Words are projected to `hidden_size`
    numbers, times its root (section 3.4), and the sinusoids of their positions are added
    (section 3.5), which count the words of a text and not its padding. Training drops
    numbers of these sums and of what each sub-layer adds (section 5.4). An empty text gives
    zeros.
    """

    parameters: ClassVar = {
        "hidden_size": HIDDEN_SIZE,
        "heads": Parameter(Width, 4, "attention heads of each transformer layer"),
        "layers": Parameter(Layers, 2, "transformer layers, one above another"),
        "feed_forward_size": Parameter(
            Width, 400, "hidden units of each transformer layer's feed-forward network"
        ),
        "residual_dropout": Parameter(
            Share,
            0.1,
            "share of what a transformer's sub-layer adds that training drops",
            traced=True,
            search=Range(0.0, 0.3, log=False),
        ),
    }
    rates: ClassVar[Range] = Range(1e-4, 1e-2)

    def __init__(
        self,
        dim: int,
        *,
        hidden_size: int = 100,
        heads: int = 4,
        layers: int = 2,
        feed_forward_size: int = 400,
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Draws all weights.

        Args:
            hidden_size: the width of each layer, and the length of the features.
            heads: into how many parts attention cuts it.
            layers: how many there are.
            feed_forward_size: the width between both products of a feed-forward network.

        Raises:
            InputError: the heads do not divide the hidden size.
        """
        super().__init__(dim, hidden_size, hidden_size)
        if hidden_size % size("heads", heads):
            raise InputError(
                f"heads={heads} cannot share hidden_size={hidden_size} evenly; "
                "make hidden_size a multiple of heads"
            )
        draw = initialisers_of(initialisers).weights
        self.inputs = nnx.Param(draw(rngs.params(), (dim, hidden_size)))
        between = size("feed_forward_size", feed_forward_size)
        self.layers = nnx.List(
            Layer(hidden_size, heads, between, draw, rngs) for _ in range(size("layers", layers))
        )
        self.norm = normalisation(hidden_size, rngs)

    def encode(self, words: View, mask: Mask, dropout: Dropout | None = None) -> TextFeatures:
        """The mean of the words' features."""
        return mean(Given(self.encode_tokens(words, mask, dropout)), mask)

    def encode_tokens(
        self, words: View, mask: Mask, dropout: Dropout | None = None
    ) -> WordFeatures:
        """The last layer's features of each word."""
        width = self.hidden_size
        entering = words.project(self.inputs[...]) * width**0.5 + sinusoids(mask, width)
        states = jnp.where(mask[:, :, None], entering, 0.0).reshape(-1, width)
        states = dropped(dropout, 0, states)
        for number, layer in enumerate(self.layers):
            states = layer(states, mask, dropout, 2 * number + 1)
        return self.norm(states).reshape(*mask.shape, width)

    def floats_per_token(self, width: int = 1) -> int:
        """Numbers that a training step keeps for each token: of each layer, and its attention."""
        layer = self.layers[0]
        between = layer.wider.out_features
        each = 10 * self.hidden_size + 3 * between + 4 * layer.heads * width
        return 2 * self.dim + 3 * self.hidden_size + each * len(self.layers)


class Layer(nnx.Module):
    """Self-attention, then a feed-forward network; both add to what they read."""

    def __init__(self, width: int, heads: int, between: int, draw: Any, rngs: nnx.Rngs) -> None:
        """Args: width: of the states. between: of the feed-forward network's hidden layer."""
        dense = partial(nnx.Linear, kernel_init=draw, rngs=rngs)
        self.heads = heads
        self.before_attention = normalisation(width, rngs)
        self.queries, self.values = dense(width, width), dense(width, width)
        self.keys = dense(width, width, use_bias=False)  # adds the same to all of a query's scores
        self.output = dense(width, width)
        self.before_forward = normalisation(width, rngs)
        self.wider, self.narrower = dense(width, between), dense(between, width)

    def __call__(self, states: States, mask: Mask, dropout: Dropout | None, place: int) -> States:
        """The states after the layer; it drops at two places, of which this is the first."""
        states = states + dropped(dropout, place, self.attended(states, mask))
        inner = jax.nn.relu(self.wider(self.before_forward(states)))
        return states + dropped(dropout, place + 1, self.narrower(inner))

    def attended(self, states: States, mask: Mask) -> States:
        """What attention adds: softmax(QKᵀ/√d) V of each head, over a text's words."""
        normal = self.before_attention(states)
        q, k, v = (
            each(normal).reshape(*mask.shape, self.heads, -1)
            for each in (self.queries, self.keys, self.values)
        )
        scores = jnp.einsum("bqhd,bkhd->bhqk", q, k) * q.shape[-1] ** -0.5
        shares = of_heads(scores, mask)
        mixed = jnp.einsum("bhqk,bkhd->bqhd", shares, v)
        return self.output(mixed.reshape(states.shape))


of_heads = jax.vmap(jax.vmap(weights, (1, None), 1), (1, None), 1)
"""The softmax over unmasked keys, for scores (batch, heads, queries, keys)."""


def normalisation(width: int, rngs: nnx.Rngs) -> nnx.LayerNorm:
    """Layer normalisation (Ba et al. 2016), its variance taken about the mean."""
    return nnx.LayerNorm(width, epsilon=1e-5, use_fast_variance=False, rngs=rngs)


def dropped(dropout: Dropout | None, place: int, states: States) -> States:
    """The states after the residual dropout of one place, if there is any."""
    return states if dropout is None else dropout.of("residual_dropout", place, states)


def sinusoids(mask: Mask, width: int) -> WordFeatures:
    """What stands for the position of each word in its text: sines, then cosines.

    sin(p / 10000^(2i/width)) and the cosine, for i below width / 2 (Vaswani et al. 2017,
    section 3.5, where both take turns).
    """
    half = -(-width // 2)
    slowness = jnp.asarray(SLOWEST ** (-2 * np.arange(half) / width), jnp.float32)
    places = mask.cumsum(axis=1, dtype=jnp.float32) - 1.0
    angles = places[:, :, None] * slowness[None, None, :]
    return jnp.concatenate([jnp.sin(angles), jnp.cos(angles)], axis=-1)[:, :, :width]
