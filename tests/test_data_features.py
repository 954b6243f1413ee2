"""Surface features by hand, and what becomes of them without variation."""

import numpy as np

from embexp.data.features import standardised, surface


def test_by_hand():
    rows = surface(["21 Soups!", "", "all lower case"])
    np.testing.assert_allclose(rows[0], [2, 2 / 9, 1 / 9, 1 / 2, 4.0])
    np.testing.assert_array_equal(rows[1], 0)
    np.testing.assert_allclose(rows[2], [3, 0, 0, 0, 4.0])


def test_training_features_get_mean_zero_and_deviation_one_and_constants_vanish():
    rng = np.random.default_rng(0)
    training = np.column_stack([rng.normal(5, 3, 200), np.full(200, 7.0)])
    scaled = standardised(training, training)
    np.testing.assert_allclose(scaled[:, 0].mean(), 0, atol=1e-6)
    np.testing.assert_allclose(scaled[:, 0].std(), 1, rtol=1e-6)
    np.testing.assert_array_equal(scaled[:, 1], 0)
    np.testing.assert_array_equal(standardised(np.array([[5.0, 9.0]]), training)[0, 1], 0)
