"""Measures see the factor that they are for, and not the other."""

import pytest
import sklearn.cluster  # noqa: F401 - loaded before its threads are limited
from threadpoolctl import threadpool_limits
from verdicts import TARGETS, validity_verdict

from embexp.measures import describe
from embexp.synthetic import WorldConfig, make_world
from embexp.synthetic.gold import seed_words
from embexp.synthetic.validity import FACTORS, Reading, validity

SMALL = WorldConfig(words=800, topics=8, texts=1600)


@pytest.mark.long
@pytest.mark.slow
def test_every_measure_keeps_topic_and_polarity_apart():
    factors = {name: FACTORS[name] for name in ("none", "topic", "polarity", "polarity and pair")}
    with threadpool_limits(1):
        seen = validity(make_world(SMALL), 3, factors)
    assert {one.measure for one in seen} >= set(TARGETS)
    for measure in TARGETS:
        assert validity_verdict(seen, measure).startswith("fit"), (
            measure,
            [one for one in seen if one.measure == measure],
        )
    off = {
        one.measure
        for one in seen
        if one.factor == "none" and one.chance is not None and one.coverage < 0.5
    }
    assert not off
    assert all(describe(one.measure) for one in seen if one.measure not in ("similarity", "purity"))


def test_seed_words_are_polar_and_of_several_topics():
    made = make_world(SMALL)
    for words, sign in zip(seed_words(made), (1, -1), strict=True):
        numbers = [made.index[word] for word in words]
        assert len(set(words)) == 10
        assert {int(made.polarity[i]) for i in numbers} == {sign}
        assert len({int(made.topic[i]) for i in numbers}) == 8


def told(factor: str, value: float, coverage: float = 1.0) -> Reading:
    return Reading("purity", factor, value, value - 0.05, value + 0.05, 0.2, coverage, 100, 100)


def test_verdicts():
    assert (
        validity_verdict([told("topic", 0.9), told("polarity", 0.2), told("none", 0.2)], "purity")
        == "fit"
    )
    assert (
        validity_verdict([told("topic", 0.9), told("polarity", 0.86), told("none", 0.2)], "purity")
        == "unfit: not apart from polarity"
    )
    assert (
        validity_verdict(
            [told("topic", 0.9), told("polarity", 0.4, 0.0), told("pair", 0.1, 0.0)], "purity"
        )
        == "fit; above chance on polarity; below chance on pair"
    )
    assert validity_verdict([], "isotropy") == "for no factor of its own"
