"""Types of arrays that models take and give."""

from typing import Any

from jaxtyping import Array, Bool, Float, Shaped

Params = dict[str, Any]
"""The arrays of a module by name, a pure dict of flax."""

Ids = Shaped[Array, "batch length"]
"""The id of each word; `shapes.whole` refuses those that are no integers."""
Mask = Bool[Array, "batch length"]
"""True where a word stands."""
GivenMask = Bool[Array, "..."]
"""A mask whose shape has not been checked yet."""
Extra = Float[Array, "batch extra"]
"""Numbers beside each text."""
Table = Float[Array, "vocab dim"]
"""A vector for each id."""
WordVectors = Float[Array, "batch length dim"]
WordFeatures = Float[Array, "batch length features"]
TextFeatures = Float[Array, "batch features"]
WordWeights = Float[Array, "batch length"]
"""A number for each word of each text."""
Weights = Float[Array, "dim out"]
"""What vectors are multiplied with, and `Products` what they give."""
Products = Float[Array, "batch length out"]
Filters = Float[Array, "width dim maps"]
"""Filters over windows of words, and `Responses` to all windows of each text."""
Bias = Float[Array, "maps"]
Responses = Float[Array, "batch places maps"]
