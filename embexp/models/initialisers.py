"""Names into the numbers that layers start from: as Keras draws them, or as flax does."""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax.nn.initializers import glorot_uniform, lecun_normal, orthogonal, variance_scaling
from jaxtyping import Array, Float

from embexp.errors import unknown

Draw = Callable[..., Array]


def orthogonal_each(key: Array, hidden: int, gates: int) -> Float[Array, "hidden all"]:
    """A rotation for each gate."""
    keys = jax.random.split(key, gates)
    return jnp.concatenate([orthogonal()(each, (hidden, hidden)) for each in keys], axis=1)


class Initialisers(NamedTuple):
    """What a layer's parameters start from; biases are zero but for the forget gate's.

    table, weights: called with a key and a shape. recurrent: with a key, the hidden
    units and the number of gates.
    """

    table: Draw
    weights: Draw
    recurrent: Callable[[Array, int, int], Array]
    forget_bias: float


INITIALISERS: dict[str, Initialisers] = {
    "keras": Initialisers(
        lambda key, shape: jax.random.uniform(key, shape, minval=-0.05, maxval=0.05),
        glorot_uniform(),
        # orthonormal rows for all gates together: each gate's part alone is no rotation
        lambda key, hidden, gates: orthogonal()(key, (hidden, gates * hidden)),
        forget_bias=1.0,
    ),
    "flax": Initialisers(
        variance_scaling(1.0, "fan_in", "normal", out_axis=0),
        lecun_normal(),
        orthogonal_each,
        forget_bias=0.0,
    ),
}
"""By name. Keras: a table in ±.05, Glorot uniform weights, an open forget gate
(Jozefowicz et al. 2015, section 2.2); flax: `nnx.Embed`, LeCun normal weights, all
biases zero."""


def initialisers_of(name: str) -> Initialisers:
    """The initialisers of that name."""
    if name not in INITIALISERS:
        raise unknown("set of initialisers", name, INITIALISERS)
    return INITIALISERS[name]
