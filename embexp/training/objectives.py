"""A head's logits and the labels of a split into losses, and into their places in the
table of all logits.

| head | logits of a batch | labels of a split | loss of a batch, in nats |
|---|---|---|---|
| `classes` | (batch, classes) | one for each text | mean over its texts |
| `tags` | (batch, width, classes) | one for each token | mean over its tokens |
| `two-outputs` | (batch, 2, classes) | one for each text | mean over its texts of main + weight · auxiliary |
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int


class Batch(NamedTuple):
    """Texts of one step, padded on the right: a row of −1 is an empty text."""

    rows: Int[Array, "batch"]
    places: Int[Array, "batch width"]
    """Where each token stands among all tokens of its split."""
    ids: Int[Array, "batch width"]
    keep: Bool[Array, "batch width"]
    extra: Float[Array, "batch extra"]


class Head(NamedTuple):
    """How a kind of head is trained and scored.

    losses: from logits, labels and batch to one number for each output.
    shape: of all logits, from the numbers of texts, tokens and classes.
    target: the places of a batch's logits among all; out of range where nothing stands.
    """

    losses: Callable[[Array, Array, Batch], tuple[Float[Array, ""], ...]]
    shape: Callable[[int, int, int], tuple[int, ...]]
    target: Callable[[Batch], Array]


NOWHERE = 2**31 - 1
"""A place that no table of logits has."""


def mean_nll(
    logits: Float[Array, "*items classes"],
    labels: Int[Array, "*items"],
    counted: Bool[Array, "*items"],
) -> Float[Array, ""]:
    """Mean of −log p(label) over the items that count, 0 where none does."""
    nll = -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[..., None], axis=-1)[..., 0]
    return jnp.where(counted, nll, 0.0).sum() / jnp.maximum(counted.sum(), 1)


def of_texts(logits: Array, labels: Array, batch: Batch) -> Array:
    """The loss of one label for each text."""
    return mean_nll(logits, labels[batch.rows], batch.rows >= 0)


def of_tokens(logits: Array, labels: Array, batch: Batch) -> Array:
    """The loss of one label for each token; padding has none."""
    return mean_nll(logits, labels.at[batch.places].get(mode="clip"), batch.keep)


def of_both(logits: Array, labels: Array, batch: Batch) -> tuple[Array, Array]:
    """The losses of the main and of the auxiliary output; both have the text's label."""
    return of_texts(logits[:, 0], labels, batch), of_texts(logits[:, 1], labels, batch)


def text_places(batch: Batch) -> Array:
    """Where each text stands."""
    return jnp.where(batch.rows >= 0, batch.rows, NOWHERE)


def token_places(batch: Batch) -> Array:
    """Where each token stands."""
    return jnp.where(batch.keep, batch.places, NOWHERE)


HEADS: dict[str, Head] = {
    "classes": Head(
        lambda *given: (of_texts(*given),),
        lambda texts, tokens, classes: (texts, classes),
        text_places,
    ),
    "tags": Head(
        lambda *given: (of_tokens(*given),),
        lambda texts, tokens, classes: (tokens, classes),
        token_places,
    ),
    "two-outputs": Head(of_both, lambda texts, tokens, classes: (texts, 2, classes), text_places),
}
"""Heads by name, as in `Recipe.head`."""
