"""The convolutional network of Kim (2014)."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import jax.numpy as jnp
from flax import nnx
from pydantic import Field

from embexp.models.arrays import Mask, TextFeatures
from embexp.models.encoder import HIDDEN_SIZE, Encoder
from embexp.models.initialisers import initialisers_of
from embexp.models.shapes import size
from embexp.models.views import View
from embexp.parameters import Parameter, Width


class CNN(Encoder):
    """ReLU feature maps over windows of several widths, and their maximum over time.

    Kim (2014, section 2); an empty text gives zeros. A window counts if it covers at
    least one word, so that every word meets every weight of a filter (Kim pads by
    width − 1).
    """

    parameters: ClassVar = {
        "hidden_size": HIDDEN_SIZE,
        "windows": Parameter(
            Annotated[tuple[Width, ...], Field(min_length=1, max_length=100)],
            (3, 4, 5),
            "widths of a CNN's windows, in words",
        ),
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
        draw = initialisers_of(initialisers).weights
        self.filters, self.biases = nnx.Dict(), nnx.Dict()
        for width in self.windows:
            shape = (width, dim, hidden_size)
            self.filters[str(width)] = nnx.Param(draw(rngs.params(), shape))
            self.biases[str(width)] = nnx.Param(jnp.zeros(hidden_size))

    def encode(self, words: View, mask: Mask) -> TextFeatures:
        """The maxima of each width's maps, the narrowest windows first."""
        found = [
            words.largest(self.filters[str(width)][...], self.biases[str(width)][...], mask)
            for width in self.windows
        ]
        return jnp.concatenate(found, axis=1)
