"""A vocabulary's start table holds the right vectors in the right rows, and its
controls keep what they promise."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.formats.subwords import Subwords
from embexp.vectors.align import OOV_RULES, align, matched_gaussian, norm_matched, permuted
from embexp.words import Vectors, Vocabulary

GRAMS = Subwords(3, 4, 30, np.random.default_rng(2).normal(size=(30, 4)).astype(np.float32))
VECTORS = Vectors(
    ["film", "<unk>", "good", "other", "Bad"], np.random.default_rng(1).normal(size=(5, 4)), GRAMS
)
VOCABULARY = Vocabulary(
    ["<pad>", "<unk>", "good", "bad", "film", "xyzzy"], np.array([0, 7, 5, 3, 2, 1])
)


def aligned(oov="zero", vocabulary=VOCABULARY, vectors=VECTORS, seed=0):
    return align(vocabulary, vectors, oov=oov, rng=np.random.default_rng(seed))


@pytest.mark.parametrize("oov", OOV_RULES)
def test_each_covered_word_gets_its_own_vector(oov):
    table, coverage = aligned(oov)
    assert table.dtype == np.float32
    assert table.shape == (6, 4)
    assert not table[0].any()
    for row, word in (2, "good"), (4, "film"):
        np.testing.assert_array_equal(table[row], VECTORS[word])
    assert coverage.covered.tolist() == [False, False, True, False, True, False]
    assert coverage[:4] == (2, 4, 7, 18)


def test_rows_without_a_vector_follow_the_rule():
    missing = [1, 3, 5]
    assert not aligned("zero")[0][missing].any()
    mean = (VECTORS["good"] + VECTORS["film"]) / 2
    np.testing.assert_allclose(aligned("unk")[0][missing], np.tile(mean, (3, 1)), rtol=1e-6)
    drawn = aligned("random")[0][missing]
    assert drawn.all()
    assert len({row.tobytes() for row in drawn}) == 3
    np.testing.assert_array_equal(drawn, aligned("random")[0][missing])
    assert (drawn != aligned("random", seed=1)[0][missing]).all()


def test_oov_words_are_composed_of_their_n_grams():
    table = aligned("subword")[0]
    mean = (VECTORS["good"] + VECTORS["film"]) / 2
    np.testing.assert_allclose(table[1], mean, rtol=1e-6)  # <unk> is no word
    for row, word in (3, "bad"), (5, "xyzzy"):
        np.testing.assert_array_equal(table[row], GRAMS.vector(word))
    short = Vocabulary(["<pad>", "<unk>", "good", "é"], np.array([0, 1, 2, 3]))
    long_grams = Vectors(VECTORS.words, VECTORS.table, Subwords(5, 6, 30, GRAMS.table))
    np.testing.assert_allclose(
        aligned("subword", short, long_grams)[0][3], VECTORS["good"], rtol=1e-6
    )
    with pytest.raises(InputError, match=r"needs vectors with n-grams, as a fastText \.bin has"):
        aligned("subword", vectors=Vectors(VECTORS.words, VECTORS.table))


def test_random_rows_have_the_covered_rows_variance_in_each_coordinate():
    scale = np.array([0.1, 1.0, 10.0])
    words = [f"w{i}" for i in range(4000)]
    vectors = Vectors(words[:2000], np.random.default_rng(2).normal(3, scale, (2000, 3)))
    table, _ = aligned("random", Vocabulary(["<pad>", "<unk>", *words], np.arange(4002)), vectors)
    np.testing.assert_allclose(
        table[2002:].std(axis=0), vectors.table.std(axis=0), rtol=0.08
    )  # 5 standard errors: 5 / sqrt(2 · 2000)
    assert (abs(table[2002:].mean(axis=0)) < 5 * scale / np.sqrt(2000)).all()


def test_no_word_in_common_and_an_unknown_rule_are_refused():
    with pytest.raises(InputError, match="none of the vocabulary's 4 words"):
        aligned(vectors=Vectors(["a", "<unk>"], np.ones((2, 4))))
    with pytest.raises(InputError, match="did you mean 'random'"):
        aligned("randm")


def test_norm_matched_keeps_each_rows_length_and_nothing_else():
    table, coverage = aligned("unk")
    drawn = norm_matched(np.random.default_rng(3), table, coverage.covered)
    assert drawn.dtype == np.float32
    np.testing.assert_allclose(
        np.linalg.norm(drawn, axis=1), np.linalg.norm(table, axis=1), rtol=1e-6
    )
    assert not drawn[0].any()
    assert (drawn[1:] != table[1:]).all()


def test_norm_matched_directions_are_uniform():
    drawn = norm_matched(
        np.random.default_rng(4), np.ones((20000, 3), np.float32), np.ones(20000, bool)
    ) / np.sqrt(3)
    assert (abs(drawn.mean(axis=0)) < 5 / np.sqrt(3 * 20000)).all()
    np.testing.assert_allclose(
        drawn.T @ drawn / 20000, np.eye(3) / 3, atol=5 * 0.3 / np.sqrt(20000)
    )


def test_permuted_moves_covered_rows_only():
    rng = np.random.default_rng(5)
    table = rng.normal(size=(50, 4)).astype(np.float32)
    covered = np.arange(50) % 2 == 0
    before = table.copy()
    moved = permuted(rng, table, covered)
    np.testing.assert_array_equal(table, before)
    np.testing.assert_array_equal(moved[~covered], table[~covered])
    assert sorted(map(bytes, moved[covered])) == sorted(map(bytes, table[covered]))
    assert (moved[covered] != table[covered]).any(axis=1).sum() > 15


def test_a_matched_gaussian_has_the_mean_and_the_covariance_of_the_covered_rows():
    rng = np.random.default_rng(0)
    mixing = np.array([[1.0, 0.5, 0.0], [0.0, 2.0, 0.3], [0.0, 0.0, 0.1]])
    table = (rng.exponential(size=(40_000, 3)) @ mixing + [3, 0, -1]).astype(np.float32)
    covered = np.arange(len(table)) % 4 > 0
    drawn = matched_gaussian(np.random.default_rng(1), table, covered)
    assert drawn[~covered].tobytes() == table[~covered].tobytes()
    own, other = drawn[covered].astype(float), table[covered].astype(float)
    spread = np.cov(other, rowvar=False)
    errors = np.sqrt(np.diag(spread) / len(own))
    assert (np.abs(own.mean(axis=0) - other.mean(axis=0)) < 5 * errors).all()
    np.testing.assert_allclose(np.cov(own, rowvar=False), spread, rtol=0.1, atol=0.02)
    assert abs(np.mean((own[:, 0] - own[:, 0].mean()) ** 3)) < 0.1  # not skewed, as the rows are
    assert np.mean((other[:, 0] - other[:, 0].mean()) ** 3) > 1
