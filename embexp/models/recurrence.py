"""What the recurrent scans share.

Autodiff of `lax.scan` sums the recurrent weights' gradient step by step and keeps every
intermediate. Each recurrent layer here has a scan with a gradient of its own: the
backward scan gives the gates' gradients only, and the weights' gradient is one product
over all steps.

All scans take `projected` (length, batch, gates · hidden) and `mask` (length, batch);
where the mask is false the state stays as it was. They start from zeros and give the
state after each step.
"""

import jax.numpy as jnp
from jaxtyping import Array, Float

Pair = tuple[Array, Array]


def before(states: Float[Array, "length batch hidden"]) -> Float[Array, "length batch hidden"]:
    """The state that each step began with."""
    return jnp.concatenate([jnp.zeros_like(states[:1]), states[:-1]])


def over_steps(
    one: Float[Array, "length batch left"], other: Float[Array, "length batch right"]
) -> Float[Array, "left right"]:
    """One product over all steps and texts, which is the gradient of weights.

    It is one of two matrices, as XLA is slow on CPU if two axes are summed over.
    """
    return one.reshape(-1, one.shape[2]).T @ other.reshape(-1, other.shape[2])
