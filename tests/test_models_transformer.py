"""The transformer against a loop over texts, heads and words, with and without dropout."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.errors import InputError
from embexp.models import Dropout, Transformer

DIM, HIDDEN, HEADS, LAYERS, BETWEEN, WIDTH = 5, 6, 2, 2, 7, 8
LENGTHS = np.array([8, 1, 0, 5])
MASKS = {
    "right": np.arange(WIDTH) < LENGTHS[:, None],
    "left": np.arange(WIDTH)[::-1] < LENGTHS[:, None],
}
KEY = jax.random.key(4)


def made() -> Transformer:
    """One whose biases and scales are moved from zeros and ones, so that none can hide."""
    own = Transformer(
        DIM,
        hidden_size=HIDDEN,
        heads=HEADS,
        layers=LAYERS,
        feed_forward_size=BETWEEN,
        rngs=nnx.Rngs(0),
    )
    rng = np.random.default_rng(1)
    for _, leaf in nnx.to_flat_state(nnx.state(own, nnx.Param)):
        if leaf[...].ndim == 1:
            leaf[...] = leaf[...] + 0.3 * rng.normal(size=leaf[...].shape).astype(np.float32)
    return own


def dense(layer: nnx.Linear, rows: np.ndarray) -> np.ndarray:
    bias = 0 if layer.bias is None else np.asarray(layer.bias[...])
    return rows @ np.asarray(layer.kernel[...], float) + bias


def normal(layer: nnx.LayerNorm, rows: np.ndarray) -> np.ndarray:
    centred = rows - rows.mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt(rows.var(axis=1, keepdims=True) + 1e-5)
    return scaled * np.asarray(layer.scale[...]) + np.asarray(layer.bias[...])


def attention(layer, rows: np.ndarray) -> np.ndarray:
    """softmax(QKᵀ/√d) V, head by head and word by word."""
    q, k, v = (dense(each, rows) for each in (layer.queries, layer.keys, layer.values))
    mixed, size = np.zeros_like(q), HIDDEN // HEADS
    for head in range(HEADS):
        own = slice(head * size, (head + 1) * size)
        for word in range(len(rows)):
            raised = np.exp(k[:, own] @ q[word, own] / np.sqrt(size))
            mixed[word, own] = raised / raised.sum() @ v[:, own]
    return dense(layer.output, mixed)


def by_loop(own: Transformer, words: np.ndarray, kept: list[np.ndarray]) -> np.ndarray:
    """The features of one text's words; `kept` multiplies what comes from each place."""
    waves = np.zeros((len(words), HIDDEN))
    for place in range(len(words)):
        for i in range(HIDDEN // 2):
            angle = place / 10_000 ** (2 * i / HIDDEN)
            waves[place, [i, HIDDEN // 2 + i]] = np.sin(angle), np.cos(angle)
    states = (words @ np.asarray(own.inputs[...], float) * np.sqrt(HIDDEN) + waves) * kept[0]
    for number, layer in enumerate(own.layers):
        added = attention(layer, normal(layer.before_attention, states))
        states = states + added * kept[2 * number + 1]
        inner = np.maximum(0, dense(layer.wider, normal(layer.before_forward, states)))
        states = states + dense(layer.narrower, inner) * kept[2 * number + 2]
    return normal(own.norm, states)


@pytest.mark.slow
def test_it_equals_a_loop_over_words_and_heads_wherever_padding_stands_and_whatever_is_dropped():
    own = made()
    vectors = np.random.default_rng(0).normal(size=(len(LENGTHS), WIDTH, DIM)).astype(np.float32)
    graph, params = nnx.split(own)

    @jax.jit
    def encoded(mask, rate):
        encoder, dropout = nnx.merge(graph, params), Dropout(KEY, {"residual_dropout": rate})
        given = jnp.asarray(vectors), mask, dropout
        return encoder(*given), encoder.sequences(*given)

    places, flat = 1 + 2 * LAYERS, (len(LENGTHS) * WIDTH, HIDDEN)
    for side, rate in (("right", 0.0), ("left", 0.0), ("right", 0.4), ("left", 0.4)):
        mask, share = MASKS[side], np.float32(1 - rate)
        drawn = [
            np.asarray(jax.random.bernoulli(jax.random.fold_in(KEY, place), share, flat)) / share
            for place in range(places)
        ]
        assert len({each.tobytes() for each in drawn}) == (places if rate else 1)
        texts, words = encoded(mask, np.float32(rate))
        for text, here in enumerate(mask):
            kept = [each.reshape(*mask.shape, HIDDEN)[text][here] for each in drawn]
            expected = by_loop(own, vectors[text][here], kept)
            mean = expected.mean(axis=0) if here.any() else np.zeros(HIDDEN)
            # sums of some tens of products, normalised five times
            np.testing.assert_allclose(words[text][here], expected, rtol=1e-4, atol=2e-5)
            np.testing.assert_allclose(texts[text], mean, rtol=1e-4, atol=2e-5)


def test_heads_must_share_the_hidden_size_evenly():
    with pytest.raises(InputError, match="heads=4 cannot share hidden_size=6 evenly"):
        Transformer(DIM, hidden_size=6, heads=4, rngs=nnx.Rngs(0))


def test_what_a_step_keeps_grows_with_the_width_of_its_texts():
    made = nnx.eval_shape(lambda: Transformer(50, rngs=nnx.Rngs(0)))
    layer = 10 * 100 + 3 * 400  # states, and the feed-forward network's hidden layer
    for width in (1, 300):
        attention = 4 * 4 * width
        assert made.floats_per_token(width) == 100 + 300 + 2 * (layer + attention)
    weights = 50 * 100 + 2 * (4 * 100 * 100 + 2 * 100 * 400)
    assert made.flops_per_token() == 6 * (50 + weights)
