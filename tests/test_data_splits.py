"""Own splits: shares, strata, duplicates on one side, the same for every run."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.data.splits import partition
from embexp.errors import InputError

CARVED = ["validation", "test"]


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(
    st.lists(st.integers(0, 30), min_size=3),
    st.sampled_from([["test"], ["validation"], CARVED]),
)
def test_every_row_lands_once_and_equal_texts_together(
    numbers: list[int], carved: list[str]
) -> None:
    texts = [f"text {number}" for number in numbers] + [
        f"{label} {i}" for label in "ab" for i in range(3)
    ]
    labels = ["ab"[number % 2] for number in numbers] + list("aaabbb")
    rows = partition(rng(), texts, labels, carved, "here")
    assert list(rows) == ["train", *carved]
    assert sorted(np.concatenate(list(rows.values()))) == list(range(len(texts)))
    for split, chosen in rows.items():
        assert (np.diff(chosen) > 0).all()
        assert {labels[row] for row in chosen} == {"a", "b"}
        for other in rows:
            assert other == split or not {texts[row] for row in chosen} & {
                texts[row] for row in rows[other]
            }


def test_shares_are_a_tenth_of_every_class() -> None:
    labels = ["a"] * 900 + ["b"] * 100
    rows = partition(rng(), [str(i) for i in range(1000)], labels, CARVED, "here")
    count = {
        split: [sum(labels[row] == name for row in chosen) for name in "ab"]
        for split, chosen in rows.items()
    }
    assert count == {"train": [720, 80], "validation": [90, 10], "test": [90, 10]}


def test_the_draw_is_the_generators() -> None:
    texts, labels = [str(i) for i in range(100)], ["a", "b"] * 50
    first, same, other = (
        partition(rng(seed), texts, labels, CARVED, "here")["test"].tolist() for seed in (0, 0, 1)
    )
    assert first == same != other


@pytest.mark.parametrize(
    "texts",
    [["1", "2", "3", "4", "5"], ["1", "2", "3", "4", "4", "5"], ["1", "2", "3", "4", "5", "1"]],
)
def test_a_class_with_too_few_texts_is_refused(texts: list[str]) -> None:
    labels = ["a", "a", "a", "b", "b", "b"][: len(texts)]
    with pytest.raises(InputError, match=r"reviews\.csv: class 'b' has 2 distinct texts"):
        partition(rng(), texts, labels, CARVED, "reviews.csv")


def test_texts_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(InputError, match=r"reviews\.csv: all its 6 texts are the same"):
        partition(rng(), ["1"] * 6, ["a", "b"] * 3, CARVED, "reviews.csv")


def test_texts_that_have_another_label_first_are_named() -> None:
    texts, labels = ["1", "2", "3", "4"] * 2, ["a"] * 4 + ["b"] * 4
    sentence = "class 'b' has 0 distinct texts, besides 4 that have another label first, too few"
    with pytest.raises(InputError, match=sentence):
        partition(rng(), texts, labels, CARVED, "reviews.csv")
