"""Turning finds the rotation that was hidden, as scipy does, and says what is left."""

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes

from embexp.errors import InputError
from embexp.formats.subwords import Subwords
from embexp.vectors.procrustes import rotate
from embexp.words import Vectors

DRAW = np.random.default_rng(0)
WORDS = [f"w{i}" for i in range(40)]
TABLE = DRAW.normal(size=(40, 5))
HIDDEN = np.linalg.qr(DRAW.normal(size=(5, 5)))[0]


def test_a_hidden_rotation_is_found():
    order = DRAW.permutation(40)
    target = Vectors([WORDS[row] for row in order], (TABLE @ HIDDEN)[order])
    rotated = rotate(Vectors(WORDS, TABLE), target)
    np.testing.assert_allclose(rotated.rotation, HIDDEN, atol=1e-6)
    assert rotated.common == 40
    assert rotated.after < 1e-12 < rotated.before
    assert rotated.cosine_after == pytest.approx(1)
    np.testing.assert_allclose(rotated.vectors["w7"], target["w7"], atol=1e-5)


def test_the_rotation_of_what_differs_is_scipys():
    other = TABLE @ HIDDEN + DRAW.normal(0, 0.5, TABLE.shape)
    rotated = rotate(
        Vectors([*WORDS, "only here"], np.vstack([TABLE, np.ones(5)])),
        Vectors([*WORDS, "only there"], np.vstack([other, np.ones(5)])),
    )
    x, y = TABLE.astype(np.float32).astype(float), other.astype(np.float32).astype(float)
    expected, _ = orthogonal_procrustes(x, y)
    np.testing.assert_allclose(rotated.rotation, expected, atol=1e-9)
    assert rotated.after == pytest.approx(np.square(x @ expected - y).sum() / np.square(y).sum())
    assert rotated.before == pytest.approx(np.square(x - y).sum() / np.square(y).sum())
    cosine = np.mean(
        [a @ b / np.sqrt(a @ a * (b @ b)) for a, b in zip(x @ expected, y, strict=True)]
    )
    assert rotated.cosine_after == pytest.approx(cosine)
    assert rotated.vectors.words == [*WORDS, "only here"]
    np.testing.assert_allclose(rotated.vectors["only here"], np.ones(5) @ expected, rtol=1e-5)


def test_lengths_angles_and_the_words_n_grams_are_kept():
    grams = Subwords(2, 3, 10, DRAW.normal(size=(10, 5)).astype(np.float32))
    target = Vectors(WORDS, DRAW.normal(size=(40, 5)))
    rotated = rotate(Vectors(WORDS, TABLE, grams), target).vectors
    np.testing.assert_allclose(rotated.table @ rotated.table.T, TABLE @ TABLE.T, atol=1e-4)
    assert rotated.subwords is not None
    np.testing.assert_allclose(
        rotated.subwords.table @ rotated.subwords.table.T, grams.table @ grams.table.T, atol=1e-4
    )


def test_what_determines_no_rotation_is_refused():
    with pytest.raises(InputError, match="of 5 numbers cannot be rotated onto vectors of 4"):
        rotate(Vectors(WORDS, TABLE), Vectors(WORDS, TABLE[:, :4]))
    with pytest.raises(InputError, match="4 words stand in both files, but 5 dimensions"):
        rotate(Vectors(WORDS, TABLE), Vectors(WORDS[:4], TABLE[:4]))
