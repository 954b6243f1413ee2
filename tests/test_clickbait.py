"""The sentences of the clickbait study share a topic but no word; margins by hand."""

import re

import clickbait
import numpy as np
import pytest
import topics

FUNCTION_WORDS = (
    "a after against amid among and are as at because by for in into is its near of off on over "
    "the this to with within"
)


def words(sentence: str) -> set[str]:
    return set(re.findall(r"\w+", sentence.lower())) - set(FUNCTION_WORDS.split())


def test_the_two_ways_of_a_topic_share_no_word_but_function_words():
    for one, other in topics.TOPICS.values():
        assert not words(" ".join(one.sentences())) & words(" ".join(other.sentences()))
        assert len(one.sentences()) >= 4


def test_drawn_triples_are_on_one_topic_and_another_in_turn_with_bait_and_news():
    drawn = topics.triples(120)
    assert drawn == topics.triples(120)
    assert [triple.bait for triple in drawn[:4]] == [True, False, True, False]
    said = {
        sentence: name
        for name, sides in topics.TOPICS.items()
        for side in sides
        for sentence in side.sentences()
    }
    for (a, b, c), bait in drawn:
        assert said[b] == said[c]
        assert not words(b) & words(c)
        assert (a in topics.BAIT) == bait
        assert bait or said[a] != said[b]
    assert {said[triple.sentences[1]] for triple in drawn} == set(topics.TOPICS)


def test_a_margin_is_what_one_pair_has_over_the_mean_of_the_others():
    cosines = np.array([[0.9, 0.1, 0.3], [0.2, 0.4, 0.0]])
    np.testing.assert_allclose(clickbait.margin(cosines), [0.7, 0.0])
    assert clickbait.closest(cosines) == 0.5
    mean, low, high = clickbait.interval(np.stack([cosines, cosines]))
    assert low <= mean <= high
    assert mean == pytest.approx(0.35)
