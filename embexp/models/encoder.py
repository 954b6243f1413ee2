"""What all encoders are: words into features."""

from flax import nnx
from jaxtyping import Array, Bool, Float

from embexp.models.table import Given, Words


class Encoder(nnx.Module):
    """Turns (batch, length, dim) into (batch, `features`)."""

    features: int

    def encode(
        self, words: Words, keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch features"]:
        """The features of each text, from a view of its words."""
        raise NotImplementedError

    def __call__(
        self, vectors: Float[Array, "batch length dim"], keep: Bool[Array, "batch length"]
    ) -> Float[Array, "batch features"]:
        """The features of each text, from its vectors."""
        return self.encode(Given(vectors), keep)
