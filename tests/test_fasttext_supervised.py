"""The table beside fastText: Welch's interval, the choice of a rate, and what is read."""

import numpy as np
import pytest
from fasttext_supervised import PROGRAMS, RATES, best_rate, difference, lines_of, settings, table
from scipy.stats import ttest_ind

from embexp import load_corpus

RNG = np.random.default_rng(0)


def test_the_difference_is_welchs() -> None:
    here, there = RNG.normal(0.78, 0.01, 7), RNG.normal(0.77, 0.002, 5)
    found = difference(here, there)
    test = ttest_ind(here, there, equal_var=False)
    assert found[:3] == pytest.approx((here.mean() - there.mean(), *test.confidence_interval()))
    assert found.p == pytest.approx(test.pvalue)


def test_the_rate_of_the_best_mean_is_chosen() -> None:
    tried = [{"rate": rate, "accuracy": 0.7} for rate in RATES]
    assert best_rate(tried) == RATES[0]
    assert best_rate([*tried, {"rate": RATES[2], "accuracy": 0.8}]) == RATES[2]


def test_both_programs_read_the_same_words_and_settings() -> None:
    corpus = load_corpus("sample")
    line = lines_of(corpus, "test")[0]
    assert line.split(" ", 1)[0] == f"__label__{corpus.splits['test'].labels[0]}"
    (spec,) = settings("sample", "bigrams", [0.5], seed=[0])
    assert (spec.tokenizer, spec.batch_size) == ("ngrams:words=2,buckets=100000", 1)


def test_the_table_says_how_many_means_are_near() -> None:
    off = {"mr": 0.002, "subj": 0.02}
    lines = [
        {"data": data, "features": "words", "program": program, "rate": 0.5, "seed": seed}
        | {"accuracy": 0.8 + (program == "here") * off[data] + seed / 1000}
        for data in off
        for program in PROGRAMS
        for seed in range(3)
    ]
    _, own, same = table(lines).caption
    assert own.startswith("With words, here, 1 of 2 mean accuracies are within .003 of fastText's")
    assert "farthest is subj, by .020" in own
    assert same.startswith("With words, at its rate, 2 of 2 mean accuracies are within .003")
    assert len(table(lines).objects) == 18
