"""Models of each head: their logits, what they refuse, and how they are trained and scored."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.errors import InputError
from embexp.models import (
    CNN,
    ENCODERS,
    HEADS,
    LSTM,
    Batch,
    Classifier,
    Embedding,
    Mean,
    Tagger,
    TwoOutputs,
)
from embexp.models.batch import NOWHERE

VOCAB, DIM, HIDDEN, CLASSES, EXTRA = 12, 5, 4, 3, 2
IDS = jnp.array([[4, 9, 2, 9], [7, 0, 0, 0], [3, 3, 5, 0], [0, 0, 0, 0]])
MASK = IDS != 0
NUMBERS = jnp.linspace(-1, 1, 8).reshape(4, EXTRA)
BATCH = Batch(
    text_indices=jnp.array([1, 0, 3, -1]),
    positions=jnp.array([[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11], [12, 13, 14, 15]]),
    ids=IDS,
    mask=MASK,
    extra=NUMBERS,
)
SEQUENTIAL = [
    *(name for name in ENCODERS if name.endswith(("rnn", "gru", "lstm"))),
    "transformer",
]


def close(own, expected):
    """Equal to 1e-5 of the largest number: sums of some tens of float32 products."""
    np.testing.assert_allclose(
        own, expected, rtol=1e-5, atol=1e-5 * np.abs(np.asarray(expected)).max()
    )


def lstm(rngs):
    return LSTM(DIM, hidden_size=HIDDEN, rngs=rngs)


def made(kind=Classifier, encoder=lstm, classes=CLASSES, **settings):
    rngs = nnx.Rngs(0)
    return kind(Embedding(VOCAB, DIM, rngs=rngs), encoder(rngs), classes, rngs=rngs, **settings)


@pytest.mark.parametrize("name", HEADS)
def test_every_head_is_made_by_one_signature_and_says_where_its_logits_go(name):
    head = HEADS[name]
    extra = EXTRA if head.uses_extra else 0
    model = made(head, extra=extra, output_activation="softmax", initialisers="flax")
    logits = jax.jit(model.__call__)(IDS, MASK, NUMBERS[:, :extra])
    texts, tokens = 5, 16
    shape, targets = head.logits_shape(texts, tokens, CLASSES), head.targets(BATCH)
    assert logits.shape == (*targets.shape, *shape[1:])
    stored = jnp.zeros(shape).at[targets].set(logits, mode="drop")
    expected = np.zeros(shape)
    for row, text in enumerate([1, 0, 3]):
        if head.per_token:
            here = np.asarray(BATCH.positions[row])[np.asarray(MASK[row])]
            expected[here] = np.asarray(logits)[row, : len(here)]
        else:
            expected[text] = logits[row]
    np.testing.assert_array_equal(stored, expected)
    assert targets.max() == NOWHERE


def test_losses_are_means_over_what_is_labelled():
    rng = np.random.default_rng(0)

    def nll(logits, label):
        return np.log(np.exp(logits.astype(float)).sum()) - logits[label]

    labels, tags = np.array([2, 0, 1, 1, 0]), rng.integers(0, CLASSES, 16)
    texts = rng.normal(size=(4, 2, CLASSES)).astype(np.float32)
    main, auxiliary = (
        np.mean([nll(texts[row, output], labels[text]) for row, text in enumerate([1, 0, 3])])
        for output in (0, 1)
    )
    (found,) = Classifier.losses(jnp.asarray(texts[:, 0]), jnp.asarray(labels), BATCH)
    close(found, main)
    both = TwoOutputs.losses(jnp.asarray(texts), jnp.asarray(labels), BATCH)
    close(both, [main, auxiliary])
    words = rng.normal(size=(4, 4, CLASSES)).astype(np.float32)
    (found,) = Tagger.losses(jnp.asarray(words), jnp.asarray(tags), BATCH)
    mask, places = np.asarray(MASK), np.asarray(BATCH.positions)
    counted = [nll(words[*at], tags[places[*at]]) for at in np.argwhere(mask)]
    close(found, np.mean(counted))


@pytest.mark.parametrize("head", [Classifier, Tagger])
def test_a_batch_of_nothing_has_no_loss_and_finite_gradients(head):
    nothing = BATCH._replace(text_indices=jnp.full(4, -1), mask=jnp.zeros((4, 4), bool))
    shape = nothing.mask.shape if head.per_token else (4,)
    labels = jnp.zeros(16, int)
    loss, gradient = jax.value_and_grad(lambda logits: head.losses(logits, labels, nothing)[0])(
        jnp.ones((*shape, CLASSES))
    )
    assert loss == 0
    assert not np.any(gradient)


def test_a_sigmoid_is_the_softmax_of_nothing_and_its_output():
    def mean(rngs):
        return Mean(DIM, rngs=rngs)

    wide, narrow = (
        made(encoder=mean, classes=2, output_activation=name) for name in ("softmax", "sigmoid")
    )
    assert (wide.head.kernel[...].shape, narrow.head.kernel[...].shape) == ((DIM, 2), (DIM, 1))
    logits = np.asarray(jax.jit(narrow.__call__)(IDS, MASK))
    z = np.asarray(narrow.head(narrow.features(IDS, MASK)))[:, 0]
    close(jax.nn.softmax(logits)[:, 1], 1 / (1 + np.exp(-z)))
    labels = np.array([0, 1, 1, 0])
    probability = 1 / (1 + np.exp(-z))
    binary = -(labels * np.log(probability) + (1 - labels) * np.log(1 - probability))
    close(-np.asarray(jax.nn.log_softmax(logits))[np.arange(4), labels], binary)


@pytest.mark.parametrize("encoder", SEQUENTIAL)
def test_a_tagger_gives_the_same_dense_layer_at_each_word(encoder):
    def stacked(rngs):
        heads = {"heads": 1} if encoder == "transformer" else {}
        return ENCODERS[encoder](DIM, hidden_size=HIDDEN, layers=2, rngs=rngs, **heads)

    graph, params = nnx.split(made(Tagger, stacked))

    def both(params):
        model = nnx.merge(graph, params)
        return model(IDS, MASK), model.encoder.sequences(model.embedding(IDS), MASK)

    logits, states = jax.jit(both)(params)
    head = nnx.to_pure_dict(params)["head"]
    assert logits.shape == (*IDS.shape, CLASSES)
    for step in range(IDS.shape[1]):
        close(
            logits[:, step],
            np.asarray(states)[:, step] @ np.asarray(head["kernel"]) + np.asarray(head["bias"]),
        )


def test_the_auxiliary_output_reads_the_text_alone():
    model = made(TwoOutputs, classes=2, extra=EXTRA, hidden=(8,), output_activation="sigmoid")
    one, other = (jax.jit(model.__call__)(IDS, MASK, NUMBERS * by) for by in (1, -1))
    assert one.shape == (4, 2, 2)
    np.testing.assert_array_equal(one[:, 1], other[:, 1])
    assert np.all(one[:, 0, 1] != other[:, 0, 1])
    features = model.features(IDS, MASK)
    first, last = model.layers
    hidden = np.maximum(first(jnp.concatenate([features, NUMBERS], axis=1)), 0)
    close(one[:, 0, 1], last(hidden)[:, 0])
    close(one[:, 1, 1], model.auxiliary(features)[:, 0])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (
            lambda: made(output_activation="sigmoid"),
            "tells two classes apart, not 3; use output_activation='softmax'",
        ),
        (
            lambda: made(output_activation="sigmod"),
            "unknown output activation 'sigmod'; did you mean 'sigmoid'",
        ),
        (
            lambda: made(Tagger, lambda rngs: CNN(DIM, rngs=rngs)),
            "CNN gives one vector for a text; tagging needs one for each word",
        ),
        (
            lambda: made(encoder=lambda rngs: Mean(DIM + 1, rngs=rngs)),
            "the encoder reads vectors of 6 numbers, but the embedding's have 5",
        ),
        (
            lambda: made(Tagger, extra=5),
            "Tagger reads no numbers beside a text, but extra=5; use TwoOutputs",
        ),
        (lambda: made(classes=0), "classes=0 is no size"),
        (lambda: made(Tagger, classes=True), "classes=True is no size"),
        (lambda: made(TwoOutputs, classes=-1, extra=2), "classes=-1 is no size"),
        (
            lambda: made(TwoOutputs, extra=5)(IDS, MASK, jnp.ones((4, 4))),
            "texts come with 4 numbers beside them, but the model was made for 5",
        ),
        (
            lambda: made(TwoOutputs, extra=5)(IDS, MASK),
            "texts come with 0 numbers beside them, but the model was made for 5",
        ),
        (
            lambda: made()(IDS, MASK, jnp.ones((4, 4))),
            "texts come with 4 numbers beside them, but the model was made for 0",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(make, said):
    with pytest.raises(InputError, match=said):
        make()
