"""Eigenvalues and eigenvectors in programs that are mapped over runs."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float


@jax.custom_batching.sequential_vmap
def eigh(
    matrix: Float[Array, "size size"],
) -> tuple[Float[Array, "size"], Float[Array, "size size"]]:
    """The same as `jnp.linalg.eigh`, of one matrix after another where it is mapped.

    A batch of them can wait for ever on several devices of a host: jaxlib gives parts of it to
    the threads on which the devices' programs, which wait for these parts, run themselves. A
    GPU takes matrices of more than 32 rows one by one, too.
    """
    values, vectors = jnp.linalg.eigh(matrix)
    return values, vectors
