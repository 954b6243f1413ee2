"""The deep averaging network against a loop over texts, with and without word dropout."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.models import DAN, Dropout

DIM, HIDDEN, LAYERS, WIDTH = 5, 8, 3, 9
LENGTHS = (9, 1, 4, 0, 2, 6)
KEY = jax.random.key(4)


def texts() -> tuple[np.ndarray, np.ndarray]:
    """Vectors, and a mask with padding on the left."""
    vectors = np.random.default_rng(0).normal(size=(len(LENGTHS), WIDTH, DIM)).astype(np.float32)
    return vectors, np.arange(WIDTH) >= WIDTH - np.array(LENGTHS)[:, None]


def made() -> DAN:
    """One whose biases are not zero, so that none can hide."""
    own = DAN(DIM, hidden_size=HIDDEN, layers=LAYERS, rngs=nnx.Rngs(0))
    for number, layer in enumerate(own.layers):
        layer.bias[...] = jax.random.normal(jax.random.key(number), (HIDDEN,)) * 0.3
    return own


def by_loop(own: DAN, vectors: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """The layers over the mean of the words that count; zeros for an empty text."""
    found = np.zeros((len(vectors), HIDDEN))
    for text, here in enumerate(counted):
        if here.any():
            z = vectors[text][here].mean(axis=0, dtype=float)
            for layer in own.layers:
                z = np.maximum(0, z @ np.asarray(layer.kernel[...]) + np.asarray(layer.bias[...]))
            found[text] = z
    return found


@pytest.mark.slow
def test_it_is_layers_of_relus_over_the_mean_of_the_words_that_are_not_dropped():
    own, (vectors, mask) = made(), texts()
    graph, params = nnx.split(own)

    @jax.jit
    def encoded(rate):
        encoder, given = nnx.merge(graph, params), (jnp.asarray(vectors), jnp.asarray(mask))
        return encoder(*given), encoder(*given, Dropout(KEY, {"word_dropout": rate}))

    for rate in (0.0, 0.7):
        kept = mask & np.asarray(jax.random.bernoulli(KEY, np.float32(1 - rate), mask.shape))
        lost = mask.any(axis=1) & ~kept.any(axis=1)
        counted = np.where(lost[:, None], mask, kept)
        plain, dropped = encoded(np.float32(rate))
        for found, words in ((plain, mask), (dropped, counted)):
            np.testing.assert_allclose(found, by_loop(own, vectors, words), rtol=2e-5, atol=2e-6)
        if rate:
            assert lost.any()  # a text that would lose all words is among them
            assert 0.15 < kept.sum() / mask.sum() < 0.45  # of 22 words; the deviation is .1
