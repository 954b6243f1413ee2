"""The table of polarity measures: equation 10 by a loop, and its chance by shuffling."""

import numpy as np
import pytest
from probes import MEASURES, NEAREST, table, tang

from embexp import Vectors

RNG = np.random.default_rng(0)
WORDS = [f"w{row}" for row in range(130)]
VALENCE = {word: 1.0 if row % 3 else -1.0 for row, word in enumerate(WORDS)}
VECTORS = Vectors(WORDS, RNG.normal(size=(130, 5)) + 0.5 * np.array([*VALENCE.values()])[:, None])


def shares(signs: np.ndarray) -> float:
    """Equation 10, word by word."""
    unit = VECTORS.table / np.linalg.norm(VECTORS.table, axis=1, keepdims=True)
    found = []
    for row in range(len(WORDS)):
        others = sorted(set(range(len(WORDS))) - {row}, key=lambda at: -unit[row] @ unit[at])
        found.append(np.mean(signs[others[:NEAREST]] == signs[row]))
    return float(np.mean(found))


def test_consistency_is_equation_10_and_its_chance_that_of_shuffled_signs() -> None:
    signs = np.array([*VALENCE.values()])
    value = tang(VECTORS, VALENCE)
    assert value.value == pytest.approx(shares(signs))
    shuffled = np.mean([shares(RNG.permutation(signs)) for _ in range(20)])
    assert value.chance == pytest.approx(shuffled, abs=0.01)
    assert (value.n, value.total) == (130, 130)


def test_the_table_has_a_sentence_for_each_measure() -> None:
    about = {"low": 0.5, "high": 0.7, "n": 130, "total": 130, "chance": 0.5}
    lines = [
        {"regime": regime, "seed": seed, "measure": name, "value": 0.6, **about}
        for regime in ("frozen", "tuned")
        for seed in range(3)
        for name in MEASURES
    ]
    made = table(lines)
    assert len(made.caption) == 1 + len(MEASURES)
    assert made.caption[3].startswith("Selectivity: frozen .600 [.500, .700], tuned .600")
