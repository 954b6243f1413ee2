"""Words coded as rows of a table, as one-hot codes, as two channels: what each encoder
sees, and what a head makes of it."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.errors import InputError
from embexp.models import (
    ENCODERS,
    RECURRENT,
    Attention,
    Classifier,
    OneHot,
    Table,
    Tagger,
    TwoOutputs,
)
from embexp.models.table import Codes, Given, Mapped, Rows

VOCAB, DIM, FEATURES, CLASSES = 12, 5, 4, 3
IDS = np.array(
    [[4, 9, 2, 9, 0, 0], [7, 0, 0, 0, 0, 0], [3, 3, 5, 11, 8, 2], [0, 0, 0, 0, 0, 0]], np.int32
)
KEEP = IDS != 0
FEW, MANY = (IDS[:, :2], KEEP[:, :2]), (IDS, KEEP)
"""Fewer tokens than rows, where each token's vector is projected, and more, where the table is."""


def close(own, expected):
    """Equal to 1e-5 of the largest number: sums of some tens of float32 products."""
    np.testing.assert_allclose(
        own, expected, rtol=1e-5, atol=1e-5 * np.abs(np.asarray(expected)).max()
    )


def made(coding: str, dim: int, encoder: str, seed: int = 1):
    model = Classifier(
        VOCAB,
        dim,
        CLASSES,
        encoder=encoder,
        features=FEATURES,
        windows=(2, 3),
        coding=coding,
        rngs=nnx.Rngs(seed),
    )
    return nnx.split(model, nnx.Param)


def outcome(graph, params, ids, keep):
    """Logits and the gradients of a loss."""

    def loss(params):
        logits = nnx.merge(graph, params)(jnp.asarray(ids), jnp.asarray(keep))
        return jax.nn.log_softmax(logits)[:, 1].sum(), logits

    gradients, logits = jax.jit(jax.grad(loss, has_aux=True))(params)
    return logits, nnx.to_pure_dict(gradients)


@pytest.mark.parametrize("encoder", ENCODERS)
def test_one_hot_by_lookup_equals_the_identity_as_a_table(encoder):
    graph, params = made("one-hot", VOCAB, encoder)
    whole, with_table = made("table", VOCAB, encoder)
    given = nnx.to_pure_dict(params)
    nnx.replace_by_pure_dict(with_table, {**given, "table": {"rows": jnp.eye(VOCAB)}})
    assert "table" not in given
    logits, gradients = outcome(graph, params, *MANY)
    expected, d_expected = outcome(whole, with_table, *MANY)
    del d_expected["table"]
    close(logits, expected)
    assert np.abs(np.diff(logits, axis=0)).max() > 1e-3
    for own, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(d_expected), strict=True):
        close(own, other)


@pytest.mark.parametrize("texts", [FEW, MANY], ids=["few", "many"])
@pytest.mark.parametrize("encoder", ["cnn", "lstm", "attention"])
def test_projecting_the_table_or_each_word_is_the_same(encoder, texts):
    graph, params = made("table", DIM, encoder)

    def by_given(params, ids, keep):
        model = nnx.merge(graph, params)
        return jax.nn.log_softmax(model.head(model.encoder(model.table(ids), keep)))[:, 1].sum()

    ids, keep = texts
    expected = nnx.to_pure_dict(
        jax.jit(jax.grad(by_given))(params, jnp.asarray(ids), jnp.asarray(keep))
    )
    _, gradients = outcome(graph, params, ids, keep)
    for own, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(expected), strict=True):
        close(own, other)
    absent = np.setdiff1d(np.arange(VOCAB), ids[keep])
    assert not np.any(gradients["table"]["rows"][absent])


@pytest.mark.parametrize("encoder", ["mean", "cnn", "lstm", "attention"])
def test_two_channels_are_their_sum_and_one_of_them_is_never_trained(encoder):
    graph, params = made("two-channel", DIM, encoder)
    single, of_single = made("table", DIM, encoder)
    given = nnx.to_pure_dict(params)
    channel = given.pop("channel")["rows"]
    nnx.replace_by_pure_dict(
        of_single, {**given, "table": {"rows": given["table"]["rows"] + channel}}
    )
    for texts in (FEW, MANY):
        logits, gradients = outcome(graph, params, *texts)
        expected, d_expected = outcome(single, of_single, *texts)
        close(logits, expected)
        assert not np.any(gradients.pop("channel")["rows"])
        for own, other in zip(jax.tree.leaves(gradients), jax.tree.leaves(d_expected), strict=True):
            close(own, other)


@pytest.mark.parametrize("encoder", ["mean", "cnn", "lstm", "attention"])
def test_mapped_rows_are_those_of_a_mapped_table(encoder):
    graph, params = made("mapped", DIM, encoder)
    single, of_single = made("table", DIM, encoder)
    given = nnx.to_pure_dict(params)
    np.testing.assert_array_equal(given["map"], np.eye(DIM))
    by = given["map"] = given["map"] + 0.3 * jax.random.normal(jax.random.key(7), (DIM, DIM))
    nnx.replace_by_pure_dict(params, given)
    nnx.replace_by_pure_dict(
        of_single,
        {
            **{k: v for k, v in given.items() if k != "map"},
            "table": {"rows": given["table"]["rows"] @ by},
        },
    )
    for texts in (FEW, MANY):
        logits, gradients = outcome(graph, params, *texts)
        expected, d_expected = outcome(single, of_single, *texts)
        close(logits, expected)
        close(
            gradients.pop("map"), given["table"]["rows"].T @ d_expected["table"]["rows"]
        )  # the chain rule through rows @ map
        close(gradients["table"]["rows"], d_expected["table"]["rows"] @ by.T)
        close(gradients["head"]["kernel"], d_expected["head"]["kernel"])


@pytest.mark.parametrize("view", ["given", "rows", "codes", "mapped"])
def test_a_view_projects_pools_and_turns_as_its_vectors_do(view):
    table = np.random.default_rng(0).normal(size=(VOCAB, DIM)).astype(np.float32)
    shares = np.random.default_rng(1).random(IDS.shape, np.float32) * KEEP
    weights = table[:, :3] if view == "codes" else table.T @ table[:, :3]
    rows, ids = jnp.asarray(table), jnp.asarray(IDS)
    by = np.random.default_rng(2).normal(size=(DIM, DIM)).astype(np.float32)
    views = {
        "given": Given(rows[ids]),
        "rows": Rows((rows,), ids),
        "codes": Codes(VOCAB, ids),
        "mapped": Mapped(Rows((rows,), ids), jnp.asarray(by)),
    }
    words, vectors = (
        views[view],
        {"codes": np.eye(VOCAB)[IDS], "mapped": table[IDS] @ by}.get(view, table[IDS]),
    )
    close(words.vectors, vectors)
    close(words.project(jnp.asarray(weights)), vectors @ weights)
    close(words.pool(jnp.asarray(shares)), np.einsum("bl,bld->bd", shares, vectors))
    close(words.time_first().vectors, vectors.swapaxes(0, 1))
    close(words.backwards().vectors, vectors[::-1])


def test_attention_equals_a_loop_and_gives_one_word_all_its_weight():
    encoder = Attention(DIM, features=FEATURES, hops=2, rngs=nnx.Rngs(0))
    vectors = np.random.default_rng(0).normal(size=(*IDS.shape, DIM)).astype(np.float32)
    expected = np.zeros((len(IDS), 2 * DIM))
    for row, kept in enumerate(KEEP):
        words = vectors[row][kept].astype(float)
        for hop in range(2):
            scores = np.exp(
                np.tanh(words @ np.asarray(encoder.hidden[...]))
                @ np.asarray(encoder.scores[...])[:, hop]
            )
            expected[row, hop * DIM : (hop + 1) * DIM] = (
                (scores / scores.sum()) @ words if kept.any() else 0
            )
    close(jax.jit(encoder.__call__)(vectors, KEEP), expected)
    np.testing.assert_array_equal(expected[1].reshape(2, DIM), [vectors[1, 0]] * 2)

    graph, params = nnx.split(encoder, nnx.Param)
    alone = jax.jit(
        jax.grad(
            lambda p: jnp.square(
                nnx.merge(graph, p)(jnp.asarray(vectors[1:2]), jnp.asarray(KEEP[1:2]))
            ).sum()
        )
    )(params)
    assert not np.any(
        nnx.to_pure_dict(alone)["hidden"]
    )  # one word's weight is one, whatever the scores


def test_a_sigmoid_is_the_softmax_of_nothing_and_its_output():
    wide, narrow = (
        Classifier(VOCAB, DIM, 2, unit=unit, rngs=nnx.Rngs(0)) for unit in ("softmax", "sigmoid")
    )
    assert (wide.head.kernel[...].shape, narrow.head.kernel[...].shape) == ((DIM, 2), (DIM, 1))
    logits = np.asarray(jax.jit(narrow.__call__)(IDS, KEEP))
    z = np.asarray(narrow.head(narrow.encoder(narrow.table(jnp.asarray(IDS)), jnp.asarray(KEEP))))[
        :, 0
    ]
    close(jax.nn.softmax(logits)[:, 1], 1 / (1 + np.exp(-z)))
    labels = np.array([0, 1, 1, 0])
    binary = -(
        labels * np.log(1 / (1 + np.exp(-z))) + (1 - labels) * np.log(1 - 1 / (1 + np.exp(-z)))
    )
    close(-np.asarray(jax.nn.log_softmax(logits))[np.arange(4), labels], binary)


@pytest.mark.parametrize("encoder", RECURRENT)
def test_a_tagger_gives_the_same_dense_layer_at_each_word(encoder):
    graph, params = nnx.split(
        Tagger(VOCAB, DIM, CLASSES, encoder=encoder, features=FEATURES, layers=2, rngs=nnx.Rngs(0))
    )

    def both(params):
        model = nnx.merge(graph, params)
        return model(jnp.asarray(IDS), jnp.asarray(KEEP)), model.encoder.sequences(
            model.table(jnp.asarray(IDS)), jnp.asarray(KEEP)
        )

    logits, states = jax.jit(both)(params)
    head = nnx.to_pure_dict(params)["head"]
    assert logits.shape == (*IDS.shape, CLASSES)
    for step in range(IDS.shape[1]):
        close(
            logits[:, step],
            np.asarray(states)[:, step] @ np.asarray(head["kernel"]) + np.asarray(head["bias"]),
        )


def model(kind, rngs, **settings):
    return kind(VOCAB, DIM, 2, rngs=rngs, **settings)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda rngs: model(Classifier, rngs, coding="onehot"),
            "unknown coding of words 'onehot'; did you mean 'one-hot'",
        ),
        (
            lambda rngs: model(Classifier, rngs, coding="one-hot"),
            "codes of 12 words have 12 numbers, not dim=5; set dim=12",
        ),
        (
            lambda rngs: Classifier(VOCAB, DIM, 3, unit="sigmoid", rngs=rngs),
            "tells two classes apart, not 3; use unit='softmax'",
        ),
        (
            lambda rngs: model(Classifier, rngs, unit="sigmod"),
            "unknown unit 'sigmod'; did you mean 'sigmoid'",
        ),
        (
            lambda rngs: model(Tagger, rngs, encoder="cnn"),
            "'cnn' gives one vector for a text; tagging needs one for each word",
        ),
        (
            lambda rngs: OneHot(400_000).vectors(["a"]),
            "400000 words would take 596 GiB; keep at most 20000 words",
        ),
        (
            lambda rngs: Table(3, 2, rngs=rngs).vectors(["a", "b"]),
            "2 words cannot name the table's 3 rows",
        ),
        (
            lambda rngs: Table(3, 2, rngs=rngs)(jnp.ones((2, 6))),
            "ids are whole numbers from 0 to 2, not float32",
        ),
        (
            lambda rngs: model(Classifier, rngs)(jnp.asarray(IDS), jnp.asarray(KEEP[:, :5])),
            r"\(4, 6\) have a mask of shape \(4, 5\)",
        ),
        (
            lambda rngs: TwoOutputs(VOCAB, DIM, 2, 5, rngs=rngs)(
                jnp.asarray(IDS), jnp.asarray(KEEP), jnp.ones((4, 4))
            ),
            "texts come with 4 numbers beside them, but the model was made for 5",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(make, said):
    with pytest.raises(InputError, match=said):
        make(nnx.Rngs(0))
