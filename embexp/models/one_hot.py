"""The embedding without a table."""

from typing import Any

import numpy as np
from flax import nnx
from jaxtyping import Float

from embexp.errors import InputError
from embexp.models.arrays import Ids, Params, Table
from embexp.models.codes import Codes
from embexp.models.embedding import Embedding
from embexp.models.shapes import size, whole
from embexp.models.views import View

LARGEST_IDENTITY = 20_000
"""Rows of the largest one-hot table that is written out (1.5 GiB)."""


class OneHot(Embedding):
    """One-hot codes of ids, (batch, length) → (batch, length, vocab).

    There is nothing to learn, and any two words are at a right angle. The encoder's
    first layer then is the table: its product with a code is a lookup, so no code is
    written out.
    """

    label = "one-hot codes"
    tables = frozenset()
    regime = "one-hot"

    def __init__(
        self,
        vocab: int,
        dim: int | None = None,  # noqa: ARG002
        *,
        initialisers: str = "keras",  # noqa: ARG002
        rngs: nnx.Rngs | None = None,  # noqa: ARG002
    ) -> None:
        """Args: vocab: the length of the codes.

        The others have no effect; they are taken because all kinds are made alike.
        """
        self.vocab = self.dim = size("vocab", vocab)

    @classmethod
    def with_start(cls, params: Params, table: Table) -> Params:  # noqa: ARG003
        """The parameters as they are, since codes start nowhere else."""
        return params

    @classmethod
    def effective_table(cls, params: Params) -> Any:  # noqa: ARG003
        """None: nothing is learned."""
        return None

    def view(self, ids: Ids) -> View:
        """The codes as encoders take them."""
        return Codes(whole(ids, self.vocab), self.vocab)

    def written(self) -> Float[np.ndarray, "vocab vocab"]:
        """The identity, unless it is too large to be written out."""
        if self.vocab > LARGEST_IDENTITY:
            gib = self.vocab**2 * 4 / 2**30
            raise InputError(
                f"one-hot vectors of {self.vocab} words would take {gib:.0f} GiB; "
                f"keep at most {LARGEST_IDENTITY} words"
            )
        return np.eye(self.vocab, dtype=np.float32)
