"""What stands for a word: rows, one-hot codes, two channels, projected rows."""

import inspect

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from encoder_names import READERS
from flax import nnx

from embexp.errors import InputError
from embexp.models import (
    ENCODERS,
    Attention,
    Classifier,
    Embedding,
    Interpolated,
    Joint,
    LowRank,
    Multichannel,
    OneHot,
    Projected,
    SomeRows,
)
from embexp.models.codes import Codes
from embexp.models.shapes import size
from embexp.models.views import Given, ProjectedRows, Rows
from embexp.words import Vectors, Vocabulary

VOCAB, DIM, HIDDEN, CLASSES = 12, 5, 4, 3
IDS = np.array(
    [[4, 9, 2, 9, 0, 0], [7, 0, 0, 0, 0, 0], [3, 3, 5, 11, 8, 2], [0, 0, 0, 0, 0, 0]], np.int32
)
MASK = IDS != 0
FEW, MANY = (IDS[:, :2], MASK[:, :2]), (IDS, MASK)
"""Fewer tokens than rows, where each token's vector is projected, and more, where the table is."""
KINDS = (Embedding, OneHot, Multichannel, Projected, SomeRows, LowRank, Interpolated, Joint)


def close(own, expected):
    """Equal to 1e-5 of the largest number: sums of some tens of float32 products."""
    np.testing.assert_allclose(
        own, expected, rtol=1e-5, atol=1e-5 * np.abs(np.asarray(expected)).max()
    )


def made(kind: type[Embedding], dim: int, encoder: str, seed: int = 1):
    rngs = nnx.Rngs(seed)
    sizes = {"hidden_size": HIDDEN, "windows": (2, 3), "heads": HIDDEN}
    own = {name: value for name, value in sizes.items() if name in ENCODERS[encoder].parameters}
    embedding = kind(VOCAB, dim, rngs=rngs)
    model = Classifier(
        embedding, ENCODERS[encoder](embedding.dim, rngs=rngs, **own), CLASSES, rngs=rngs
    )
    return nnx.split(model, nnx.Param)


def outcome(graph, params, ids, mask):
    """Logits and the gradients of a loss."""

    def loss(params):
        logits = nnx.merge(graph, params)(jnp.asarray(ids), jnp.asarray(mask))
        return jax.nn.log_softmax(logits)[:, 1].sum(), logits

    gradients, logits = jax.jit(jax.grad(loss, has_aux=True))(params)
    return logits, nnx.to_pure_dict(gradients)


def with_table(params, given: dict, table) -> None:
    """Gives a model with a plain table the parameters of another and that table."""
    nnx.replace_by_pure_dict(params, {**given, "embedding": {"rows": table}})


@pytest.mark.parametrize("encoder", READERS)
def test_one_hot_by_lookup_equals_the_identity_as_a_table(encoder):
    graph, params = made(OneHot, VOCAB, encoder)
    whole, of_whole = made(Embedding, VOCAB, encoder)
    given = nnx.to_pure_dict(params)
    with_table(of_whole, given, jnp.eye(VOCAB))
    assert "embedding" not in given
    logits, gradients = outcome(graph, params, *MANY)
    expected, d_expected = outcome(whole, of_whole, *MANY)
    del d_expected["embedding"]
    close(logits, expected)
    assert np.abs(np.diff(logits, axis=0)).max() > 1e-3
    for own, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(d_expected), strict=True):
        close(own, other)


@pytest.mark.parametrize("texts", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("encoder", ["cnn", "lstm", "attention"])
def test_projecting_the_table_or_each_word_is_the_same(encoder, texts):
    graph, params = made(Embedding, DIM, encoder)

    def by_given(params, ids, mask):
        model = nnx.merge(graph, params)
        logits = model.head(model.encoder(model.embedding(ids), mask))
        return jax.nn.log_softmax(logits)[:, 1].sum()

    ids, mask = texts
    expected = nnx.to_pure_dict(
        jax.jit(jax.grad(by_given))(params, jnp.asarray(ids), jnp.asarray(mask))
    )
    _, gradients = outcome(graph, params, ids, mask)
    for own, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(expected), strict=True):
        close(own, other)
    absent = np.setdiff1d(np.arange(VOCAB), ids[mask])
    assert not np.any(gradients["embedding"]["rows"][absent])


@pytest.mark.parametrize("encoder", ["mean", "cnn", "lstm", "attention"])
def test_two_channels_are_their_sum_and_one_of_them_is_never_trained(encoder):
    graph, params = made(Multichannel, DIM, encoder)
    single, of_single = made(Embedding, DIM, encoder)
    given = nnx.to_pure_dict(params)
    assert set(given["embedding"]) - Multichannel.frozen == {"rows"}
    with_table(of_single, given, given["embedding"]["rows"] + given["embedding"]["static"])
    for texts in (FEW, MANY):
        logits, gradients = outcome(graph, params, *texts)
        expected, d_expected = outcome(single, of_single, *texts)
        close(logits, expected)
        assert not np.any(gradients["embedding"].pop("static"))
        for own, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(d_expected), strict=True):
            close(own, other)


@pytest.mark.parametrize("encoder", ["mean", "cnn", "lstm", "attention"])
def test_projected_rows_are_those_of_the_effective_table(encoder):
    graph, params = made(Projected, DIM, encoder)
    single, of_single = made(Embedding, DIM, encoder)
    given = nnx.to_pure_dict(params)
    own = given["embedding"]
    np.testing.assert_array_equal(own["map"], np.eye(DIM))
    by = own["map"] = own["map"] + 0.3 * jax.random.normal(jax.random.key(7), (DIM, DIM))
    nnx.replace_by_pure_dict(params, given)
    with_table(of_single, given, Projected.effective_table(own))
    close(Projected.effective_table(own), np.asarray(own["rows"]) @ np.asarray(by))
    for texts in (FEW, MANY):
        logits, gradients = outcome(graph, params, *texts)
        expected, d_expected = outcome(single, of_single, *texts)
        close(logits, expected)
        d_table = d_expected["embedding"]["rows"]
        close(gradients["embedding"]["map"], own["rows"].T @ d_table)  # the chain rule
        close(gradients["embedding"]["rows"], d_table @ by.T)
        close(gradients["head"]["kernel"], d_expected["head"]["kernel"])


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_starts_at_a_table_and_gives_it_back(kind):
    embedding = kind(VOCAB, DIM, rngs=nnx.Rngs(0))
    params = nnx.to_pure_dict(nnx.state(embedding, nnx.Param))
    table = jnp.arange(VOCAB * DIM, dtype=jnp.float32).reshape(VOCAB, DIM)
    started = kind.with_start(params, table)
    assert jax.tree.structure(started) == jax.tree.structure(params)
    found = kind.effective_table(started)
    if kind is OneHot:
        assert found is None
        assert embedding.dim == VOCAB
        return
    np.testing.assert_array_equal(found, table)
    assert all(started[name] is table for name in kind.frozen & kind.tables)
    both = jax.tree.map(lambda leaf: jnp.stack([leaf, 2 * leaf]), started)
    assert kind.effective_table(both).shape == (2, VOCAB, DIM)  # runs trained side by side
    assert kind.label != Embedding.label or kind is Embedding


def test_an_embedding_starts_at_the_vectors_rows_and_carries_its_regime():
    words = ["good", "bad", "film"]
    vectors = Vectors(words, np.arange(1.0, 7.0).reshape(3, 2))
    for kind in (Embedding, Multichannel, Projected):
        embedding = kind.from_vectors(vectors)
        np.testing.assert_array_equal(embedding.vectors(words).table, vectors.table)
        assert embedding.regime == kind.regime
        graph, params = nnx.split(embedding, nnx.Param)
        assert nnx.merge(graph, params).regime == kind.regime
    np.testing.assert_array_equal(
        Multichannel.from_vectors(vectors)(jnp.array([[2, 0]])), 2 * vectors.table[[[2, 0]]]
    )
    frozen = Embedding.from_vectors(vectors, regime="frozen")
    assert frozen.regime == nnx.clone(frozen).regime == "frozen"
    gensim = Embedding.from_vectors(vectors.to_keyed_vectors())
    np.testing.assert_array_equal(gensim.rows[...], vectors.table)
    with pytest.raises(InputError, match="OneHot has no table that starts at vectors"):
        OneHot.from_vectors(vectors)


def test_with_a_vocabulary_rows_stand_for_its_words():
    vectors = Vectors(["good", "bad", "film"], np.arange(1.0, 7.0).reshape(3, 2))
    vocabulary = Vocabulary.build([["film", "film", "dull", "good"]])
    drawn, again, other = (
        Embedding.from_vectors(vectors, vocabulary, rng=rng and np.random.default_rng(rng))
        for rng in (None, None, 1)
    )
    table = drawn.vectors(vocabulary.words)
    np.testing.assert_array_equal(table["film"], [5, 6])
    np.testing.assert_array_equal(table["good"], [1, 2])
    np.testing.assert_array_equal(table["<pad>"], [0, 0])
    np.testing.assert_array_equal(drawn.rows[...], again.rows[...])
    assert not np.array_equal(drawn.rows[...], other.rows[...])
    zeros = Embedding.from_vectors(vectors, vocabulary, oov="zero").vectors(vocabulary.words)
    np.testing.assert_array_equal(zeros["dull"], [0, 0])


@pytest.mark.parametrize("view", ["given", "rows", "codes", "projected"])
def test_a_view_projects_sums_and_turns_as_its_vectors_do(view):
    table = np.random.default_rng(0).normal(size=(VOCAB, DIM)).astype(np.float32)
    shares = np.random.default_rng(1).random(IDS.shape, np.float32) * MASK
    weights = table[:, :3] if view == "codes" else table.T @ table[:, :3]
    rows, ids = jnp.asarray(table), jnp.asarray(IDS)
    by = np.random.default_rng(2).normal(size=(DIM, DIM)).astype(np.float32)
    words, vectors = {
        "given": (Given(rows[ids]), table[IDS]),
        "rows": (Rows(ids, (rows,)), table[IDS]),
        "codes": (Codes(ids, VOCAB), np.eye(VOCAB, dtype=np.float32)[IDS]),
        "projected": (ProjectedRows(ids, rows, jnp.asarray(by)), table[IDS] @ by),
    }[view]
    close(words.vectors, vectors)
    close(words.project(jnp.asarray(weights)), vectors @ weights)
    close(words.weighted_sum(jnp.asarray(shares)), np.einsum("bl,bld->bd", shares, vectors))
    close(words.time_first().vectors, vectors.swapaxes(0, 1))
    close(words.backwards().vectors, vectors[::-1])
    filters = np.stack([weights, -2 * weights])
    close(
        words.convolve(jnp.asarray(filters), jnp.asarray(MASK)),
        Given(jnp.asarray(vectors)).convolve(jnp.asarray(filters), jnp.asarray(MASK)),
    )


def test_attention_equals_a_loop_and_gives_one_word_all_its_weight():
    encoder = Attention(DIM, hidden_size=HIDDEN, hops=2, rngs=nnx.Rngs(0))
    vectors = np.random.default_rng(0).normal(size=(*IDS.shape, DIM)).astype(np.float32)
    expected = np.zeros((len(IDS), 2 * DIM))
    for row, here in enumerate(MASK):
        words = vectors[row][here].astype(float)
        for hop in range(2):
            scores = np.exp(
                np.tanh(words @ np.asarray(encoder.hidden[...]))
                @ np.asarray(encoder.scores[...])[:, hop]
            )
            expected[row, hop * DIM : (hop + 1) * DIM] = (
                (scores / scores.sum()) @ words if here.any() else 0
            )
    close(jax.jit(encoder.__call__)(vectors, MASK), expected)
    np.testing.assert_array_equal(expected[1].reshape(2, DIM), [vectors[1, 0]] * 2)

    graph, params = nnx.split(encoder, nnx.Param)
    alone = jax.jit(
        jax.grad(
            lambda p: jnp.square(
                nnx.merge(graph, p)(jnp.asarray(vectors[1:2]), jnp.asarray(MASK[1:2]))
            ).sum()
        )
    )(params)
    assert not np.any(
        nnx.to_pure_dict(alone)["hidden"]
    )  # one word's weight is one, whatever the scores


SIZES = [0, True, -1, 3.7]


@pytest.mark.parametrize("value", [*SIZES, "3", None, np.float32(2), np.True_])
def test_what_is_no_size_is_refused_with_its_name(value):
    with pytest.raises(InputError, match=r"vocab=.* is no size; give a whole number, 1 or more"):
        size("vocab", value)
    assert size("vocab", np.int64(3)) == size("vocab", 3) == 3


@pytest.mark.parametrize("value", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_checks_its_sizes(kind, value):
    init = inspect.unwrap(kind.__init__)  # 3.7 is also against the annotation, which tests check
    arguments = [("vocab", (value, 3))] + [("dim", (3, value))] * (kind is not OneHot)
    for name, sizes in arguments:
        with pytest.raises(Exception, match=rf"{name}\b") as error:
            init(kind.__new__(kind), *sizes, rngs=nnx.Rngs(0))
        assert isinstance(error.value, InputError) or value == 3.7


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda rngs: OneHot(400_000).vectors(["a"]),
            "400000 words would take 596 GiB; keep at most 20000 words",
        ),
        (
            lambda rngs: Embedding(3, 2, rngs=rngs).vectors(["a", "b"]),
            "2 words cannot name the table's 3 rows",
        ),
        (
            lambda rngs: Embedding(3, 2, rngs=rngs)(jnp.ones((2, 6))),
            "ids are whole numbers from 0 to 2, not float32",
        ),
        (
            lambda rngs: Embedding(3, 2, initialisers="kears", rngs=rngs),
            "unknown set of initialisers 'kears'; did you mean 'keras'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(make, said):
    with pytest.raises(InputError, match=said):
        make(nnx.Rngs(0))
