"""What training drops of the words and states that attention reads."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from embexp.models import ENCODERS, Dropout

KEY = jax.random.key(4)
WORDS = jnp.asarray(np.random.default_rng(0).normal(size=(3, 7, 5)).astype(np.float32))
MASK = jnp.arange(7) < jnp.array([7, 2, 0])[:, None]


@pytest.fixture(scope="module")
def encoder():
    return ENCODERS["bilstm-attention"](5, hidden_size=4, rngs=nnx.Rngs(0))


def test_nothing_is_dropped_at_a_rate_of_zero_or_where_texts_are_scored(encoder):
    scored = encoder(WORDS, MASK)
    none, half = (
        encoder(WORDS, MASK, Dropout(KEY, {"state_dropout": rate})) for rate in (0.0, 0.5)
    )
    np.testing.assert_array_equal(none, scored)
    assert np.abs(half - scored).max() > 0.01


def test_words_and_states_are_dropped_where_the_draws_say(encoder):
    dropout = Dropout(KEY, {"state_dropout": 0.5})
    read = dropout.of("state_dropout", 0, WORDS)
    assert 0.3 < (np.asarray(read) == 0).mean() < 0.7
    states = dropout.of("state_dropout", 1, encoder.over.sequences(read, MASK))
    hidden = np.tanh(np.asarray(states) @ np.asarray(encoder.hidden[...]))
    scores = (hidden @ np.asarray(encoder.scores[...]))[:, :, 0]
    raised = np.where(MASK, np.exp(scores), 0)
    shares = raised / np.maximum(raised.sum(axis=1, keepdims=True), 1e-30)
    expected = (shares[:, :, None] * np.asarray(states)).sum(axis=1)
    np.testing.assert_allclose(encoder(WORDS, MASK, dropout), expected, rtol=1e-5, atol=1e-6)
