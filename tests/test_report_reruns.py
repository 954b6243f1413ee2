"""Runs made again beside recorded ones, on rows made by hand: what is equal, near, or neither."""

import json
from statistics import stdev

import numpy as np
import pytest
from report_runs import ended

from embexp import records
from embexp.records import Results
from embexp.report.reruns import DEVIATIONS, Curve, bounds, reruns, same_environment

HERE = {"code": {"sources": "a"}, "versions": {"jax": "1"}, "device": "2 × cpu"}
TESTED = (0.70, 0.72, 0.77, 0.69)
"""The test accuracy of each seed."""


def row(step: int, measure: str, value: float | None, split="words", stratum="all", **more) -> dict:
    numbers = {"low": None, "high": None, "n": 90, "total": 99, "chance": 0.5}
    named = {"step": step, "split": split, "measure": measure, "stratum": stratum}
    return {"value": value, **numbers, **named, **more}


def results(runs: dict[int, list[dict]], error: str | None = None, **line) -> Results:
    """Runs of one arm by seed, as `records.read` gives them."""
    rows, lines = [], {}
    for seed, own in runs.items():
        run = ended({"encoder": "mean", "seed": seed}, "random", error, **HERE | line)
        lines[run.digest] = json.loads(json.dumps(run._asdict()))
        rows += [each | {"digest": run.digest} for each in own]
    return Results(rows, lines, 0)


def recorded(**line) -> Results:
    """Four seeds with two steps and a tested value."""
    return results(
        {
            seed: [
                row(0, "polarity", 0.5),
                row(8, "polarity", 0.6 + seed / 100),
                row(8, "accuracy", value, split="test", low=0.6, high=0.8),
            ]
            for seed, value in enumerate(TESTED)
        },
        **line,
    )


def again(change: dict | None = None, place: int = 2, **line) -> Results:
    """The first seed once more, with a row of it changed."""
    every = recorded(**line)
    digest, run = next(iter(every.runs.items()))
    rows = [each for each in every.rows if each["digest"] == digest]
    rows[place] = rows[place] | (change or {})
    return Results(rows, {digest: run}, 0)


def compared(found: Results, now: Results, **options):
    (one,) = reruns(found, now, **{"rounds": False} | options)
    return one


def counts(one) -> tuple[int, ...]:
    return one.rows, one.equal, one.within, one.missing, one.beyond


def test_equal_rows_are_equal_in_any_environment():
    for device in ("2 × cpu", "1 × gpu"):
        one = compared(recorded(), again(device=device))
        assert counts(one) == (3, 3, 0, 0, 0)
        assert one.exact == (device == "2 × cpu")
        assert (one.arm, one.seed) == ("mean / random", 0)


@pytest.mark.parametrize("field", ["step", "value", "low", "high", "n", "total", "chance"])
def test_in_the_same_environment_every_number_is_to_be_the_same(field):
    one = compared(recorded(), again({field: 9}))
    assert counts(one) == (3, 2, 0, 0, 1)
    (mismatch,) = one.mismatches
    assert (mismatch.field, mismatch.now) == (field, 9)
    assert (mismatch.measure, mismatch.split, mismatch.step) == ("accuracy", "test", 8)


@pytest.mark.parametrize("name", ["code", "versions", "device"])
def test_another_code_or_library_or_machine_is_another_environment(name):
    other = {"code": {"sources": "b"}, "versions": {"jax": "2"}, "device": "4 × cpu"}
    assert not compared(recorded(), again(**{name: other[name]})).exact


def test_a_baseline_is_of_another_environment_as_scikit_learn_is_not_told():
    line = {**HERE, "spec": {"regime": "baseline: tf-idf"}}
    assert not same_environment(line, line)
    assert same_environment({**HERE, "spec": {"regime": "random"}}, HERE)


@pytest.mark.parametrize(("moved", "near"), [(0.99, True), (-0.99, True), (1.01, False)])
def test_elsewhere_a_value_may_move_by_three_deviations_of_its_arm_s_other_seeds(moved, near):
    reach = moved * DEVIATIONS * float(np.std(TESTED[1:], ddof=1))
    one = compared(recorded(), again({"value": TESTED[0] + reach}, device="1 × gpu"))
    assert counts(one) == (3, 2, int(near), 0, int(not near))
    for each in one.mismatches:
        assert (each.recorded, each.now) == (TESTED[0], TESTED[0] + reach)
        assert each.low == pytest.approx(TESTED[0] - 3 * stdev(TESTED[1:]))
        assert each.high == pytest.approx(TESTED[0] + 3 * stdev(TESTED[1:]))


@pytest.mark.parametrize("place", ["recorded", "now"])
def test_a_value_far_away_makes_no_room_for_itself(place):
    """Of four values none is 3 of their standard deviations from their mean."""
    far, plain = again({"value": 9.0}, device="1 × gpu"), again(device="1 × gpu")
    others = recorded()
    digest = next(iter(others.runs))
    rest = [each for each in others.rows if each["digest"] != digest]
    found, now = (others, far) if place == "now" else (others._replace(rows=far.rows + rest), plain)
    assert counts(compared(found, now)) == (3, 2, 0, 0, 1)


def test_where_all_seeds_agree_a_value_may_move_by_what_tables_do_not_show():
    for value, near in ((0.50009, True), (0.5002, False)):
        one = compared(recorded(), again({"value": value}, place=0, device="1 × gpu"))
        assert (one.within, one.beyond) == (int(near), int(not near))


def test_one_seed_alone_may_move_within_its_interval():
    alone = row(8, "accuracy", 0.7, split="test", low=0.65, high=0.75)
    assert bounds(alone, Curve([alone]), [Curve([alone])]) == (0.65, 0.75)  # one other
    bare = alone | {"low": None, "high": None}
    assert bounds(bare, Curve([bare]), []) == pytest.approx((0.6999, 0.7001))
    large = bare | {"value": 2000.0}
    assert bounds(large, Curve([large]), []) == pytest.approx((1999.8, 2000.2))


@pytest.mark.parametrize(("old", "new", "equal"), [(None, None, 1), (None, 0.7, 0), (0.7, None, 0)])
def test_a_value_that_is_none_stays_none(old, new, equal):
    found = results({0: [row(8, "polarity", old)]})
    now = results({0: [row(8, "polarity", new)]}, device="1 × gpu")
    assert counts(compared(found, now)) == (1, equal, 0, 0, 1 - equal)


def test_published_numbers_are_compared_after_the_rounding_of_what_is_published():
    now = again({"value": 0.70000004, "low": 0.6000001})
    assert counts(compared(recorded(), now, rounds=True)) == (3, 3, 0, 0, 0)
    assert compared(recorded(), now).beyond == 1
    loss = results({0: [row(8, "nll", 1 / 3)]})  # which is published in full
    near = results({0: [row(8, "nll", 1 / 3 + 1e-9)]})
    assert compared(loss, near, rounds=True).beyond == 1


def test_elsewhere_validation_may_select_another_step():
    """The tested row, and the table's at that step, are compared wherever they stand now."""
    found = results({0: [row(8, "x", 0.4, "test"), row(8, "y", 0.5), row(16, "y", 0.9)]})
    rows = [row(4, "x", 0.4, "test"), row(4, "y", 0.5), row(12, "y", 0.9)]
    assert counts(compared(found, results({0: rows}, device="1 × gpu"))) == (3, 0, 3, 0, 0)
    assert [each.field for each in compared(found, results({0: rows})).mismatches] == ["step"] * 3


def test_a_row_that_is_not_there_now_counts_as_missing_only_where_the_run_may_differ():
    found = results({0: [row(0, "y", 0.1), row(8, "y", 0.4), row(16, "y", 0.5)]})
    shorter = [row(0, "y", 0.1), row(4, "y", 0.5)]
    assert compared(found, results({0: shorter}, device="1 × gpu")).missing == 1
    (gone,) = compared(found, results({0: [*shorter, row(16, "y", 0.5)]})).mismatches
    assert (gone.field, gone.step, gone.recorded, gone.now) == ("row", 8, 0.4, None)
    dropped = results({0: [row(0, "z", 0.1)]}, device="1 × gpu")
    assert compared(found, dropped).beyond == 3
    former = results({0: [row(8, "y", 0.4, stratum="5-99")]})  # before strata were by counts
    assert counts(compared(former, dropped)) == (1, 0, 0, 1, 0)


def test_a_run_that_fails_now_is_a_mismatch():
    now = results({0: []}, error="ValueError: no")
    one = compared(recorded(), now)
    assert counts(one) == (3, 0, 0, 0, 1)
    assert one.mismatches[0].field == "run"
    assert one.mismatches[0].now == "ValueError: no"


def test_scores_of_single_items_are_compared_in_the_same_environment():
    digest = next(iter(recorded().runs))
    own = {"accuracy": np.array([True, False, True]), "nll": np.float16([0.1, np.nan, 0.3])}
    same = {digest: own}, {digest: {name: each.copy() for name, each in own.items()}}
    assert compared(recorded(), again(), scores=same).beyond == 0
    other = {digest: own}, {digest: own | {"accuracy": np.array([True, True, True])}}
    (mismatch,) = compared(recorded(), again(), scores=other).mismatches
    assert (mismatch.field, mismatch.measure, mismatch.now) == ("scores", "accuracy", 1)
    assert compared(recorded(), again(device="1 × gpu"), scores=other).beyond == 0
    assert compared(recorded(), again(), scores=({digest: own}, {})).beyond == 2


def test_runs_that_are_not_recorded_are_not_compared():
    assert reruns(results({1: []}), results({0: [row(0, "y", 0.1)]}), rounds=False) == []
    assert records.rounded(0.123456) == 0.12346
