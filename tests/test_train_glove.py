"""GloVe against its gradient and against Stanford's loop."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from test_train_counts import plain_counts
from two_topics import TOPICS, sentences

from embexp.errors import InputError
from embexp.vectors import glove
from embexp.vectors.cooccurrence import Counts, count
from embexp.vectors.glove_steps import BIAS_RATE, EntryBatch, stepped
from embexp.vectors.settings import GloVe
from embexp.vectors.text import read_text


@pytest.fixture(scope="module")
def text():
    return read_text(sentences(np.random.default_rng(0), 200), min_count=1)


def entries(rng, words, size):
    drawn = rng.integers(0, words, (2, size))
    values = rng.uniform(0.1, 30, size)
    weights = np.minimum(1, (values / 10) ** 0.75)
    return drawn[0], drawn[1], values, weights


def batch(rows, columns, values, weights):
    return EntryBatch(
        jnp.asarray(rows),
        jnp.asarray(columns),
        jnp.log(jnp.asarray(values, jnp.float32)),
        jnp.asarray(weights, jnp.float32),
    )


def test_a_step_follows_the_gradient_of_the_loss():
    """Against autodiff of ½·f(x)·(w·c + b + b̃ − log x)², for entries that share no
    row: w moves by −rate·∇/√(1) from sums of 1."""
    dim = 3
    tables = glove.initial(4, GloVe(dim=dim))
    one = batch([2], [1], [5.0], [0.6])

    def loss(words, contexts):
        w, c = words[2, 0], contexts[1, 0]
        return 0.5 * 0.6 * (w[:dim] @ c[:dim] + w[dim] + c[dim + 1] - jnp.log(5.0)) ** 2

    to_words, to_contexts = jax.grad(loss, argnums=(0, 1))(*tables)
    moved = stepped(tables, one, jnp.float32(0.1), jnp.float32(64), dim)
    rates = np.array([0.1] * dim + [BIAS_RATE] * 2 + [0] * 3)
    for before, after, gradient in zip(tables, moved, (to_words, to_contexts), strict=True):
        np.testing.assert_allclose(after[:, 0] - before[:, 0], -rates * gradient[:, 0], atol=1e-7)
        np.testing.assert_allclose(
            after[:, 1] - before[:, 1], (rates * gradient[:, 0]) ** 2, atol=1e-7
        )


def stanford(words, contexts, rows, columns, values, weights, rate, dim):
    """The published program's update, an entry at a time; distinct rows make it equal
    to a batch."""
    for i, j, x, f in zip(rows, columns, values, weights, strict=True):
        w, c = words[i], contexts[j]
        step = f * (w[0, :dim] @ c[0, :dim] + w[0, dim] + c[0, dim + 1] - np.log(x))
        sides = ((w, c[0, :dim].copy(), dim), (c, w[0, :dim].copy(), dim + 1))
        for side, other, bias in sides:
            for place, move in [*enumerate(rate * step * other), (bias, BIAS_RATE * step)]:
                side[0, place] -= move / np.sqrt(side[1, place])
                side[1, place] += move**2


def test_steps_equal_stanfords_loop():
    dim, rng = 4, np.random.default_rng(0)
    tables = glove.initial(6, GloVe(dim=dim))
    words, contexts = (np.array(table, np.float64) for table in tables)
    for _ in range(5):
        rows, columns = rng.permutation(6), rng.permutation(6)
        _, _, values, weights = entries(rng, 6, 6)
        stanford(words, contexts, rows, columns, values, weights, 0.3, dim)
        tables = stepped(
            tables, batch(rows, columns, values, weights), jnp.float32(0.3), jnp.float32(64), dim
        )
    np.testing.assert_allclose(tables.words, words, atol=1e-5)
    np.testing.assert_allclose(tables.contexts, contexts, atol=1e-5)
    assert (np.array(tables.words)[:, 0, dim + 1] == 1).all()
    assert (np.array(tables.contexts)[:, 0, dim] == 1).all()


def test_the_cap_bounds_rows_but_not_their_sums():
    tables = glove.initial(3, GloVe(dim=2))
    rows, columns = np.zeros(4, int), np.array([1, 2, 1, 2])
    free, capped = (
        stepped(
            tables,
            batch(rows, columns, np.full(4, 3.0), np.ones(4)),
            jnp.float32(0.05),
            jnp.float32(cap),
            2,
        )
        for cap in (64, 2)
    )
    start = np.array(tables.words)
    np.testing.assert_allclose(
        np.array(capped.words - start)[0, 0], np.array(free.words - start)[0, 0] / 2, rtol=1e-5
    )
    np.testing.assert_array_equal(capped.words[:, 1], free.words[:, 1])
    np.testing.assert_allclose(
        capped.contexts, free.contexts, rtol=1e-5
    )  # each of these rows weighs 2


def test_an_epoch_sees_every_entry_once(text):
    counts = count(text, 4)
    seen = np.zeros((len(text.words),) * 2)
    for epoch, batches in glove.drawn(counts, GloVe(batch_size=8, epochs=2, x_max=1e6, alpha=1.0)):
        kept = np.asarray(batches.weights) > 0
        places = np.asarray(batches.words)[kept], np.asarray(batches.contexts)[kept]
        np.add.at(
            seen, places, np.exp(np.asarray(batches.logarithms)[kept]) * (1 if epoch == 0 else 1000)
        )
    np.testing.assert_allclose(
        seen, 1001 * plain_counts(text, 4, lambda distance: 1 / distance), rtol=1e-5
    )


def test_counts_given_are_used(text):
    counts = count(text, 3)
    numbers = GloVe(dim=4, window=3, epochs=1)
    assert (
        glove.train(text, numbers).table == glove.train(text, numbers, counts=counts).table
    ).all()
    fewer = Counts(counts.rows[:5], counts.columns[:5], counts.values[:5])
    assert (
        glove.train(text, numbers).table != glove.train(text, numbers, counts=fewer).table
    ).any()


def test_words_of_one_topic_end_near_each_other(text):
    vectors = glove.train(text, GloVe(dim=8, epochs=60, window=4))
    for topic in TOPICS:
        for word in topic:
            assert {near for near, _ in vectors.neighbors(word, 3)} == {*topic} - {word}


def test_bad_settings_and_a_divergence_are_refused(text):
    for field, value in [("batch_size", 1), ("x_max", 0.0), ("epochs", 0)]:
        with pytest.raises(InputError, match=f"{field} is {value}"):
            GloVe(**{field: value})
    with pytest.raises(InputError, match="GloVe diverged in epoch"):
        glove.train(text, GloVe(dim=4, epochs=4).model_copy(update={"learning_rate": 1e30}))
