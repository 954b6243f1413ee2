"""What every encoder promises, and each encoder against a loop written for reading."""

import re
from functools import cache
from typing import ClassVar, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from encoder_names import EVERY
from flax import nnx

from embexp.errors import InputError
from embexp.models import CNN, ENCODERS, LSTM, Classifier, Embedding, Encoder, Mean
from embexp.parameters import Parameter

VOCAB, DIM, HIDDEN, WINDOWS, CLASSES = 30, 6, 5, (2, 3), 3
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


def encoder(name: str, dim: int = DIM, seed: int = 1) -> Encoder:
    """A small one, given what it declares."""
    sizes = {"hidden_size": HIDDEN, "windows": WINDOWS, "heads": HIDDEN, "layers": 1}
    own = {key: value for key, value in sizes.items() if key in ENCODERS[name].parameters}
    return ENCODERS[name](dim, rngs=nnx.Rngs(seed), **own)


def classifying(made: Encoder, classes: int = CLASSES) -> Classifier:
    rngs = nnx.Rngs(2)
    return Classifier(Embedding(VOCAB, made.dim, rngs=rngs), made, classes, rngs=rngs)


@cache
def classifier(name: str) -> Made:
    graph, state = nnx.split(
        classifying(encoder(name)),
        nnx.Param,
    )

    def features(ids, mask):
        model = nnx.merge(graph, state)
        return model.encoder(model.embedding(ids), mask)

    def loss(state, ids, mask):
        return jax.nn.log_softmax(nnx.merge(graph, state)(ids, mask))[:, 1].sum()

    def logits(ids, mask):
        return nnx.merge(graph, state)(ids, mask)

    def gradients(ids, mask):
        return nnx.to_pure_dict(jax.grad(loss)(state, ids, mask))

    return Made(*map(jax.jit, (logits, features, gradients)), state["head"]["bias"][...])


def padded(
    texts: list[list[int]], width: int, side: str, fill: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Ids and mask of texts, padded on one side with any id: what stands there must not matter."""
    ids, mask = np.full((len(texts), width), fill, np.int32), np.zeros((len(texts), width), bool)
    for row, text in enumerate(texts):
        start = 0 if side == "right" else width - len(text)
        ids[row, start : start + len(text)] = text
        mask[row, start : start + len(text)] = True
    return ids, mask


@pytest.mark.parametrize("name", EVERY)
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


@pytest.mark.parametrize("name", EVERY)
def test_what_stands_under_the_mask_changes_not_one_bit_and_gets_no_gradient(name):
    made = classifier(name)
    np.testing.assert_array_equal(
        made.logits(*padded(TEXTS, WIDE, "right", 0)),
        made.logits(*padded(TEXTS, WIDE, "right", 17)),
    )
    reached = np.any(made.gradients(*padded(TEXTS, WIDE, "right", 17))["embedding"]["rows"], axis=1)
    assert set(np.flatnonzero(reached)) <= {word for text in TEXTS for word in text}
    assert reached[9]


@pytest.mark.parametrize("name", EVERY)
def test_the_order_of_words_matters_to_those_that_can_see_it(name):
    logits = classifier(name).logits(*padded([[4, 9, 2, 7], [7, 2, 9, 4], [], []], WIDE, "right"))
    assert np.allclose(logits[0], logits[1], **CLOSE) == (name in ("mean", "dan", "attention"))


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_text_gives_zero_features_finite_logits_and_finite_gradients(name):
    made = classifier(name)
    nothing = padded([[], [], [], []], WIDE, "right")
    assert not np.any(made.features(*nothing))
    np.testing.assert_array_equal(made.logits(*nothing), np.broadcast_to(made.bias, (4, CLASSES)))
    for texts in (nothing, padded(TEXTS, WIDE, "right")):
        assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(made.gradients(*texts)))
    assert not np.any(made.gradients(*nothing)["embedding"]["rows"])


@pytest.mark.parametrize("name", EVERY)
def test_other_texts_of_the_batch_change_nothing(name):
    made = classifier(name)
    together = made.logits(*padded(TEXTS, WIDE, "right"))
    for row, text in enumerate(TEXTS):
        alone = made.logits(*padded([[], text, [11, 12, 13], [14]], WIDE, "right"))
        np.testing.assert_allclose(alone[1], together[row], **CLOSE)


@pytest.mark.parametrize("name", EVERY)
def test_a_classifier_has_as_many_features_as_its_encoder_says(name):
    made = encoder(name)
    assert classifier(name).features(*padded(TEXTS, WIDE, "right")).shape == (
        len(TEXTS),
        made.output_size,
    )


def test_a_lookup_equals_the_product_with_one_hot_rows_forward_and_backward():
    ids = jnp.asarray(padded(TEXTS, WIDE, "right")[0])
    graph, state = nnx.split(Embedding(VOCAB, DIM, rngs=nnx.Rngs(0)))
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
    _, mask = padded(TEXTS, WIDE, "left")
    expected = [
        vectors[row][mask[row]].mean(axis=0) if TEXTS[row] else np.zeros(DIM) for row in range(4)
    ]
    np.testing.assert_allclose(
        jax.jit(Mean(DIM, rngs=nnx.Rngs(0)))(vectors, mask), expected, **CLOSE
    )


def test_the_cnn_equals_a_loop_over_every_window_that_covers_a_word():
    made = CNN(DIM, hidden_size=HIDDEN, windows=(3, 2, 3), rngs=nnx.Rngs(0))
    assert made.windows == (2, 3)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(4, WIDE, DIM)).astype(np.float32)
    _, mask = padded(TEXTS, WIDE, "right")
    expected = np.zeros((4, 2 * HIDDEN))
    for part, width in enumerate((2, 3)):
        bias = rng.normal(size=HIDDEN).astype(np.float32) * 0.3
        made.biases[str(width)][...] = jnp.asarray(bias)
        filters, here = (
            np.asarray(made.filters[str(width)][...]),
            slice(part * HIDDEN, (part + 1) * HIDDEN),
        )
        for row, text in enumerate(TEXTS):
            for start in range(1 - width, len(text)):
                inside = [j for j in range(width) if 0 <= start + j < len(text)]
                response = bias + sum(
                    vectors[row, start + j].astype(float) @ filters[j] for j in inside
                )
                if inside:
                    expected[row, here] = np.maximum(expected[row, here], response)
    np.testing.assert_allclose(jax.jit(made.__call__)(vectors, mask), expected, **CLOSE)


def test_the_lstm_starts_with_open_forget_gates_and_orthogonal_recurrent_weights():
    made = LSTM(DIM, hidden_size=HIDDEN, rngs=nnx.Rngs(0))
    np.testing.assert_array_equal(made.bias[...], np.repeat([0, 1, 0, 0], HIDDEN))
    recurrent = np.asarray(made.recurrent[...])
    np.testing.assert_allclose(recurrent @ recurrent.T, np.eye(HIDDEN), atol=1e-6)


def test_dropout_needs_a_key_drops_the_given_share_and_masks_the_sum():
    ids, mask = map(jnp.asarray, padded([[4, 9, 2, 9]], 4, "right"))
    graph, state = nnx.split(classifying(encoder("mean", dim=400), classes=1))
    state["head"]["kernel"][...] = jnp.ones((400, 1))

    def total(dropout, key):
        return nnx.merge(graph, state)(ids, mask, dropout=dropout, key=key)[0, 0]

    features = np.asarray(state["embedding"]["rows"][...])[[4, 9, 2, 9]].mean(axis=0)
    drawn = jax.jit(jax.vmap(lambda key: total(0.25, key)))(
        jax.random.split(jax.random.key(0), 200)
    )
    spread = np.sqrt(
        np.square(features).sum() / 3
    )  # x · here / .75 has the variance x² · .25 / .75
    assert abs(drawn.mean() - features.sum()) < 4 * spread / np.sqrt(200)
    np.testing.assert_allclose(
        drawn.std(), spread, rtol=0.25
    )  # five times the error of a deviation from 200 draws
    np.testing.assert_allclose(
        [total(0.5, None), total(0.0, jax.random.key(0))], features.sum(), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("name", EVERY)
def test_an_encoder_takes_what_it_declares_and_nothing_else(name):
    declared = ENCODERS[name].parameters
    defaults = {key: each.value(key, {}) for key, each in declared.items()}
    assert {key: each.identity_default for key, each in declared.items()} == defaults
    static = {key: value for key, value in defaults.items() if not declared[key].traced}
    own = nnx.eval_shape(lambda: ENCODERS[name](DIM, rngs=nnx.Rngs(0), **static))
    same = nnx.eval_shape(lambda: ENCODERS[name](DIM, rngs=nnx.Rngs(0)))
    assert nnx.graphdef(own) == nnx.graphdef(same)  # the same defaults in both places
    foreign = {"hidden_size", "windows", "layers", "hops", "heads", "word_dropout"} - set(static)
    for key in foreign:
        with pytest.raises(TypeError, match=f"unexpected keyword argument '{key}'"):
            ENCODERS[name](DIM, rngs=nnx.Rngs(0), **{key: 1})


@pytest.mark.parametrize("value", [0, True, -1])
@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoder_refuses_what_is_no_size(name, value):
    with pytest.raises(InputError, match=f"dim={value} is no size"):
        ENCODERS[name](value, rngs=nnx.Rngs(0))
    for key in [key for key, each in ENCODERS[name].parameters.items() if not each.traced]:
        given = (2, value) if key == "windows" else value
        with pytest.raises(InputError, match=f"{key}={value} is no size"):
            ENCODERS[name](DIM, rngs=nnx.Rngs(0), **{key: given})


@pytest.mark.parametrize("shape", [(4, 1), (1, 5), (4, 6), (4,), (5, 4)])
@pytest.mark.parametrize("name", ENCODERS)
def test_a_mask_of_another_shape_is_refused_by_models_and_by_encoders_alone(name, shape):
    made = encoder(name)
    model, mask = classifying(made), jnp.ones(shape, bool)
    said = rf"words of shape \(4, 5\) have a mask of shape {re.escape(str(shape))}"
    with pytest.raises(InputError, match=said):
        made(jnp.ones((4, 5, DIM)), mask)
    with pytest.raises(InputError, match=said):
        made.sequences(jnp.ones((4, 5, DIM)), mask)
    with pytest.raises(InputError, match=said):
        model(jnp.ones((4, 5), int), mask)


def test_costs_count_the_weights_that_a_token_meets_and_the_activations_it_leaves():
    dim, hidden, gates = 50, 20, {"rnn": 1, "gru": 3, "lstm": 4}

    def of(name: str, **own):
        made = nnx.eval_shape(lambda: ENCODERS[name](dim, rngs=nnx.Rngs(0), **own))
        return made.flops_per_token(), made.floats_per_token()

    assert of("mean") == (6 * dim, 3 * dim)
    assert of("dan", hidden_size=hidden) == of("mean")  # layers see a text, not each token
    windows = {"hidden_size": hidden, "windows": (2, 3)}
    assert of("cnn", **windows) == (6 * dim + 6 * dim * hidden * 5, 2 * dim + 10 * hidden)
    assert of("attention", hidden_size=hidden) == (
        6 * dim + 6 * dim * hidden + 6 * hidden,
        2 * dim + 10 * hidden,
    )
    for name, count in gates.items():
        each = 6 * count * hidden * (dim + hidden)
        for ways, prefix in ((1, ""), (2, "bi")):
            assert of(prefix + name, hidden_size=hidden) == (
                6 * dim + ways * each,
                2 * dim + 10 * hidden,
            )


class Last(Encoder):
    """A user's own: the vector of each text's last word, times a weight."""

    parameters: ClassVar = {"scale": Parameter(float, 2.0, "what vectors are multiplied by")}

    def __init__(self, dim, *, scale=2.0, initialisers="keras", rngs):  # noqa: ARG002
        super().__init__(dim, output_size=dim)
        self.weight = nnx.Param(jnp.full((dim,), scale))

    def encode(self, words, mask):
        last = mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1)
        vectors = words.vectors[jnp.arange(len(mask)), last] * mask.any(axis=1)[:, None]
        return vectors * self.weight[...]


def test_an_encoder_of_ones_own_works_as_those_of_the_package(monkeypatch):
    monkeypatch.setitem(ENCODERS, "last", Last)
    ids, mask = map(jnp.asarray, padded(TEXTS, WIDE, "right"))
    rngs = nnx.Rngs(0)
    embedding = Embedding(VOCAB, DIM, rngs=rngs)
    made = ENCODERS["last"](DIM, scale=3.0, initialisers="flax", rngs=rngs)
    model = Classifier(embedding, made, CLASSES, rngs=rngs)
    rows = np.asarray(embedding.rows[...])
    features = np.stack([3 * rows[text[-1]] if text else np.zeros(DIM) for text in TEXTS])
    np.testing.assert_allclose(model.features(ids, mask), features, rtol=1e-6)
    assert made.flops_per_token() == 6 * DIM
    graph, params = nnx.split(model, nnx.Param)
    gradients = jax.jit(jax.grad(lambda p: nnx.merge(graph, p)(ids, mask)[:, 0].sum()))(params)
    assert np.any(nnx.to_pure_dict(gradients)["encoder"]["weight"])
