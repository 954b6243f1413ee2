"""A text's word vectors into one vector of features; padding on either side, and how
much of it, changes nothing.

Every encoder is called with `vectors` (batch, length, dim) and `keep` (batch, length),
true where a word stands, and returns (batch, features); `encode` does the same for any
view of words (`embexp.models.table`). An empty text gives finite features and
gradients.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.models.encoder import Encoder
from embexp.models.initialisers import initialisers as starts
from embexp.models.recurrent import RECURRENT, Recurrent
from embexp.models.table import Given, Words


class Mean(Encoder):
    """Means over kept positions; an empty text gives zeros. Has no parameters;
    `features` is the dim of the table.
    """

    def __init__(
        self,
        dim: int,
        *,
        features: int = 0,
        windows: Sequence[int] = (),
        layers: int = 1,
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        self.features = dim

    def encode(self, words: Words, keep: Bool[Array, "batch length"]) -> Float[Array, "batch dim"]:
        """The mean vector of each text."""
        # XLA makes a division by a broadcast number a product in some programs only,
        # and a cell's bits would depend on its neighbours.
        return (
            words.pool(keep.astype(jnp.float32)) * (1.0 / jnp.maximum(keep.sum(axis=1), 1))[:, None]
        )


class CNN(Encoder):
    """ReLU feature maps of windows of several widths, the largest over time (Kim 2014,
    section 2); an empty text gives zeros.

    A window counts where it covers at least one word, so every word meets every weight
    of the filter (Kim pads by width − 1). Two channels share their filters: Kim adds
    each filter's responses to both, which is its response to the sum of the channels.
    """

    def __init__(
        self,
        dim: int,
        *,
        features: int = 100,
        windows: Sequence[int] = (3, 4, 5),
        layers: int = 1,
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Args: features: maps for each width. windows: the widths, in words; one that
        stands twice counts once.
        """
        initial, self.windows = starts(initialisers).weights, tuple(sorted(set(windows)))
        self.features = features * len(self.windows)
        self.filters = nnx.Dict(
            {
                str(width): nnx.Param(initial(rngs.params(), (width, dim, features)))
                for width in self.windows
            }
        )
        self.biases = nnx.Dict(
            {str(width): nnx.Param(jnp.zeros(features)) for width in self.windows}
        )

    def encode(
        self, words: Words, keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch features"]:
        """The maps of the narrowest windows first."""
        maps = [
            largest(self.filters[str(width)][...], self.biases[str(width)][...], words, keep)
            for width in self.windows
        ]
        return jnp.concatenate(maps, axis=1)


def largest(
    filters: Float[Array, "width dim maps"],
    bias: Float[Array, "maps"],
    words: Words,
    keep: Bool[Array, "batch length"],
) -> Float[Array, "batch maps"]:
    """The largest response of each map over all windows of one width that cover a word,
    zero at least.
    """
    width, places = len(filters), keep.shape[1] + len(filters) - 1
    covers = jnp.pad(keep, ((0, 0), (width - 1, width - 1)))
    covered = jnp.stack([covers[:, first : first + places] for first in range(width)]).any(axis=0)
    return jnp.where(covered[:, :, None], jax.nn.relu(words.slide(filters, keep) + bias), 0.0).max(
        axis=1
    )


class Attention(Encoder):
    """A weighted mean of a text's words, the weights found from the words themselves;
    an empty text gives zeros.

    Lin et al. (2017, equations 5 and 6, without the penalty): shares = softmax over
    time of tanh(H W₁) w₂, features = Σ_t shares_t H_t, once for each hop; with one hop,
    the additive attention of Yang et al. (2016) without its bias. H is the words'
    vectors (the order of words then does not matter) or, with `over`, the states of a
    recurrent encoder, as in Lin et al.
    """

    def __init__(
        self,
        dim: int,
        *,
        features: int = 100,
        windows: Sequence[int] = (),
        hops: int = 1,
        over: Callable[..., Recurrent] | None = None,
        layers: int = 1,
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Args: features: width of the hidden layer that gives the weights, and of
        `over`. over: makes what it attends over.
        """
        initial = starts(initialisers).weights
        if over is not None:
            self.over = over(
                dim, features=features, layers=layers, initialisers=initialisers, rngs=rngs
            )
            dim = self.over.features
        else:
            self.over = None
        self.features = hops * dim
        self.hidden = nnx.Param(initial(rngs.params(), (dim, features)))
        self.scores = nnx.Param(initial(rngs.params(), (features, hops)))

    def encode(
        self, words: Words, keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch features"]:
        """The weighted means, hop by hop."""
        attended = words if self.over is None else Given(self.over.each(words, keep))
        scores = Given(jnp.tanh(attended.project(self.hidden[...]))).project(self.scores[...])
        return jnp.concatenate(
            [attended.pool(shares(scores[:, :, hop], keep)) for hop in range(scores.shape[2])],
            axis=1,
        )


def shares(
    scores: Float[Array, "batch length"], keep: Bool[Array, "batch length"]
) -> Float[Array, "batch length"]:
    """Softmax over kept positions; none where an empty text has none."""
    highest = jax.lax.stop_gradient(jnp.where(keep, scores, -jnp.inf).max(axis=1, keepdims=True))
    risen = jnp.where(keep, jnp.exp(jnp.where(keep, scores - highest, 0.0)), 0.0)
    return risen * (1.0 / jnp.where(keep.any(axis=1), risen.sum(axis=1), 1.0))[:, None]


ENCODERS: dict[str, Callable[..., Encoder]] = {
    "mean": Mean,
    "attention": Attention,
    "cnn": CNN,
    **RECURRENT,
    "bilstm-attention": partial(Attention, over=RECURRENT["bilstm"]),
}
"""Encoders by name; each is made by `ENCODERS[name](dim, features=…, windows=…,
layers=…, initialisers=…, rngs=…)` and ignores what it has no use for."""
