"""The arrays of `arrays` on a device."""

from jaxtyping import Array, Bool, Float, Int

Rows = Float[Array, "rows dim"]
Items = Float[Array, "items"]
Places = Int[Array, "items"]
Mask = Bool[Array, "items"]
