"""Dropout: which numbers a step of training puts to zero, and by which rates."""

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float
from pydantic import Field

Rate = float | Float[Array, ""]
Share = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
"""The type of a rate in a spec."""


def drop(
    key: Array, rate: Rate, values: Float[Array, "*places features"]
) -> Float[Array, "*places features"]:
    """The values with a share put to zero, and the others enlarged so that their mean stays."""
    drawn = jax.random.bernoulli(key, 1.0 - rate, values.shape)
    return jnp.where(drawn, values * (1.0 / (1.0 - rate)), 0.0)  # a product: see `Mean`


class Dropout(NamedTuple):
    """What an encoder drops in a step of training; without one nothing is dropped.

    key: draws what is dropped, another one in each step.
    rates: shares in [0, 1), by the name of the parameter that the encoder declares.
    """

    key: Array
    rates: Mapping[str, Rate]

    def kept(self, name: str, shape: tuple[int, ...]) -> Bool[Array, "..."]:
        """Which places of such a shape are kept under the rate of that name."""
        return jax.random.bernoulli(self.key, 1.0 - self.rates[name], shape)

    def of(
        self, name: str, place: int, values: Float[Array, "*places features"]
    ) -> Float[Array, "*places features"]:
        """The values after dropout at the rate of that name.

        Args:
            place: which of the encoder's places; each draws for itself.
        """
        return drop(jax.random.fold_in(self.key, place), self.rates[name], values)
