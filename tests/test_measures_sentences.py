"""Texts arranged by meaning, by label, by both and by neither are told apart."""

import numpy as np
import pytest

from embexp.measures.sentences import References, mean_vectors, sentence_values


def texts(
    rng: np.random.Generator, meaning: float, label: float, count: int = 120
) -> tuple[np.ndarray, References]:
    means, labels = rng.normal(size=(count, 6)), rng.permutation(np.arange(count) % 2)
    states = np.concatenate(
        [meaning * means, label * np.eye(2)[labels] * 3], axis=1
    ) + 0.5 * rng.normal(size=(count, 8))
    return states, References(means, labels)


@pytest.mark.parametrize(("meaning", "label"), [(0, 0), (1, 0), (0, 1), (1, 1)])
def test_each_measure_sees_its_own_arrangement_only(meaning, label):
    found = sentence_values(*texts(np.random.default_rng(0), meaning, label))
    for names, told in (
        (("text_rsa_meaning", "text_rsa_meaning|label"), meaning),
        (("text_rsa_label", "text_rsa_label|meaning", "text_probe"), label),
    ):
        for name in names:
            assert (found[name].low > found[name].chance + 0.05) == bool(told), (name, found[name])


def test_texts_without_a_mean_vector_are_left_out_of_the_comparison():
    states, references = texts(np.random.default_rng(1), 1, 1)
    references.means[:30] = 0
    found = sentence_values(states, references)
    assert (found["text_rsa_label"].n, found["text_rsa_label"].total, found["text_probe"].n) == (
        90,
        120,
        120,
    )


def test_mean_vectors_equal_plain_loops():
    rng = np.random.default_rng(2)
    table = rng.normal(size=(6, 3)).astype(np.float32)
    table[[0, 4]] = 0
    flat, offsets = np.array([1, 2, 4, 2, 0, 4], np.int32), np.array([0, 4, 4, 6])
    expected = [(table[1] + 2 * table[2]) / 3, np.zeros(3), np.zeros(3)]
    assert mean_vectors(flat, offsets, table) == pytest.approx(np.array(expected))
