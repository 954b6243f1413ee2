"""Co-occurrence counts against a double loop, and PPMI-SVD against numpy."""

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from two_topics import TOPICS, sentences

from embexp.errors import InputError
from embexp.vectors import cooccurrence, glove, svd
from embexp.vectors.cooccurrence import count
from embexp.vectors.settings import PpmiSvd
from embexp.vectors.text import read_text


@pytest.fixture(scope="module")
def text():
    return read_text(sentences(np.random.default_rng(0), 200), min_count=1)


def plain_counts(text, window, weigh):
    """The whole matrix, by looking at every pair of places."""
    found, start = np.zeros((len(text.words),) * 2), 0
    for end in text.ends:
        for i in range(start, end):
            for j in range(start, end):
                if 0 < abs(i - j) <= window:
                    found[text.ids[i], text.ids[j]] += weigh(abs(i - j))
        start = end
    return found


def full(counts, words):
    found = np.zeros((words, words))
    found[counts.rows, counts.columns] = counts.values
    found[counts.columns, counts.rows] = counts.values
    return found


WEIGHS = {
    "harmonic": lambda window: lambda distance: 1 / distance,
    "linear": lambda window: lambda distance: 1 - (distance - 1) / window,
    "flat": lambda window: lambda distance: 1.0,
}


@given(
    st.lists(st.lists(st.sampled_from("abcde"), max_size=9).map(" ".join), min_size=1, max_size=6),
    st.integers(1, 5),
    st.sampled_from([*WEIGHS]),
    st.sampled_from([256, 1 << 20]),
)
@settings(max_examples=40)
def test_counts_equal_a_double_loop_whatever_the_memory(lines, window, weight, memory):
    text = read_text([*lines, "a b"], min_count=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooccurrence, "CHUNK", 4)
        counts = count(text, window, weight, memory=memory)
    np.testing.assert_allclose(
        full(counts, len(text.words)), plain_counts(text, window, WEIGHS[weight](window)), atol=1e-8
    )
    assert (counts.rows <= counts.columns).all()
    keys = counts.rows.astype(int) * len(text.words) + counts.columns
    assert (np.diff(keys) > 0).all()


def test_spilled_counts_are_bit_equal(text, monkeypatch):
    monkeypatch.setattr(cooccurrence, "CHUNK", 50)
    spilled = []
    spill = cooccurrence.ExternalMerge._spill
    monkeypatch.setattr(
        cooccurrence.ExternalMerge,
        "_spill",
        lambda self, run: spilled.append(len(run.keys)) or spill(self, run),
    )
    held = count(text, 3)
    assert not spilled
    for array, other in zip(
        vars(held).values(), vars(count(text, 3, memory=256)).values(), strict=True
    ):
        assert (array == other).all()
    assert len(spilled) > 3


def test_bad_counting_is_refused(text):
    with pytest.raises(InputError, match="window is 0"):
        count(text, 0)
    with pytest.raises(InputError, match="weight of pairs 'harmonc'; did you mean 'harmonic'"):
        count(text, 2, "harmonc")
    with pytest.raises(InputError, match="stand near each other"):
        glove.train(read_text(["a", "b"], min_count=1))
    with pytest.raises(InputError, match="8 words are too many to count"):
        count(text, 2**60)


@pytest.mark.parametrize(("shift", "smoothing"), [(1.0, 0.75), (2.0, 1.0), (1.0, 0.0)])
def test_ppmi_is_that_of_numpy(text, shift, smoothing):
    x = plain_counts(text, 3, lambda distance: 1 - (distance - 1) / 3)
    joint = x / x.sum()
    context = x.sum(axis=0) ** smoothing / (x.sum(axis=0) ** smoothing).sum()
    with np.errstate(divide="ignore"):
        expected = np.maximum(
            np.log(joint / np.outer(joint.sum(axis=1), context)) - np.log(shift), 0
        )
    numbers = PpmiSvd(window=3, shift=shift, smoothing=smoothing)
    np.testing.assert_allclose(
        svd.ppmi(count(text, 3, "linear"), len(text.words), numbers).toarray(), expected, atol=1e-7
    )


@pytest.mark.parametrize("power", [0.0, 0.5, 1.0])
def test_ppmi_svd_is_that_of_numpy(text, power):
    numbers = PpmiSvd(dim=3, window=3, power=power)
    matrix = svd.ppmi(count(text, 3, "linear"), len(text.words), numbers).toarray()
    left, values, _ = np.linalg.svd(matrix)
    found = svd.train(text, numbers).table
    expected = left[:, :3] * values[:3] ** power
    np.testing.assert_allclose(found @ found.T, expected @ expected.T, atol=1e-5)
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-5)
    assert (found[np.abs(found).argmax(axis=0), range(3)] > 0).all()


def test_words_of_one_topic_end_near_each_other(text):
    vectors = svd.train(text, PpmiSvd(dim=2, window=4))
    for topic in TOPICS:
        for word in topic:
            assert {near for near, _ in vectors.neighbors(word, 3)} == {*topic} - {word}


def test_bad_settings_are_refused(text):
    for field, value in [("shift", 0.5), ("dim", 0)]:
        with pytest.raises(InputError, match=f"{field} is {value}"):
            PpmiSvd(**{field: value})
    with pytest.raises(InputError, match="give a dim below 8"):
        svd.train(text, PpmiSvd(dim=8))
    with pytest.raises(InputError, match="by chance times 1000"):
        svd.train(text, PpmiSvd(dim=2, shift=1000.0))
