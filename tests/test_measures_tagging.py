"""Spans and their F1 against hand counts and a plain loop."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp.measures.tagging import span_f1, spans

TAGS = ["O", "B-a", "I-a", "B-b", "I-b"]
sentences = st.lists(st.lists(st.sampled_from(TAGS), max_size=8), min_size=1, max_size=6)


def plain_spans(tags):
    """Every (start, end, kind) such that the span begins there, goes on to its end, and
    no further."""
    found = set()
    for start in range(len(tags)):
        for end in range(start + 1, len(tags) + 1):
            kind = tags[start][2:]
            begins = tags[start][0] == "B" or (
                tags[start][0] == "I" and (start == 0 or tags[start - 1][2:] != kind)
            )
            goes_on = all(tag == f"I-{kind}" for tag in tags[start + 1 : end])
            ends = end == len(tags) or tags[end] != f"I-{kind}"
            if kind and begins and goes_on and ends:
                found.add((start, end, kind))
    return found


@given(st.lists(st.sampled_from(TAGS), max_size=8))
def test_spans_equal_a_plain_search(tags):
    assert spans(tags) == plain_spans(tags)


@given(sentences)
def test_the_right_tags_score_one(right):
    value = span_f1(right, right, draws=10)
    assert np.isnan(value.value) if value.n == 0 else value.value == 1.0


def test_f1_by_hand():
    right = [["B-a", "I-a", "O", "B-b"], ["O", "B-a"]]
    predicted = [["B-a", "O", "O", "B-b"], ["B-b", "B-a"]]
    value = span_f1(right, predicted)  # hits: b and a; right spans 3, predicted 4
    assert value.value == pytest.approx(2 * 2 / (3 + 4))
    assert value.low <= value.value <= value.high
    assert (value.n, value.chance) == (3, 0.0)
