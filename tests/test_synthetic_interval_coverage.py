"""Simulated coverage: the tables are what they say, and the command writes what it found."""

import json

import interval_coverage as command
import numpy as np
import pytest
from scipy import stats
from written import write

from embexp.synthetic import interval_coverage as simulated

rng = np.random.default_rng(2)


@pytest.mark.parametrize("name", simulated.MIXES)
def test_the_mean_difference_has_the_stated_variance(name):
    mix = simulated.MIXES[name]
    assert sum(mix) == pytest.approx(1)
    drawn = [simulated.gaussian_arms(rng, mix, 4, 20) for _ in range(1500)]
    differences = np.array([each.one - each.other for each in drawn])
    means = differences.mean(axis=(1, 2))
    assert means.std() == pytest.approx(1, abs=0.08)  # 4 standard errors
    assert means.mean() == pytest.approx(simulated.DIFFERENCE, abs=0.11)
    spread = differences.mean(axis=2).std(axis=1, ddof=1)
    of_replicates = (mix.replicates + mix.residual) * 4
    assert (spread**2).mean() == pytest.approx(of_replicates, rel=0.12)


def test_the_truth_of_binary_scores_is_their_mean():
    drawn = [simulated.binary_arms(rng, 3, 50) for _ in range(1000)]
    differences = np.array([each.one.mean() - each.other.mean() for each in drawn])
    error = differences.std() / np.sqrt(len(drawn))
    assert differences.mean() == pytest.approx(simulated.binary_truth(), abs=4 * error)
    assert simulated.binary_truth() > 0.01


def test_the_bootstrap_is_that_of_scipy():
    one, other = rng.normal(size=(2, 5, 30))
    expected = stats.bootstrap(
        ((one - other).mean(axis=1),), np.mean, method="percentile", n_resamples=9999, rng=rng
    ).confidence_interval
    _, low, high = simulated.by_bootstrap(one, other)
    assert (low, high) == pytest.approx(tuple(expected), abs=0.1 * (expected[1] - expected[0]))


@pytest.fixture(scope="module")
def short():
    return simulated.interval_coverage(60, ((6, 40),))


def test_the_short_form_covers_and_is_repeatable(short):
    by = {(each.scores, each.method): each for each in short}
    assert len(by) == len(short) == 5 * len(simulated.METHODS)
    for name in (*simulated.MIXES, simulated.BINARY):
        assert by[name, command.METHOD].coverage > 0.85  # .95 − 3.5 standard errors
    assert by["items dominate", "t over replicates"].coverage < 0.8
    assert by["replicates dominate", "t over items"].coverage < 0.8
    assert short[:5] == simulated.covered(
        np.random.default_rng([simulated.SEED, 0, 6, 40]), "replicates dominate", (6, 40), 60
    )


def test_the_command_writes_a_table_and_its_rows(short, tmp_path):
    text = write(command.table(short), tmp_path, "coverage")
    assert (tmp_path / "coverage.md").read_text(encoding="utf-8") == text
    rows = list(map(json.loads, (tmp_path / "coverage.jsonl").read_text("utf-8").splitlines()))
    assert [row["coverage"] for row in rows] == [round(each.coverage, 6) for each in short]
    assert text.count("| balanced ") == 3
    assert "two-way components" in text


@pytest.mark.parametrize(
    ("scores", "replicates", "coverage", "said"),
    [
        ("balanced", 5, 0.95, "as stated"),
        ("balanced", 5, 0.92, "too seldom"),
        ("balanced", 3, 0.92, "too seldom, below 5 replicates"),
        ("balanced", 5, 0.98, "too often"),
        ("residual dominates", 5, 0.98, "as stated"),
    ],
)
def test_verdicts(scores, replicates, coverage, said):
    one = simulated.Coverage(scores, replicates, 300, command.METHOD, coverage, 0.005, 1.0, 2000)
    assert command.verdict(one) == said
