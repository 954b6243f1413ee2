"""All of scikit-learn's checks of classifiers, on tables of numbers written as texts."""

from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks
from sklearn.utils.validation import check_is_fitted, validate_data

from embexp import EmbeddingClassifier

pytestmark = [pytest.mark.long, pytest.mark.slow, pytest.mark.filterwarnings("default")]


def written(rows: Any) -> list[str]:
    """A text for each row: a word for each column with its number, rounded."""
    return [
        " ".join(f"c{column}v{round(number)}" for column, number in enumerate(row))
        for row in np.asarray(rows, float).tolist()
    ]


class OfNumbers(EmbeddingClassifier):
    """The estimator as scikit-learn's checks call it: they know no texts."""

    def __init__(self, regime="random", vectors=None, encoder="mean", random_state=0, **settings):
        quick = {"dim": 8, "epochs": 20, "learning_rate": 0.03} | settings
        super().__init__(regime, vectors, encoder, random_state, **quick)

    def fit(self, X, y):  # noqa: N803
        X, y = validate_data(self, X, y)  # noqa: N806
        return super().fit(written(X), y)

    def predict_proba(self, X):  # noqa: N803
        check_is_fitted(self)
        return super().predict_proba(written(validate_data(self, X, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = True
        tags.input_tags.one_d_array = tags.input_tags.string = False
        return tags


def expected_to_fail(estimator: BaseEstimator) -> dict[str, str]:
    """Checks that cannot hold, and why."""
    return {
        "check_do_not_raise_errors_in_init_or_set_params": (
            "it takes the name of **settings for a parameter, which is no setting"
        ),
        "check_no_attributes_set_in_init": "OfNumbers gives settings to the class above it",
    }


@parametrize_with_checks([OfNumbers()], expected_failed_checks=expected_to_fail)
def test_it_passes(estimator, check):
    check(estimator)
