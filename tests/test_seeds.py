"""What the source documents teach, item by item; each test is named by its item (T: text to
ids, E: the layer, M: models).
"""

import doctest
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from embexp.data.keras import Tokenizer, as_ids, mask, pad
from embexp.data.tokens import check_ids
from embexp.errors import InputError
from embexp.models import (
    ENCODERS,
    LSTM,
    Classifier,
    Embedding,
    OneHot,
    SimpleRNN,
    Tagger,
    TwoOutputs,
)

TEXTS = ["This is a text", "This is not a text"]


def parameters(model: nnx.Module) -> int:
    return sum(leaf.size for leaf in jax.tree.leaves(nnx.state(model, nnx.Param)))


def lstm_classifier(vocab: int, dim: int, hidden_size: int, kind=Embedding, **settings):
    """A model with an LSTM over an embedding, for two classes."""
    rngs = nnx.Rngs(0)
    embedding = kind(vocab, dim, rngs=rngs)
    encoder = LSTM(embedding.dim, hidden_size=hidden_size, rngs=rngs)
    return Classifier(embedding, encoder, 2, **settings, rngs=rngs)


def two_outputs(vocab: int, dim: int, hidden_size: int, rngs: nnx.Rngs, **settings) -> TwoOutputs:
    embedding = Embedding(vocab, dim, rngs=rngs)
    encoder = LSTM(dim, hidden_size=hidden_size, rngs=rngs)
    return TwoOutputs(
        embedding, encoder, 2, extra=5, output_activation="sigmoid", **settings, rngs=rngs
    )


def shapes(make) -> nnx.Module:
    """A model whose parameters are shapes only: large ones need not be drawn to be counted."""
    return nnx.eval_shape(lambda: make(nnx.Rngs(0)))


def lists(ids) -> list[list[int]]:
    return [ids.flat[a:b].tolist() for a, b in zip(ids.offsets[:-1], ids.offsets[1:], strict=True)]


def test_t1_a_tokenizer_ranks_words_and_keeps_those_below_num_words():
    tokenizer = Tokenizer.fit(TEXTS)
    assert tokenizer.index == {"this": 1, "is": 2, "a": 3, "text": 4, "not": 5}
    assert f"{len(tokenizer.index)} unique tokens" == "5 unique tokens"
    assert lists(tokenizer.encode(TEXTS)) == [[1, 2, 3, 4], [1, 2, 5, 3, 4]]
    few = Tokenizer.fit(TEXTS, num_words=4)
    assert few.index == tokenizer.index  # fitting keeps all words
    assert lists(few.encode(TEXTS)) == [[1, 2, 3], [1, 2, 3]]  # encoding keeps 4 − 1
    assert lists(Tokenizer.fit(["b, B! a; c"]).encode(["A c?"])) == [[2, 3]]


def test_t2_padding_and_truncation_are_in_front_or_at_the_end():
    ids = Tokenizer.fit(TEXTS).encode(TEXTS)
    assert pad(ids, 6).tolist() == [[0, 0, 1, 2, 3, 4], [0, 1, 2, 5, 3, 4]]
    assert pad(ids, 6, padding="post").tolist() == [[1, 2, 3, 4, 0, 0], [1, 2, 5, 3, 4, 0]]
    assert pad(ids, 3).tolist() == [[2, 3, 4], [5, 3, 4]]
    assert pad(ids, 3, truncating="post").tolist() == [[1, 2, 3], [1, 2, 5]]


def test_t3_a_sentence_becomes_its_words_ids():
    tokenizer = Tokenizer({"hi": 1, "you": 2, "hello": 3, "can": 4, "are": 5, "how": 6})
    assert lists(tokenizer.encode(["hi how are you"])) == [[1, 6, 5, 2]]


@pytest.mark.data
def test_t4_imdb_has_keras_s_own_ids(data_dir):
    tokenizer = Tokenizer.imdb(data_dir, num_words=5000)
    assert tokenizer.rows[:7] == ["<pad>", "<start>", "<unk>", "<3>", "the", "and", "a"]
    assert len(tokenizer.rows) == 5000
    assert lists(tokenizer.encode(["The film, zyzzyva!"])) == [[1, 4, tokenizer.index["film"], 2]]
    assert pad(tokenizer.encode(["the " * 600, "the"]), 500).tolist() == [
        [4] * 500,
        [0] * 498 + [1, 4],
    ]


def test_e1_the_layer_is_a_lookup_that_equals_the_product_with_one_hot_codes():
    ids = jnp.asarray(pad(Tokenizer.fit(TEXTS).encode(TEXTS), 6))
    embedding = Embedding(6, 3, rngs=nnx.Rngs(0))
    assert embedding.rows[...].shape == (6, 3)
    graph, params = nnx.split(embedding)

    def gradient_and_vectors(of):
        return jax.jit(
            jax.grad(lambda params: (jnp.square(of(params)).sum(), of(params)), has_aux=True)
        )(params)

    d_rows, vectors = gradient_and_vectors(lambda params: nnx.merge(graph, params)(ids))
    d_expected, expected = gradient_and_vectors(
        lambda params: jax.nn.one_hot(ids, 6) @ params["rows"][...]
    )
    np.testing.assert_array_equal(vectors, expected)
    np.testing.assert_allclose(d_rows["rows"][...], d_expected["rows"][...], rtol=1e-5, atol=1e-7)


def test_e2_a_matrix_of_ids_becomes_a_batch_of_three_dimensions():
    ids = jnp.asarray(pad(Tokenizer.fit(TEXTS).encode(TEXTS), 6))
    embedding = Embedding(6, 3, rngs=nnx.Rngs(0))
    assert (embedding.rows[...].ndim, ids.shape) == (2, (2, 6))
    assert embedding(ids).shape == (2, 6, 3)


def test_e3_the_table_starts_uniform_and_is_read_back_by_word():
    tokenizer = Tokenizer.fit(TEXTS)
    start = np.asarray(Embedding(2000, 50, rngs=nnx.Rngs(0)).rows[...])
    assert -0.05 <= start.min() < -0.0499
    assert 0.0499 < start.max() <= 0.05
    np.testing.assert_allclose(
        start.std(), 0.1 / np.sqrt(12), rtol=0.01
    )  # 100,000 draws: the error is .002
    embedding = Embedding(6, 3, rngs=nnx.Rngs(0))
    vectors = embedding.vectors(tokenizer.rows)
    for word, row in (("a", 3), ("text", 4), ("not", 5)):
        np.testing.assert_array_equal(vectors[word], embedding.rows[...][row])


@pytest.mark.parametrize("padding", ["pre", "post"])
def test_e4_a_mask_leaves_padding_out_without_zeroing_its_row(padding):
    padded = pad(Tokenizer.fit(TEXTS).encode(TEXTS), 6, padding=padding)
    real = jnp.asarray(mask(padded))
    assert real.tolist() == (padded != 0).tolist()
    graph, params = nnx.split(lstm_classifier(9, 3, hidden_size=4), nnx.Param)
    start = nnx.to_pure_dict(params)

    def loss(params, ids):
        logits = nnx.merge(graph, params)(ids, real)
        return jax.nn.log_softmax(logits)[:, 1].sum(), logits

    step = jax.jit(jax.grad(loss, has_aux=True))
    gradients, logits = step(params, jnp.asarray(padded))
    np.testing.assert_array_equal(
        step(params, jnp.where(real, padded, 7))[1], logits
    )  # masked positions change no logit
    assert np.any(start["embedding"]["rows"][0])
    adam = optax.adam(1e-2)
    trained = jax.jit(
        lambda params: optax.apply_updates(params, adam.update(gradients, adam.init(params))[0])
    )(params)
    change = np.asarray(nnx.to_pure_dict(trained)["embedding"]["rows"] - start["embedding"]["rows"])
    np.testing.assert_array_equal(
        np.any(change, axis=1), [False, True, True, True, True, True, False, False, False]
    )


def test_e5_float_ids_and_ids_outside_the_table_are_refused_with_value_place_and_size():
    floats = np.random.default_rng(0).random(
        (5, 10)
    )  # what both examples of the fourth document feed
    with pytest.raises(InputError, match="ids are whole numbers, not float64"):
        check_ids(as_ids(floats), 10)
    with pytest.raises(InputError, match="ids are whole numbers from 0 to 9, not float32"):
        Embedding(10, 4, rngs=nnx.Rngs(0))(jnp.asarray(floats))
    ids = np.arange(12).reshape(2, 6)
    check_ids(as_ids(ids, length=6), 12)
    with pytest.raises(
        InputError, match="id 10 at position 4 of text 1 is outside the table's 10 rows"
    ):
        check_ids(as_ids(ids), 10)
    with pytest.raises(
        InputError, match="id -1 at position 0 of text 0 is outside the table's 10 rows"
    ):
        check_ids(as_ids(ids - 1), 10)
    with pytest.raises(InputError, match="texts are 6 ids long, but 500 are asked for"):
        as_ids(ids, length=500)


def test_e6_one_hot_vectors_are_as_long_as_the_vocabulary_and_at_right_angles():
    tokenizer = Tokenizer.fit(TEXTS)
    codes = OneHot(6, 3, rngs=nnx.Rngs(0))
    vectors = codes.vectors(tokenizer.rows)
    assert (vectors.dim, len(vectors)) == (6, 6)
    assert {cosine for word in vectors.words for _, cosine in vectors.neighbors(word)} == {0.0}
    ids = jnp.asarray(pad(tokenizer.encode(TEXTS), 6))
    np.testing.assert_array_equal(codes(ids), np.eye(6)[ids])


def test_m1_imdb_s_lstm_has_213_301_parameters_and_reads_500_ids():
    model = lstm_classifier(5000, 32, hidden_size=100, output_activation="sigmoid")
    assert parameters(model) == 213_301
    ids = jax.random.randint(jax.random.key(0), (2, 500), 0, 5000)
    logits = jax.jit(model.__call__)(
        ids, jnp.ones((2, 500), bool)
    )  # without a mask padding is a word
    assert logits.shape == (2, 2)
    assert not np.any(logits[:, 0])
    assert np.all(logits[:, 1])


def test_m2_the_small_lstm_has_199_809_parameters_and_drops_half_of_its_features():
    model = lstm_classifier(10, 256, hidden_size=128, output_activation="sigmoid")
    assert parameters(model) == 199_809
    ids, real = jnp.ones((2, 10), int), jnp.ones((2, 10), bool)
    call = jax.jit(lambda key: model(ids, real, dropout=0.5, key=key)[:, 1])
    one, again, other = call(jax.random.key(0)), call(jax.random.key(0)), call(jax.random.key(1))
    np.testing.assert_array_equal(one, again)
    assert not np.allclose(one, other)


def test_m3_two_inputs_and_two_outputs_have_5_200_610_parameters():
    large = shapes(lambda rngs: two_outputs(10_000, 512, 32, rngs))
    assert parameters(large) == 5_200_610
    graph, params = nnx.split(two_outputs(20, 6, 4, nnx.Rngs(0), hidden=(8, 8, 8)), nnx.Param)
    ids, real = jax.random.randint(jax.random.key(0), (3, 10), 0, 20), jnp.ones((3, 10), bool)
    labels = jnp.array([0, 1, 1])

    def losses(params, extra):
        logits = nnx.merge(graph, params)(ids, real, extra)
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None, None], axis=2).mean(
            axis=(0, 2)
        )

    weighted = jax.jit(
        jax.grad(lambda params, extra, weights: losses(params, extra) @ weights, (0, 1))
    )
    both, main, auxiliary = (
        weighted(params, jnp.ones((3, 5)), jnp.array(weights))
        for weights in ((1, 0.2), (1.0, 0), (0, 1.0))
    )
    for sum_of_both, one, other in zip(*map(jax.tree.leaves, (both, main, auxiliary)), strict=True):
        np.testing.assert_allclose(sum_of_both, one + 0.2 * other, rtol=1e-4, atol=1e-7)
    assert np.any(main[1])
    assert not np.any(auxiliary[1])  # the auxiliary output is of the text alone
    assert not np.any(nnx.to_pure_dict(main[0])["auxiliary"]["kernel"])
    assert np.any(nnx.to_pure_dict(auxiliary[0])["embedding"]["rows"])


def test_m4_a_simple_rnn_of_four_units_on_three_steps_of_two_has_28_parameters():
    layer = SimpleRNN(2, hidden_size=4, rngs=nnx.Rngs(0))
    vectors, real = jax.random.normal(jax.random.key(0), (1, 3, 2)), jnp.ones((1, 3), bool)
    assert parameters(layer) == 28
    assert layer(vectors, real).shape == (1, 4)
    first = jnp.tanh(
        vectors[:, 0] @ layer.inputs[...] + layer.bias[...]
    )  # the first state is zeros
    np.testing.assert_allclose(layer.sequences(vectors, real)[:, 0], first, rtol=1e-6)


def test_m5_returned_sequences_end_with_the_single_output():
    layer = SimpleRNN(2, hidden_size=4, rngs=nnx.Rngs(0))
    vectors, real = jax.random.normal(jax.random.key(0), (1, 3, 2)), jnp.ones((1, 3), bool)
    sequences = layer.sequences(vectors, real)
    assert sequences.shape == (1, 3, 4)
    np.testing.assert_array_equal(sequences[:, -1], layer(vectors, real))


def test_m6_the_same_dense_layer_at_every_step_gives_each_word_its_tags():
    rngs = nnx.Rngs(0)
    embedding, encoder = Embedding(20, 6, rngs=rngs), SimpleRNN(6, hidden_size=4, rngs=rngs)
    model = Tagger(embedding, encoder, 5, rngs=rngs)
    ids, real = jax.random.randint(jax.random.key(0), (2, 3), 0, 20), jnp.ones((2, 3), bool)
    tags = jax.nn.softmax(jax.jit(model.__call__)(ids, real))
    assert tags.shape == (2, 3, 5)
    np.testing.assert_allclose(tags.sum(axis=2), 1.0, rtol=1e-6)
    assert (
        parameters(model) == 20 * 6 + (6 + 4 + 1) * 4 + (4 + 1) * 5
    )  # one layer, however many steps


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_m7_all_but_the_last_of_stacked_layers_return_sequences(name):
    model = ENCODERS[name](2, hidden_size=4, layers=3, rngs=nnx.Rngs(0))
    vectors, real = jax.random.normal(jax.random.key(0), (2, 3, 2)), jnp.ones((2, 3), bool)
    by_hand = vectors
    for layer in model.layers[:-1]:
        by_hand = layer.sequences(by_hand, real)
    single = jax.jit(model.__call__)(vectors, real)
    assert (single.shape, by_hand.shape) == ((2, 4), (2, 3, 4))
    np.testing.assert_allclose(single, model.layers[-1](by_hand, real), rtol=1e-5, atol=1e-7)
    sequences = jax.jit(model.sequences)(vectors, real)  # for tagging the last returns them too
    np.testing.assert_allclose(sequences[:, -1], single, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ["rnn", "gru", "lstm"])
def test_m8_layers_of_each_kind_read_one_way_or_both(name):
    gates, biases = {"rnn": (1, 1), "gru": (3, 2), "lstm": (4, 1)}[name]
    one, both = (ENCODERS[ways + name](2, hidden_size=4, rngs=nnx.Rngs(0)) for ways in ("", "bi"))
    assert parameters(one) == gates * 4 * (2 + 4 + biases)
    assert (one.output_size, both.output_size) == (4, 8)
    assert parameters(both) == 2 * parameters(one)
    vectors, real = jax.random.normal(jax.random.key(0), (2, 3, 2)), jnp.ones((2, 3), bool)
    states, last = jax.jit(both.sequences)(vectors, real), jax.jit(both.__call__)(vectors, real)
    np.testing.assert_allclose(
        last, np.concatenate([states[:, -1, :4], states[:, 0, 4:]], axis=1), rtol=1e-6
    )
    np.testing.assert_allclose(
        states[:, ::-1, 4:],
        jax.jit(both.backward.sequences)(vectors[:, ::-1], real),
        rtol=1e-5,
        atol=1e-7,
    )


def test_m9_one_hot_pretrained_and_learned_vectors_are_three_arms_of_one_model():
    settings = {"hidden_size": 4, "output_activation": "sigmoid"}
    one_hot = lstm_classifier(6, 3, kind=OneHot, **settings)
    learned, pretrained = (lstm_classifier(6, 3, **settings) for _ in range(2))
    given = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)
    pretrained.embedding.rows[...] = jnp.asarray(given)
    beside = 4 * 4 * (4 + 1) + 4 + 1  # recurrent weights, biases and the head are the same for all
    assert [parameters(model) - beside for model in (one_hot, pretrained, learned)] == [
        6 * 16,
        6 * 3 + 3 * 16,
        6 * 3 + 3 * 16,
    ]
    tokenizer = Tokenizer.fit(TEXTS)
    np.testing.assert_array_equal(pretrained.embedding.vectors(tokenizer.rows).table, given)
    padded = pad(tokenizer.encode(TEXTS), 6)
    logits = [
        jax.jit(model.__call__)(jnp.asarray(padded), jnp.asarray(mask(padded)))
        for model in (one_hot, pretrained, learned)
    ]
    assert all(each.shape == (2, 2) and np.ptp(each[:, 1]) > 1e-5 for each in logits)


def test_the_examples_for_readers_who_come_from_keras_run_as_they_stand():
    page = Path(__file__).parents[1] / "docs" / "from-keras.md"
    failed, ran = doctest.testfile(str(page), module_relative=False)
    assert failed == 0
    assert ran > 15
