"""The sentences of the clickbait study: what is on one matter shares no word, and what
is measured is what a plain loop gives."""

import re

import clickbait
import matters
import numpy as np
import pytest

FUNCTION_WORDS = "a after against amid among and are as at because by for in into is its near of off on over the this to with within"


def words(sentence: str) -> set[str]:
    return set(re.findall(r"\w+", sentence.lower())) - set(FUNCTION_WORDS.split())


def test_the_two_ways_of_a_matter_share_no_word_but_function_words():
    for one, other in matters.MATTERS.values():
        assert not words(" ".join(one.sentences())) & words(" ".join(other.sentences()))
        assert len(one.sentences()) >= 4


def test_drawn_triples_are_on_one_matter_and_another_in_turn_with_bait_and_news():
    drawn = matters.triples(120)
    assert drawn == matters.triples(120)
    assert [triple.bait for triple in drawn[:4]] == [True, False, True, False]
    said = {
        sentence: name
        for name, sides in matters.MATTERS.items()
        for side in sides
        for sentence in side.sentences()
    }
    for (a, b, c), bait in drawn:
        assert said[b] == said[c]
        assert not words(b) & words(c)
        assert (a in matters.BAIT) == bait
        assert bait or said[a] != said[b]
    assert {said[triple.sentences[1]] for triple in drawn} == set(matters.MATTERS)


def test_a_margin_is_what_one_pair_has_over_the_mean_of_the_others():
    cosines = np.array([[0.9, 0.1, 0.3], [0.2, 0.4, 0.0]])
    np.testing.assert_allclose(clickbait.margin(cosines), [0.7, 0.0])
    assert clickbait.closest(cosines) == 0.5
    mean, low, high = clickbait.interval(np.stack([cosines, cosines]))
    assert low <= mean <= high
    assert mean == pytest.approx(0.35)
