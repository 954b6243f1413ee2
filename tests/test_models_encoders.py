"""What every encoder promises, and each encoder against a loop written for reading."""

from functools import cache
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.errors import InputError
from embexp.models import CNN, ENCODERS, LSTM, Classifier, Mean, Table

VOCAB, DIM, FEATURES, WINDOWS, CLASSES = 30, 6, 5, (2, 3), 3
CLOSE = {"rtol": 2e-5, "atol": 2e-6}
"""Sums of at most a hundred float32 products of size one, in another order: some tens
of 6e-8 each."""
TEXTS = [[4, 9, 2, 9], [7], [3, 3, 5, 29, 11, 8, 2], []]
WIDE = 9


class Made(NamedTuple):
    """An encoder's classifier as functions that are compiled once: logits, features,
    and the gradients of a loss."""

    logits: object
    features: object
    gradients: object
    bias: jax.Array


@cache
def classifier(name: str) -> Made:
    graph, state = nnx.split(
        Classifier(
            VOCAB, DIM, CLASSES, encoder=name, features=FEATURES, windows=WINDOWS, rngs=nnx.Rngs(1)
        ),
        nnx.Param,
    )

    def features(ids, keep):
        model = nnx.merge(graph, state)
        return model.encoder(model.table(ids), keep)

    def loss(state, ids, keep):
        return jax.nn.log_softmax(nnx.merge(graph, state)(ids, keep))[:, 1].sum()

    def logits(ids, keep):
        return nnx.merge(graph, state)(ids, keep)

    def gradients(ids, keep):
        return nnx.to_pure_dict(jax.grad(loss)(state, ids, keep))

    return Made(*map(jax.jit, (logits, features, gradients)), state["head"]["bias"][...])


def padded(
    texts: list[list[int]], width: int, side: str, fill: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and mask of texts, padded on one side with any id: what stands there must not matter."""
    ids, keep = np.full((len(texts), width), fill, np.int32), np.zeros((len(texts), width), bool)
    for row, text in enumerate(texts):
        start = 0 if side == "right" else width - len(text)
        ids[row, start : start + len(text)] = text
        keep[row, start : start + len(text)] = True
    return ids, keep


@pytest.mark.parametrize("name", ENCODERS)
def test_the_side_and_the_amount_of_padding_change_no_logits(name):
    logits = classifier(name).logits
    expected = logits(*padded(TEXTS, WIDE, "right"))
    for width, side, fill in (
        (WIDE, "left", 0),
        (WIDE, "left", 13),
        (7, "right", 0),
        (20, "left", 29),
    ):
        np.testing.assert_allclose(logits(*padded(TEXTS, width, side, fill)), expected, **CLOSE)


@pytest.mark.parametrize("name", ENCODERS)
def test_what_stands_under_the_mask_changes_not_one_bit_and_gets_no_gradient(name):
    made = classifier(name)
    np.testing.assert_array_equal(
        made.logits(*padded(TEXTS, WIDE, "right", 0)),
        made.logits(*padded(TEXTS, WIDE, "right", 17)),
    )
    reached = np.any(made.gradients(*padded(TEXTS, WIDE, "right", 17))["table"]["rows"], axis=1)
    assert set(np.flatnonzero(reached)) <= {word for text in TEXTS for word in text}
    assert reached[9]


@pytest.mark.parametrize("name", ENCODERS)
def test_the_order_of_words_matters_to_those_that_can_see_it(name):
    logits = classifier(name).logits(*padded([[4, 9, 2, 7], [7, 2, 9, 4], [], []], WIDE, "right"))
    assert np.allclose(logits[0], logits[1], **CLOSE) == (name in ("mean", "attention"))


@pytest.mark.parametrize("name", ENCODERS)
def test_an_empty_text_gives_zero_features_finite_logits_and_finite_gradients(name):
    made = classifier(name)
    nothing = padded([[], [], [], []], WIDE, "right")
    assert not np.any(made.features(*nothing))
    np.testing.assert_array_equal(made.logits(*nothing), np.broadcast_to(made.bias, (4, CLASSES)))
    for texts in (nothing, padded(TEXTS, WIDE, "right")):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(made.gradients(*texts)))
    assert not np.any(made.gradients(*nothing)["table"]["rows"])


@pytest.mark.parametrize("name", ENCODERS)
def test_other_texts_of_the_batch_change_nothing(name):
    made = classifier(name)
    together = made.logits(*padded(TEXTS, WIDE, "right"))
    for row, text in enumerate(TEXTS):
        alone = made.logits(*padded([[], text, [11, 12, 13], [14]], WIDE, "right"))
        np.testing.assert_allclose(alone[1], together[row], **CLOSE)


@pytest.mark.parametrize("name", ENCODERS)
def test_a_classifier_has_as_many_features_as_its_encoder_says(name):
    made = ENCODERS[name](DIM, features=FEATURES, windows=WINDOWS, rngs=nnx.Rngs(0))
    assert classifier(name).features(*padded(TEXTS, WIDE, "right")).shape == (
        len(TEXTS),
        made.features,
    )


def test_a_lookup_equals_the_product_with_one_hot_rows_forward_and_backward():
    ids = jnp.asarray(padded(TEXTS, WIDE, "right")[0])
    graph, state = nnx.split(Table(VOCAB, DIM, rngs=nnx.Rngs(0)))
    weights = np.random.default_rng(0).normal(size=(*ids.shape, DIM)).astype(np.float32)

    def by_product(state):
        return jax.nn.one_hot(ids, VOCAB) @ state["rows"][...]

    def by_lookup(state):
        return nnx.merge(graph, state)(ids)

    def both(of):
        return jax.jit(
            lambda state: (
                of(state),
                jax.grad(lambda state: (of(state) * weights).sum())(state)["rows"][...],
            )
        )(state)

    (vectors, gradient), (expected, expected_gradient) = both(by_lookup), both(by_product)
    np.testing.assert_array_equal(vectors, expected)  # a product with a single one: exact
    np.testing.assert_allclose(gradient, expected_gradient, **CLOSE)
    assert np.any(gradient[9])
    assert not np.any(gradient[1])


def test_the_mean_equals_a_loop():
    vectors = np.random.default_rng(0).normal(size=(4, WIDE, DIM)).astype(np.float32)
    _, keep = padded(TEXTS, WIDE, "left")
    expected = [
        vectors[row][keep[row]].mean(axis=0) if TEXTS[row] else np.zeros(DIM) for row in range(4)
    ]
    np.testing.assert_allclose(
        jax.jit(Mean(DIM, rngs=nnx.Rngs(0)))(vectors, keep), expected, **CLOSE
    )


def test_the_cnn_equals_a_loop_over_every_window_that_covers_a_word():
    made = CNN(DIM, features=FEATURES, windows=(3, 2, 3), rngs=nnx.Rngs(0))
    assert made.windows == (2, 3)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4, WIDE, DIM)).astype(np.float32)
    _, keep = padded(TEXTS, WIDE, "right")
    expected = np.zeros((4, 2 * FEATURES))
    for part, width in enumerate((2, 3)):
        bias = rng.normal(size=FEATURES).astype(np.float32) * 0.3
        made.biases[str(width)][...] = jnp.asarray(bias)
        filters, here = (
            np.asarray(made.filters[str(width)][...]),
            slice(part * FEATURES, (part + 1) * FEATURES),
        )
        for row, text in enumerate(TEXTS):
            for start in range(1 - width, len(text)):
                inside = [j for j in range(width) if 0 <= start + j < len(text)]
                response = bias + sum(
                    vectors[row, start + j].astype(float) @ filters[j] for j in inside
                )
                if inside:
                    expected[row, here] = np.maximum(expected[row, here], response)
    np.testing.assert_allclose(jax.jit(made.__call__)(vectors, keep), expected, **CLOSE)


def test_the_lstm_starts_with_open_forget_gates_and_orthogonal_recurrent_weights():
    made = LSTM(DIM, features=FEATURES, rngs=nnx.Rngs(0))
    np.testing.assert_array_equal(made.bias[...], np.repeat([0, 1, 0, 0], FEATURES))
    recurrent = np.asarray(made.recurrent[...])
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(FEATURES), atol=1e-6)


def test_dropout_needs_a_key_drops_the_given_share_and_keeps_the_sum():
    ids, keep = map(jnp.asarray, padded([[4, 9, 2, 9]], 4, "right"))
    graph, state = nnx.split(Classifier(VOCAB, 400, 1, rngs=nnx.Rngs(1)))
    state["head"]["kernel"][...] = jnp.ones((400, 1))

    def total(dropout, key):
        return nnx.merge(graph, state)(ids, keep, dropout=dropout, key=key)[0, 0]

    features = np.asarray(state["table"]["rows"][...])[[4, 9, 2, 9]].mean(axis=0)
    drawn = jax.jit(jax.vmap(lambda key: total(0.25, key)))(
        jax.random.split(jax.random.key(0), 200)
    )
    spread = np.sqrt(
        np.square(features).sum() / 3
    )  # x · kept / .75 has the variance x² · .25 / .75
    assert abs(drawn.mean() - features.sum()) < 4 * spread / np.sqrt(200)
    np.testing.assert_allclose(
        drawn.std(), spread, rtol=0.25
    )  # five times the error of a deviation from 200 draws
    np.testing.assert_allclose(
        [total(0.5, None), total(0.0, jax.random.key(0))], features.sum(), rtol=1e-4, atol=1e-5
    )


def test_an_unknown_encoder_is_refused_with_the_nearest():
    with pytest.raises(InputError, match="unknown encoder 'lstn'; did you mean 'lstm'"):
        Classifier(VOCAB, DIM, CLASSES, encoder="lstn", rngs=nnx.Rngs(0))
