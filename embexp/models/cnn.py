"""The convolutional network of Kim (2014)."""

from collections.abc import Sequence
from typing import ClassVar

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.models.encoder import HIDDEN_SIZE, Count, Encoder
from embexp.models.initialisers import initialisers as starts
from embexp.models.shapes import size
from embexp.models.views import View
from embexp.parameters import Parameter


class CNN(Encoder):
    """ReLU feature maps over windows of several widths, and their maximum over time.

    Kim (2014, section 2); an empty text gives zeros. A window counts if it covers at
    least one word, so that every word meets every weight of a filter (Kim pads by
    width − 1).
    """

    parameters: ClassVar = {
        "hidden_size": HIDDEN_SIZE,
        "windows": Parameter(tuple[Count, ...], (3, 4, 5), "widths of a CNN's windows, in words"),
    }

    def __init__(
        self,
        dim: int,
        *,
        hidden_size: int = 100,
        windows: Sequence[int] = (3, 4, 5),
        initialisers: str = "keras",
        rngs: nnx.Rngs,
    ) -> None:
        """Draws the filters.

        Args:
            hidden_size: feature maps of each width.
            windows: the widths, in words; one that is given twice counts once.
        """
        self.windows = tuple(sorted({size("windows", width) for width in windows}))
        super().__init__(dim, hidden_size * len(self.windows), hidden_size)
        draw = starts(initialisers).weights
        self.filters = nnx.Dict(
            {
                str(width): nnx.Param(draw(rngs.params(), (width, dim, hidden_size)))
                for width in self.windows
            }
        )
        self.biases = nnx.Dict(
            {str(width): nnx.Param(jnp.zeros(hidden_size)) for width in self.windows}
        )

    def encode(
        self, words: View, mask: Bool[Array, "batch length"]
    ) -> Float[Array, "batch features"]:
        """The maxima of each width's maps, the narrowest windows first."""
        maps = [
            largest(self.filters[str(width)][...], self.biases[str(width)][...], words, mask)
            for width in self.windows
        ]
        return jnp.concatenate(maps, axis=1)


def largest(
    filters: Float[Array, "width dim maps"],
    bias: Float[Array, "maps"],
    words: View,
    mask: Bool[Array, "batch length"],
) -> Float[Array, "batch maps"]:
    """Each map's largest response to a window that covers a word, and zero at least."""
    width, places = len(filters), mask.shape[1] + len(filters) - 1
    covers = jnp.pad(mask, ((0, 0), (width - 1, width - 1)))
    covered = jnp.stack([covers[:, first : first + places] for first in range(width)]).any(axis=0)
    responses = jax.nn.relu(words.convolve(filters, mask) + bias)
    return jnp.where(covered[:, :, None], responses, 0.0).max(axis=1)
