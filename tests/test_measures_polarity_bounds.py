"""Counts and the ceiling of polarity, on documents whose words have known polarities."""

import numpy as np
import pytest

from embexp.measures import evaluated_words, known_log_odds
from embexp.measures.polarity_bounds import counted_polarity, polarity_ceiling
from embexp.measures.statistics import spearman

WORDS, LENGTH = 120, 12
rng = np.random.default_rng(4)
LEAN = rng.normal(size=WORDS)
"""How much each word leans to the positive class, in nats."""


def documents(count: int, lean: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ids, offsets and labels of documents whose words lean to their class."""
    labels = rng.integers(0, 2, size=count)
    share = np.exp(lean * LEAN * 0.5)
    by_class = [(1 / share) / (1 / share).sum(), share / share.sum()]
    drawn = [rng.choice(WORDS, size=LENGTH, p=by_class[label]) for label in labels]
    return np.concatenate(drawn), LENGTH * np.arange(count + 1), labels


def measured(held_out):
    odds = known_log_odds(*held_out, WORDS)
    return evaluated_words([f"w{row}" for row in range(WORDS)], log_odds=odds)


def test_counts_on_many_texts_agree_with_a_large_held_out_set_and_few_do_less():
    held_out = documents(6000)
    words = measured(held_out)
    many, few = (counted_polarity(words, *documents(count)) for count in (6000, 60))
    assert many.value > 0.9 > few.value > 0
    assert (many.n, many.chance) == (len(words.log_odds), 0.0)


@pytest.mark.parametrize("count", [600, 2400])
def test_the_ceiling_is_what_the_truth_itself_reaches(count):
    reached, ceilings = [], []
    for _ in range(12):
        held_out = documents(count)
        words = measured(held_out)
        reached.append(spearman(LEAN[words.log_odds_rows], words.log_odds))
        ceilings.append(polarity_ceiling(words, *held_out).value)
    assert np.mean(ceilings) == pytest.approx(np.mean(reached), abs=0.02)


def test_there_is_no_ceiling_where_nothing_leans():
    held_out = documents(800, lean=0.0)
    found = polarity_ceiling(measured(held_out), *held_out)
    assert np.isnan(found.value) or found.value < 0.5
