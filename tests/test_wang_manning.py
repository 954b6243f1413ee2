"""The models of Wang & Manning (2012) against their equations, and the table beside the paper's."""

import numpy as np
from scipy.optimize import minimize
from scipy.sparse import csr_array
from wang_manning import ALPHA, BETA, NBSVM_C, PUBLISHED, right, table

RNG = np.random.default_rng(0)
TRAIN = (RNG.random((60, 12)) < 0.3).astype(np.float64)
LABELS = (TRAIN[:, 0] + TRAIN[:, 1] + RNG.random(60) > 0.9).astype(np.int64)
TEST = (RNG.random((40, 12)) < 0.3).astype(np.float64)
TRUTH = (TEST[:, 0] + TEST[:, 1] > 0).astype(np.int64)


def ratio() -> np.ndarray:
    """Equation of r in section 2."""
    p, q = (ALPHA + TRAIN[each == LABELS].sum(axis=0) for each in (1, 0))
    return np.log((p / p.sum()) / (q / q.sum()))


def squared_hinge(features: np.ndarray) -> tuple[np.ndarray, float]:
    """Half of equation 2, w'w + C Σ max(0, 1 − y(w'x + b))², with b as a weight (LIBLINEAR)."""
    signs = 2 * LABELS - 1

    def loss(given: np.ndarray) -> float:
        missing = np.maximum(0, 1 - signs * (features @ given[:-1] + given[-1]))
        return 0.5 * given @ given + NBSVM_C * (missing**2).sum()

    found = minimize(loss, np.zeros(features.shape[1] + 1), tol=1e-12).x
    return found[:-1], found[-1]


def test_models_are_those_of_the_equations() -> None:
    found = right(csr_array(TRAIN), LABELS, csr_array(TEST), TRUTH)
    bayes = TEST @ ratio() + np.log(LABELS.sum() / (1 - LABELS).sum()) > 0
    np.testing.assert_array_equal(found["mnb"], bayes == TRUTH)
    weights, bias = squared_hinge(TRAIN * ratio())
    mixed = (1 - BETA) * np.abs(weights).mean() + BETA * weights
    logits = (TEST * ratio()) @ mixed + bias
    assert np.abs(logits).min() > 1e-3  # no text is so near that the solver's tolerance decides
    np.testing.assert_array_equal(found["nbsvm"], (logits > 0) == TRUTH)


def test_table_says_how_many_accuracies_are_near_the_published_ones() -> None:
    lines = []
    for fold in range(2):
        for off, ((model, features), (published, *_)) in enumerate(PUBLISHED.items()):
            line = {"data": "mr", "fold": fold, "model": model, "features": features}
            found = round(100 * published) + (3 if off else 0)
            lines.append({**line, "train": 900, "test": 100, "right": found})
    made = table(lines)
    assert "On mr 1 of 6 accuracies are within .005" in made.caption[1]
    assert len(made.summary[0].body) == 6
    assert len(made.objects) == 12
