"""The embedding that learns from its texts besides, without their labels."""

from typing import Any

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from embexp.models.arrays import Ids, Mask, Params, Table
from embexp.models.embedding import Embedding
from embexp.models.shapes import whole
from embexp.models.views import Rows, View

WINDOW, NEGATIVES = 5, 5
"""Words on each side of a word that are its contexts, and how many other words are drawn."""


class Joint(Embedding):
    """A table of words beside one of contexts, as skip-gram has them (Mikolov et al. 2013).

    Each row has both, the word's half first, which is what encoders read. Contexts start at
    zeros.
    """

    label = "words and contexts"
    regime = "joint"

    def __init__(self, vocab: int, dim: int, **settings: Any) -> None:
        """Draws the table of words; the arguments are those of `Embedding`."""
        super().__init__(vocab, dim, **settings)
        self.rows.set_value(with_contexts(self.rows[...]))

    @classmethod
    def with_start(cls, params: Params, table: Table) -> Params:
        """The parameters with the table put in as that of words, and contexts at zeros."""
        return {**params, "rows": with_contexts(table)}

    @classmethod
    def effective_table(cls, params: Params) -> Any:
        """The table of words."""
        return halves(params["rows"])[0]

    def view(self, ids: Ids) -> View:
        """The words' rows."""
        return Rows(whole(ids, self.vocab), (halves(self.rows[...])[0],))


def with_contexts(table: Table) -> Float[Array, "vocab both"]:
    """Rows of words, and zeros for their contexts."""
    return jnp.concatenate([table, jnp.zeros_like(table)], axis=-1)


def halves(rows: Any) -> tuple[Any, Any]:
    """The words' part and the contexts' part of rows."""
    dim = rows.shape[-1] // 2
    return rows[..., :dim], rows[..., dim:]


def skip_gram_loss(
    rows: Float[Array, "rows both"], ids: Ids, mask: Mask, key: Array
) -> Float[Array, ""]:
    """Skip-gram with negative sampling on a batch of texts (Mikolov et al. 2013, equation 4).

    It is the mean over pairs of a word w and a context c near it of
    −log σ(w·c) − Σₖ log σ(−w·nₖ) in nats. The nₖ are words of the batch, drawn once for each
    w: so often as they stand in it, where Mikolov et al. take the power .75 of that.
    """
    words, contexts = halves(rows[ids])
    pairs, loss = jnp.zeros(mask.shape), jnp.float32(0)
    for apart in range(1, min(WINDOW, mask.shape[1] - 1) + 1):
        both = mask[:, apart:] & mask[:, :-apart]
        left, right = (each[:, :-apart] for each in (words, contexts))
        for word, context in ((words[:, apart:], right), (left, contexts[:, apart:])):
            near = jax.nn.log_sigmoid((word * context).sum(axis=-1))
            loss -= jnp.where(both, near, 0.0).sum()
        pairs = pairs.at[:, apart:].add(both).at[:, :-apart].add(both)
    places = jnp.argsort(~mask.ravel(), stable=True)  # where words stand comes first
    drawn = jax.random.randint(key, (NEGATIVES, *mask.shape), 0, jnp.maximum(mask.sum(), 1))
    others = contexts.reshape(-1, contexts.shape[-1])[places[drawn]]
    far = jax.nn.log_sigmoid(-(words * others).sum(axis=-1))
    return (loss - (pairs * far).sum()) / jnp.maximum(pairs.sum(), 1)
