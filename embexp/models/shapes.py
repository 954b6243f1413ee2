"""Checks of sizes and ids that users give."""

from numbers import Integral

import jax.numpy as jnp

from embexp.errors import InputError
from embexp.models.arrays import Ids


def size(name: str, value: object) -> int:
    """The value, if it is a size: a whole number, at least 1, and no truth value.

    Raises:
        InputError: anything else, in a sentence with the argument's name.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise InputError(f"{name}={value!r} is no size; give a whole number, 1 or more")
    return int(value)


def whole(ids: Ids, rows: int) -> Ids:
    """The ids, if they are integers; floats are refused, since a lookup would cut them."""
    if not jnp.issubdtype(ids.dtype, jnp.integer):
        raise InputError(
            f"ids are whole numbers from 0 to {rows - 1}, not {ids.dtype}; encode the texts first"
        )
    return ids
