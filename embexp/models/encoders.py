"""A text's word vectors into one vector of features; padding on either side, and how much of it, changes nothing.

Every encoder is called with `vectors` (batch, length, dim) and `keep` (batch, length), true where a word stands, and
returns (batch, features). An empty text gives finite features and gradients.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.models.recurrence import lstm


class Mean(nnx.Module):
    """Means over kept positions; an empty text gives zeros. Has no parameters; `features` is the dim of the table."""

    def __init__(self, dim: int, *, features: int = 0, windows: tuple[int, ...] = (), rngs: nnx.Rngs) -> None:
        self.features = dim

    def __call__(self, vectors: Float[Array, "batch length dim"], keep: Bool[Array, "batch length"]) -> Float[Array, "batch dim"]:
        """The mean vector of each text."""
        kept = jnp.where(keep[:, :, None], vectors, 0.0)
        # XLA makes a division by a broadcast number a product in some programs only, and a cell's bits would depend on its neighbours.
        return kept.sum(axis=1) * (1.0 / jnp.maximum(keep.sum(axis=1), 1))[:, None]


class CNN(nnx.Module):
    """ReLU feature maps of windows of several widths, the largest over time (Kim 2014, section 2); an empty text gives zeros.

    A window counts where it covers at least one word, so every word meets every weight of the filter (Kim pads by width − 1).
    Written as a sum of shifted products, not `lax.conv`, which is slow on CPU inside a compiled loop.
    """

    def __init__(self, dim: int, *, features: int = 100, windows: tuple[int, ...] = (3, 4, 5), rngs: nnx.Rngs) -> None:
        """Args: features: maps for each width. windows: the widths, in words; one that stands twice counts once."""
        initial, self.windows = jax.nn.initializers.glorot_uniform(), tuple(sorted(set(windows)))
        self.features = features * len(self.windows)
        self.filters = nnx.Dict({str(width): nnx.Param(initial(rngs.params(), (width, dim, features))) for width in self.windows})
        self.biases = nnx.Dict({str(width): nnx.Param(jnp.zeros(features)) for width in self.windows})

    def __call__(self, vectors: Float[Array, "batch length dim"], keep: Bool[Array, "batch length"]) -> Float[Array, "batch features"]:
        """The maps of the narrowest windows first."""
        kept = jnp.where(keep[:, :, None], vectors, 0.0)
        maps = [largest(self.filters[str(width)][...], self.biases[str(width)][...], kept, keep) for width in self.windows]
        return jnp.concatenate(maps, axis=1)


def largest(
    filters: Float[Array, "width dim maps"],
    bias: Float[Array, "maps"],
    kept: Float[Array, "batch length dim"],
    keep: Bool[Array, "batch length"],
) -> Float[Array, "batch maps"]:
    """The largest response of each map over all windows of one width that cover a word, zero at least."""
    width = filters.shape[0]
    beside = ((0, 0), (width - 1, width - 1))
    padded, covers, places = jnp.pad(kept, (*beside, (0, 0))), jnp.pad(keep, beside), kept.shape[1] + width - 1
    responses = sum((padded[:, j : j + places] @ filters[j] for j in range(width)), start=bias)
    covered = jnp.stack([covers[:, j : j + places] for j in range(width)]).any(axis=0)
    return jnp.where(covered[:, :, None], jax.nn.relu(responses), 0.0).max(axis=1)


class LSTM(nnx.Module):
    """The state after the last word of a text (Hochreiter & Schmidhuber 1997, with forget gates); an empty text gives zeros.

    Gates stand in the order input, forget, candidate, output. As in Keras, input weights are Glorot uniform, recurrent
    weights orthogonal, biases zero but for the forget gate's, which are one (Jozefowicz et al. 2015, section 2.2).
    """

    def __init__(self, dim: int, *, features: int = 100, windows: tuple[int, ...] = (), rngs: nnx.Rngs) -> None:
        """Args: features: the number of hidden units."""
        self.features = features
        glorot, orthogonal = jax.nn.initializers.glorot_uniform(), jax.nn.initializers.orthogonal()
        self.inputs = nnx.Param(glorot(rngs.params(), (dim, 4 * features)))
        self.recurrent = nnx.Param(orthogonal(rngs.params(), (features, 4 * features)))
        self.bias = nnx.Param(jnp.zeros(4 * features).at[features : 2 * features].set(1.0))

    def __call__(self, vectors: Float[Array, "batch length dim"], keep: Bool[Array, "batch length"]) -> Float[Array, "batch hidden"]:
        """The last hidden state of each text."""
        projected = vectors.swapaxes(0, 1) @ self.inputs[...] + self.bias[...]
        return lstm(projected, keep.T, self.recurrent[...])[-1]


ENCODERS: dict[str, Callable[..., Mean | CNN | LSTM]] = {"mean": Mean, "cnn": CNN, "lstm": LSTM}
"""Encoders by name; each is made by `ENCODERS[name](dim, features=…, windows=…, rngs=…)` and ignores what it has no use for."""
