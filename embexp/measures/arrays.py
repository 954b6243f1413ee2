"""Types of arrays that many measures take and give."""

import numpy as np
from jaxtyping import Bool, Float, Int

Rows = Float[np.ndarray, "rows dim"]
"""A table, or some rows of one."""
Items = Float[np.ndarray, "items"]
"""A number for each item: a word, a pair of words, a text."""
Places = Int[np.ndarray, "items"]
"""A row, a place, a class or a group for each item."""
Mask = Bool[np.ndarray, "items"]
"""Which items."""
Neighbours = Int[np.ndarray, "queries k"]
"""The places of each query's nearest rows, the nearest first."""
