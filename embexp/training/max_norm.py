"""A unit's weights where the head reads features, held to a largest norm after each step.

Hinton et al. (2012, "Improving neural networks by preventing co-adaptation of feature
detectors") constrain weights so beside dropout, and Kim (2014, section 2.1) does with a norm of 3.
"""

from functools import partial
from typing import Any

import jax.numpy as jnp
from jaxtyping import Array, Float

from embexp.training.static import StaticConfig


def held(static: StaticConfig, params: Any) -> Any:
    """The parameters, each unit's weights at most `max_norm` long.

    Biases stay as they are. Without a largest norm nothing is computed.
    """
    largest = static.max_norm
    return params if largest is None else static.with_heads(params, partial(bounded, largest))


def bounded(largest: float, layer: dict[str, Array]) -> dict[str, Array]:
    """A dense layer whose columns, one for each unit, are no longer than that."""
    kernel: Float[Array, "features classes"] = layer["kernel"]
    norms = jnp.linalg.norm(kernel, axis=0)
    return {**layer, "kernel": kernel * jnp.where(norms > largest, largest / norms, 1.0)}
