"""Regimes differ in the start, in whether the table trains and in the labels, as their
names say."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.regimes import REGIMES, start_table
from embexp.words import Vectors, Vocabulary

WORDS = [f"w{number}" for number in range(40)]
VOCABULARY = Vocabulary(["<pad>", "<unk>", *WORDS], np.array([0, 7, *range(40, 0, -1)]))
VECTORS = Vectors([*WORDS[:30], "elsewhere"], np.random.default_rng(5).normal(0, 0.4, (31, 6)))


def start(name: str, seed: int = 0, vectors: Vectors | None = VECTORS, unseen: str = "random"):
    return start_table(
        REGIMES[name], VOCABULARY, vectors, dim=6, unseen=unseen, rng=np.random.default_rng(seed)
    )


@pytest.mark.parametrize("name", REGIMES)
def test_every_start_is_a_float32_table_of_the_vocabulary_drawn_from_the_seed(name):
    table, coverage = start(name)
    assert (table.shape, table.dtype) == ((42, 6), np.float32)
    assert np.isfinite(table).all()
    np.testing.assert_array_equal(table, start(name)[0])
    assert (table != start(name, seed=1)[0]).any()
    assert (coverage.types, coverage.types_total) == (30, 40)
    assert (coverage.tokens, coverage.tokens_total) == (sum(range(11, 41)), sum(range(1, 41)) + 7)


def test_pretrained_rows_stand_under_their_words_and_the_same_for_every_regime_of_a_seed():
    tuned, frozen, delayed, shuffled = (
        start(name)[0]
        for name in ("glove-tuned", "glove-frozen", "glove-delayed", "pretrained-random-labels")
    )
    np.testing.assert_array_equal(tuned[2:32], VECTORS.table[:30])
    for other in (frozen, delayed, shuffled):
        np.testing.assert_array_equal(tuned, other)


def test_permuted_rows_are_the_same_vectors_under_other_words():
    tuned, permuted = start("glove-tuned")[0], start("permuted")[0]
    np.testing.assert_array_equal(np.sort(permuted[2:32], axis=0), np.sort(tuned[2:32], axis=0))
    assert (permuted[2:32] != tuned[2:32]).any(axis=1).mean() > 0.7
    np.testing.assert_array_equal(permuted[32:], tuned[32:])


def test_the_frozen_control_has_the_lengths_of_the_pretrained_rows_and_nothing_of_their_directions():
    tuned, matched = start("glove-tuned")[0], start("random-frozen")[0]
    np.testing.assert_allclose(
        np.linalg.norm(matched, axis=1), np.linalg.norm(tuned, axis=1), rtol=1e-5
    )
    lengths = np.maximum(np.linalg.norm(tuned, axis=1), 1e-12) ** 2
    assert abs(np.mean((matched * tuned).sum(axis=1) / lengths)) < 4 / np.sqrt(
        42 * 6
    )  # cosines of mean 0 and variance 1/6


def test_the_random_start_is_keras_s_and_the_same_with_and_without_vectors():
    table, _ = start("random")
    assert np.abs(table).max() <= 0.05
    assert np.abs(table).max() > 0.045
    without, coverage = start("random", vectors=None)
    np.testing.assert_array_equal(table, without)
    assert coverage is None
    np.testing.assert_array_equal(table, start("random-labels")[0])


def test_what_trains_and_on_which_labels_is_what_the_name_says():
    for name, regime in REGIMES.items():
        assert (regime.trained == 0) == (
            name.endswith(("-frozen", "-projected")) or regime.coding == "one-hot"
        )
        assert (regime.coding == "mapped") == name.endswith("-projected")
        assert (regime.labels == "shuffled") == name.endswith("random-labels")
        assert (regime.unfreeze > 0) == name.endswith("-delayed")
        assert regime.needs_vectors == (name not in ("random", "random-labels", "one-hot"))
        assert regime.summary


@pytest.mark.parametrize("name", [name for name, regime in REGIMES.items() if regime.needs_vectors])
def test_a_regime_that_needs_vectors_is_refused_without(name):
    with pytest.raises(
        InputError, match="starts from pretrained vectors, but no vectors are named"
    ):
        start(name, vectors=None)


def test_unseen_words_follow_the_rule_in_every_regime():
    for name in ("glove-frozen", "permuted"):
        assert not start(name, unseen="zero")[0][[1, *range(32, 42)]].any()
    assert not start("random-frozen", unseen="zero")[0][32:].any()
