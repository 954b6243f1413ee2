"""False claims and planted differences: counted on simulated answers, and on two worlds."""

import json

import exchangeable_arms as command
import jax
import numpy as np
import pytest

from embexp.measures.equivalence import detectable_difference
from embexp.measures.variance import crossed_difference
from embexp.synthetic import exchangeable_arms as simulated

SHAPE = (12, 150)


def arms(rng):
    """Three tables of right answers with the same probabilities, by text and by seed."""
    texts = rng.normal(1.5, 3.0, size=(1, SHAPE[1]))
    logits = [texts + rng.normal(0, 0.2, size=(SHAPE[0], 1)) for _ in range(3)]
    return [rng.random(SHAPE) < 1 / (1 + np.exp(-each)) for each in logits]


@pytest.mark.slow
def test_equal_arms_seldom_differ_and_a_planted_difference_is_found_as_promised():
    rng = np.random.default_rng(0)
    found = [simulated.comparison(world, *arms(rng)) for world in range(300)]
    assert sum(each.claimed for each in found) <= simulated.most_claims(300)
    assert sum(each.claimed_within for each in found) <= simulated.most_claims(300)
    assert sum(each.claimed_together for each in found) <= simulated.most_claims(300)
    power = np.mean([each.detected for each in found])
    assert power == pytest.approx(0.8, abs=simulated.slack(300))
    error = np.std([each.found - each.planted for each in found]) / 300**0.5
    assert np.mean([each.found - each.planted for each in found]) == pytest.approx(0, abs=4 * error)
    of_differences, of_errors = simulated.spread(found)
    assert of_differences == pytest.approx(of_errors, rel=0.2)


def test_what_is_planted_is_what_the_comparison_can_detect():
    one, other, shared = arms(np.random.default_rng(1))
    planted, answers = simulated.plant(np.random.default_rng(2), one, other)
    assert not (answers & ~other).any()
    seen = crossed_difference(one, answers)
    assert planted == pytest.approx(detectable_difference(seen.error, seen.df), rel=0.02)
    drawn = [simulated.plant(np.random.default_rng(draw), one, other) for draw in range(60)]
    off = [other.mean() - each.mean() - difference for difference, each in drawn]
    assert np.mean(off) == pytest.approx(0, abs=4 * np.std(off) / 60**0.5)
    found = simulated.comparison(7, one, other, shared)
    assert found == simulated.comparison(7, one, other, shared)
    assert found.difference == pytest.approx(one.mean() - other.mean())
    assert found.together == pytest.approx(one.mean() - shared.mean())
    assert found.half == pytest.approx(one[:6].mean() - one[6:].mean())


def test_limits_are_those_of_the_binomial_distribution():
    drawn = np.random.default_rng(3).binomial(200, 0.05, size=200_000)
    most = simulated.most_claims(200)
    assert most == 18
    assert (drawn > most).mean() < 0.01 < (drawn > most - 1).mean()
    power = np.random.default_rng(4).binomial(200, 0.8, size=200_000) / 200
    assert simulated.slack(200) == pytest.approx(3 * power.std(), rel=0.02)
    assert simulated.most_claims(1) == 1


@pytest.mark.long
@pytest.mark.slow
def test_the_command_tunes_and_compares_worlds_with_one_compilation(tmp_path, monkeypatch):
    """Two tiny worlds with one trial; a second call reads what the first has made."""
    monkeypatch.setattr(command, "WORLD", "words=60,topics=2,texts=400,length=20,unseen=0")
    monkeypatch.setattr(command, "SETTINGS", {**command.SETTINGS, "epochs": 4})
    monkeypatch.setattr(command, "SEEDS", 3)
    command.compared(1, tmp_path, 1)
    assert len(list((tmp_path / "0" / "scores").iterdir())) == command.ARMS * command.SEEDS
    compiled = []
    jax.monitoring.register_event_duration_secs_listener(
        lambda event, _, **__: compiled.append(event) if "backend_compile" in event else None
    )
    try:
        found = command.compared(2, tmp_path, 1)
    finally:
        jax.monitoring.clear_event_listeners()
    assert not compiled
    monkeypatch.setattr(command, "run", None)
    assert command.compared(2, tmp_path, 1) == found
    made = command.write(command.table(found, 1), tmp_path, "exchangeable")
    rows = list(map(json.loads, (tmp_path / "exchangeable.jsonl").read_text("utf-8").splitlines()))
    assert [row["world"] for row in rows] == [0, 1]
    assert all(0.3 < row["one"] < 1 and row["planted"] > 0 for row in rows)
    assert f"{sum(each.claimed for each in found)} | " in made


def test_no_two_arms_share_a_seed(tmp_path):
    seeds = [
        spec.seed
        for world in range(3)
        for place in range(command.ARMS)
        for spec in command.arm(world, place, tmp_path / "vectors.vec")
    ]
    assert len(set(seeds)) == len(seeds) == 9 * command.SEEDS
