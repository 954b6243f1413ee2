"""The search: equal draws for equal coordinates, and the least mean loss of repeated trials."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from embexp import grid, search
from embexp.models import ENCODERS
from embexp.parameters import Range
from embexp.records.losses import Least, least_of
from embexp.regimes import REGIMES

GIVEN = {"corpus": "sst2", "seed": 0}


def arm(regime="tuned", encoder="mean", **fields):
    (spec,) = grid(**GIVEN, regime=regime, encoder=encoder, **fields)
    return spec


@given(st.floats(1e-6, 1e3), st.floats(1, 1e4), st.floats(0, 1))
def test_a_range_gives_back_the_share_of_a_number(low, factor, share):
    each = Range(low, low * factor)
    assert low * 0.9995 <= each.at(share) <= low * factor * 1.0005
    if factor > 1.1:
        assert each.share(each.at(share)) == pytest.approx(share, abs=0.01)
    even = Range(low, low * factor, log=False)
    assert even.at(share) == pytest.approx(low + share * low * (factor - 1), rel=1e-3)


def test_draws_are_spread_over_the_range_and_the_same_for_a_name_in_every_space():
    frozen, tuned = (search.space(arm(regime)) for regime in ("frozen", "tuned"))
    assert frozen.keys() == tuned.keys() - {"table_rate"}
    own, others = search.draws(frozen, 12), search.draws(tuned, 12)
    for one, other in zip(own, others, strict=True):
        assert one == {name: other[name] for name in one}
    rates = [math.log(draw["learning_rate"]) for draw in search.draws(tuned, 400)]
    low, high = (math.log(end) for end in (tuned["learning_rate"].low, tuned["learning_rate"].high))
    shares = (np.array(rates) - low) / (high - low)
    assert np.abs(np.quantile(shares, [0.1, 0.5, 0.9]) - [0.1, 0.5, 0.9]).max() < 0.08
    assert search.draws(tuned, 12) == others
    assert search.draws(tuned, 12, search=1) != others
    assert search.draws(tuned, 20)[:12] == others


@pytest.mark.parametrize("regime", REGIMES)
@pytest.mark.parametrize("encoder", ["mean", "lstm"])
def test_every_arm_has_trials_that_can_be_run(regime, encoder):
    given = arm(regime, encoder, patience=3)
    ranges = search.space(given)
    assert ("table_rate" in ranges) == bool(REGIMES[regime].table_rate)
    trials = search.trials(given, ranges, 12)
    assert len({trial.digest for trial in trials}) == 12
    for trial in trials:
        assert (trial.trial, trial.seed, trial.regime) == (True, search.FIRST_SEED, regime)
        assert trial.table_rate_unit == ("entry" if "table_rate" in ranges else "step")
        for name, each in ranges.items():
            assert each.low <= getattr(trial, name) <= each.high


def test_encoders_have_rates_of_their_own_and_what_is_set_is_not_searched():
    assert search.space(arm())["learning_rate"] == ENCODERS["mean"].rates
    assert search.space(arm(encoder="cnn"))["learning_rate"] == ENCODERS["cnn"].rates
    assert search.space(arm("delayed")).keys() >= {"unfreeze_share"}
    assert search.space(arm(encoder="dan")).keys() - search.space(arm()).keys() == {"word_dropout"}
    assert search.space(arm(), fixed=["learning_rate", "dropout"]).keys() == {
        "table_rate",
        "weight_decay",
    }


def rows(losses):
    """Rows of validation loss: `losses[digest]` at steps 0, 1, 2, …"""
    return [
        {"digest": digest, "measure": "nll", "split": "validation", "step": step, "value": value}
        for digest, values in losses.items()
        for step, value in enumerate(values)
    ]


def test_the_loss_of_a_trial_is_its_least_after_the_start():
    found = least_of(rows({"a": [0.1, 0.7, 0.5, 0.6], "b": [0.2, None, 0.9], "c": [0.3]}))
    assert found == {"a": (0.5, 2), "b": (0.9, 2)}


def test_the_best_three_are_repeated_and_the_least_mean_is_chosen():
    given = arm()
    ranges = search.space(given)
    trials = search.trials(given, ranges, 6)
    losses = [0.5, 0.4, 0.3, 0.6, 0.2, math.inf]
    first = {trial.digest: Least(loss) for trial, loss in zip(trials, losses, strict=True)}
    finalists = search.repeats(trials, first)
    assert [each[0].digest for each in finalists] == [trials[i].digest for i in (4, 2, 1)]
    assert [[spec.seed - search.FIRST_SEED for spec in each] for each in finalists] == [
        [0, 1, 2, 3]
    ] * 3
    found = {spec.digest: Least(0.5) for each in finalists for spec in each}
    found |= {spec.digest: Least(0.3) for spec in finalists[1]}
    choice = search.choose(given, ranges, finalists, found)
    assert choice.settings == {name: getattr(trials[2], name) for name in ranges}
    assert (choice.spec.trial, choice.spec.seed) == (False, 0)
    found.pop(finalists[1][3].digest)  # a repetition that failed is worse than any loss
    assert search.choose(given, ranges, finalists, found).settings != choice.settings


def test_a_choice_at_an_end_of_its_range_is_named():
    given = arm()
    ranges = {"learning_rate": Range(1e-3, 1e-1), "dropout": Range(0.2, 0.2, log=False)}
    (trial, *_) = search.trials(given, ranges, 1)
    at_end = trial.model_copy(update={"learning_rate": 1.02e-3})
    for spec, edges in (
        (at_end, ("learning_rate",)),
        (at_end.model_copy(update={"learning_rate": 1e-2}), ()),
    ):
        assert search.choose(given, ranges, [[spec]], {spec.digest: Least(0.1)}).edges == edges
