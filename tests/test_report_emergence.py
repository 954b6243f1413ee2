"""The table of emergence shows what the curves in the rows give: levels, changes,
times, controls, order, and holes with their reasons."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_runs import ended, objects_of
from scipy import stats

from embexp import records
from embexp.errors import InputError
from embexp.measures import emergence as emerging
from embexp.measures.onset import Departure, leaves_first, onset
from embexp.measures.statistics import holm
from embexp.records import Row
from embexp.report import emergence, writers
from embexp.report.formatting import Table, number

STEPS = np.array([0, 1, 2, 4, 8, 16, 32, 64])
AT = np.log2(1 + STEPS)
SEEDS = 4


def curve(measure: str, regime: str, seed: int) -> np.ndarray:
    """Polarity rises by step 4 and falls again, meaning falls by step 32 from a pretrained
    start and rises by then from a random one, unless the table is frozen or the labels
    are shuffled."""
    noise = 0.01 * np.random.default_rng([seed, len(measure), len(regime)]).normal(size=len(STEPS))
    start = (
        {"polarity": 0.5, "simlex999": 0.3, "cos(good,bad)": 0.7}[measure]
        if "tuned" in regime or "frozen" in regime
        else 0.0
    )
    if "frozen" in regime:
        return np.full(len(STEPS), start)
    if "labels" in regime:
        return start + noise
    risen = 1 / (1 + np.exp(-3 * (AT - 2)))
    shape = {
        "polarity": 0.4 * risen * np.exp(-0.1 * np.maximum(AT - 3, 0)),
        "cos(good,bad)": -0.9 * risen,
        "simlex999": (-0.2 * start if start else 0.2) / (1 + np.exp(-3 * (AT - 4))),
    }
    return start + shape[measure] + noise


def write(
    folder: Path,
    arm: str,
    seed: int,
    steps: int = len(STEPS),
    error: str | None = None,
    **fields: object,
) -> None:
    run = ended({"encoder": "mean", "seed": seed, **fields}, arm, error)
    digest = run.digest
    rows = [
        Row(
            digest,
            digest,
            int(step),
            "words",
            measure,
            value,
            None,
            None,
            900 + seed,
            999,
            0.0,
            stratum,
        )
        for measure in ("polarity", "simlex999", "cos(good,bad)")
        for step, value in list(zip(STEPS, curve(measure, arm, seed), strict=True))[:steps]
        for stratum in ("all", *(["seen 5-99"] if measure == "polarity" else []))
    ]
    records.append(folder, [] if error else rows, run)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for regime in (
        "frozen · glove",
        "tuned · glove",
        "random",
        "random-labels",
        "pretrained-random-labels · glove",
    ):
        for seed in range(SEEDS):
            write(tmp_path, regime, seed)
    return tmp_path


def shown(folder: Path, **options: Any) -> Table:
    return emergence.table(records.read_rows(folder), records.read_runs(folder), **options)


def entry(table: Table, arm: str, measure: str = "polarity") -> dict[str, Any]:
    (found,) = [each for each in table.objects if (each["arm"], each["measure"]) == (arm, measure)]
    return found


def curves(measure: str, regime: str) -> np.ndarray:
    return np.stack([curve(measure, regime, seed) for seed in range(SEEDS)])


def distance(measure: str, regime: str, control: str, until: int | None = None) -> Departure:
    return Departure(curves(measure, regime) - curves(measure, control), until)


def grid(table: Table, title: str) -> dict[str, tuple[str, ...]]:
    (found,) = [each for each in table.summary if title in each.title]
    return {line[0]: line for line in found.body}


def test_levels_changes_and_times_are_those_of_the_curves(folder: Path) -> None:
    table = shown(folder)
    values = curves("polarity", "random")
    found = entry(table, "random")
    assert [found["start"], found["start_low"], found["start_high"]] == pytest.approx(
        [
            values[:, 0].mean(),
            *stats.t.interval(0.95, SEEDS - 1, values[:, 0].mean(), stats.sem(values[:, 0])),
        ]
    )
    peak = [
        values[seed, np.delete(values, seed, axis=0).mean(axis=0).argmax()] for seed in range(SEEDS)
    ]
    assert found["peak"] == pytest.approx(np.mean(peak))
    assert (found["peak_first"], found["peak_last"], found["steps"], found["seeds"]) == (
        8,
        8,
        8,
        SEEDS,
    )
    test = stats.ttest_rel(peak, values[:, -1])
    assert [found["decay"], found["decay_low"], found["decay_high"]] == pytest.approx(
        [np.mean(peak - values[:, -1]), *test.confidence_interval()]
    )
    assert found["decay_low"] > 0
    assert [found["t50"], found["t50_low"], found["t50_high"]] == pytest.approx(
        emerging.mean_time(STEPS, values)
    )
    assert found["t90"] == pytest.approx(emerging.mean_time(STEPS, values, 0.9).steps)
    assert found["t50_to_peak"] == pytest.approx(emerging.mean_time(STEPS[:5], values[:, :5]).steps)
    assert found["rise_at_peak"] == pytest.approx(
        (np.mean(peak) - values[:, 0].mean()) / (values[:, -1] - values[:, 0]).mean()
    )
    assert found["area"] == pytest.approx(emerging.area(STEPS, values).mean())
    assert (found["n"], found["total"], found["chance"]) == (900, 999, 0.0)


def test_p_values_are_adjusted_over_the_arms_and_measures_for_each_kind_of_change(
    folder: Path,
) -> None:
    table = shown(folder)
    moving = [each for each in table.objects if each["arm"] != "frozen · glove"]
    raw = []
    for each in moving:
        values = curves(each["measure"], each["arm"])
        raw.append(stats.ttest_rel(values[:, -1], values[:, 0]).pvalue)
    assert [each["change_p"] for each in moving] == pytest.approx(holm(raw))


def test_what_falls_has_its_peak_below(folder: Path) -> None:
    found = entry(shown(folder), "tuned · glove", "cos(good,bad)")
    values = curves("cos(good,bad)", "tuned · glove")
    assert found["rise"] < -0.8
    assert found["peak"] == pytest.approx(values.min(axis=1).mean(), abs=0.02)
    assert found["t50"] == pytest.approx(emerging.mean_time(STEPS, values).steps)
    semantic = entry(shown(folder), "tuned · glove", "simlex999")
    assert semantic["peak"] == pytest.approx(0.3, abs=0.02), (
        "a measure that is better high has its peak above, though it only falls"
    )
    assert semantic["decay"] == pytest.approx(0.06, abs=0.02)


def test_what_does_not_change_is_a_hole_with_its_reason(folder: Path) -> None:
    table = shown(folder)
    frozen = entry(table, "frozen · glove")
    assert (frozen["reason"], frozen["t50"], frozen["decay"]) == ("does not change", None, None)
    assert frozen["start"] == frozen["peak"] == frozen["end"] == 0.5
    assert grid(table, "polarity ρ (n 900 of 999, chance .000): time")["frozen · glove"][1:] == (
        "—",
    ) * 6 + ("does not change",)
    control = entry(table, "random-labels")
    assert (control["reason"], control["t50"]) == ("has no sure change", None)
    assert control["change_low"] < 0 < control["change_high"]


def test_the_onset_is_measured_against_the_control_of_the_regime(folder: Path) -> None:
    table = shown(folder)
    assert (entry(table, "random")["onset_control"], entry(table, "random")["onset"]) == (
        "random-labels",
        onset(STEPS, distance("polarity", "random", "random-labels")),
    )
    assert entry(table, "random")["onset_until"] is None
    control = "pretrained-random-labels · glove"
    found = entry(table, "tuned · glove")
    assert (found["onset_control"], found["onset"]) == (
        control,
        onset(STEPS, distance("polarity", "tuned · glove", control)),
    )
    assert (
        entry(table, "random-labels")["onset_control"],
        entry(table, "random-labels")["onset"],
    ) == (
        "chance",
        None,
    )
    assert grid(table, "polarity ρ (n 900 of 999, chance .000): time")["random-labels (control)"][
        5:7
    ] == (
        "never",
        "chance",
    )


def test_without_its_control_a_regime_takes_the_next_and_then_chance(tmp_path: Path) -> None:
    for seed in range(SEEDS):
        write(tmp_path, "tuned · glove", seed)
        write(tmp_path, "random", seed)
    assert {
        entry(shown(tmp_path), regime)["onset_control"] for regime in ("random", "tuned · glove")
    } == {"chance"}
    for seed in range(SEEDS):
        write(tmp_path, "permuted · glove", seed)
    table = shown(tmp_path)
    assert (
        entry(table, "tuned · glove")["onset_control"],
        entry(table, "random")["onset_control"],
    ) == (
        "permuted · glove",
        "chance",
    )


def test_a_control_that_was_run_with_one_setting_serves_arms_with_others_and_is_named_with_it(
    tmp_path: Path,
) -> None:
    for seed in range(SEEDS):
        for rate in (0.1, 0.2):
            write(tmp_path, "tuned · glove", seed, table_rate=rate)
        write(tmp_path, "permuted · glove", seed, table_rate=0.1)
    own = {
        (each["measure"], each["table_rate"]): each["onset_control"]
        for each in shown(tmp_path).objects
        if each["arm"] == "tuned · glove"
    }
    assert own["polarity", 0.1] == own["simlex999", 0.1] == "permuted · glove"
    assert own["polarity", 0.2] == "permuted · glove, table_rate=0.1"


def test_an_onset_that_ends_is_shown_up_to_the_peak(tmp_path: Path) -> None:
    values = np.array([0.0, 0, 0.5, 0.5, 0.6, 0.5, 0.0, 0.0])
    for seed in range(3):
        run = ended({"encoder": "mean", "seed": seed}, "random")
        digest = run.digest
        noise = 0.001 * np.random.default_rng(seed).normal(size=len(STEPS))
        rows = [
            Row(digest, digest, int(step), "words", "polarity", value, None, None, 900, 999, 0.0)
            for step, value in zip(STEPS, values + noise, strict=True)
        ]
        records.append(tmp_path, rows, run)
    table = shown(tmp_path)
    assert (entry(table, "random")["onset"], entry(table, "random")["onset_until"]) == (2, 8)
    assert grid(table, "time")["random"][5] == "2 until 8"


def test_sentiment_before_meaning(folder: Path) -> None:
    table = shown(folder)
    found = entry(table, "random", "simlex999")
    order = leaves_first(
        STEPS,
        distance("polarity", "random", "random-labels"),
        distance("simlex999", "random", "random-labels"),
        np.random.default_rng(0),
    )
    assert found["before"] == "polarity"
    assert [
        found["before_probability"],
        found["before_log2_ratio"],
        found["before_low"],
        found["before_high"],
    ] == pytest.approx(order[:4])
    assert order.probability > 0.9
    assert entry(table, "random")["onset"] < found["onset"]
    assert entry(table, "random")["before"] is None
    lines = grid(table, "Does polarity ρ leave its control before SimLex-999 ρ?")
    assert lines["random"][1:5] == (
        str(SEEDS),
        f"{entry(table, 'random')['onset']:.0f}",
        f"{found['onset']:.0f}",
        number(order.probability, 2),
    )
    assert lines["frozen · glove"][-1] == "polarity ρ does not change"
    assert lines["random-labels (control)"][2:] == (
        *("never", "never", "—", "—"),
        "polarity ρ has no onset",
    )
    assert entry(table, "random-labels", "simlex999")["before_probability"] is None


def test_what_is_apart_before_training_has_no_order(tmp_path: Path) -> None:
    for seed in range(SEEDS):
        write(tmp_path, "tuned · glove", seed)
        write(tmp_path, "random", seed)
    table = shown(tmp_path)
    found = entry(table, "tuned · glove", "simlex999")
    assert (found["onset"], found["onset_control"], found["before_probability"]) == (
        0,
        "chance",
        None,
    )
    lines = grid(table, "Does polarity ρ leave its control before SimLex-999 ρ?")
    assert lines["tuned · glove"][-1] == "polarity ρ is apart at the first step"
    assert lines["random"][-1] == "", "chance is a control"


def test_failed_and_single_seeds_are_holes(folder: Path) -> None:
    write(folder, "tuned · glove", 9, error="RuntimeError: no disk")
    write(folder, "permuted · glove", 0)
    write(folder, "tuned · word2vec", 0, error="out of memory")
    table = shown(folder)
    levels = grid(table, "polarity ρ (n 900 of 999, chance .000): level")
    assert levels["tuned · glove"][1] == "4/5 (1 failed)"
    start = curve("polarity", "permuted · glove", 0)[0]
    assert levels["permuted · glove (control)"][1:] == (
        "1/5 (4 not run)",
        number(start),
        "—",
        "—",
        number(curve("polarity", "permuted · glove", 0)[-1]),
        "—",
    )
    assert entry(table, "permuted · glove")["reason"] == "has only 1 seed"
    assert entry(table, "tuned · word2vec")["reason"] == "has no values"
    assert "Failed: mean / tuned · glove, seed 9: RuntimeError: no disk" in table.notes
    assert all(write_as(table) for write_as in writers.FORMATS.values())


def test_a_seed_that_stops_early_shortens_its_arm_only(folder: Path) -> None:
    write(folder, "random", 7, steps=6)
    table = shown(folder)
    assert (entry(table, "random")["steps"], entry(table, "random")["seeds"]) == (6, 5)
    assert entry(table, "tuned · glove")["steps"] == 8


def test_a_stratum_has_curves_of_its_own_where_it_has_rows_at_enough_steps(folder: Path) -> None:
    table = shown(folder, measures=["polarity"], stratum="seen 5-99")
    assert entry(table, "random")["t50"] == entry(shown(folder), "random")["t50"]
    assert "training has 5-99 times" in table.caption[0]
    with pytest.raises(
        InputError, match="at 4 steps or more, but there are 0 in stratum 'seen 5-99'"
    ):
        shown(folder, measures=["simlex999"], stratum="seen 5-99")


def test_too_few_items_for_a_headline_are_said(folder: Path) -> None:
    rows = [{**row, "n": 99} for row in records.read_rows(folder)]
    table = emergence.table(rows, records.read_runs(folder))
    assert (
        table.summary[0].title
        == "polarity ρ (n 99 of 999, too few for a headline, chance .000): level"
    )
    assert "too few" not in next(
        grid.title for grid in table.summary if grid.title.startswith("cos")
    )


def test_what_is_too_little_is_refused_in_one_sentence(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(InputError, match="unknown measure 'polarit'; did you mean 'polarity'"):
        shown(folder, measures=["polarit"])
    with pytest.raises(InputError, match="no run has ended yet"):
        emergence.table([], {})
    one = tmp_path / "one"
    one.mkdir()
    write(one, "random", 0)
    with pytest.raises(InputError, match="2 seeds or more of an arm, but there is 1"):
        shown(one)
    assert not emergence.enough(records.read_rows(one))
    assert emergence.enough(records.read_rows(folder))
    short = tmp_path / "short"
    short.mkdir()
    for seed in range(3):
        write(short, "random", seed, steps=3)
    with pytest.raises(InputError, match="at 4 steps or more, but there are 3"):
        shown(short)


def test_csv_and_json_hold_the_same_and_markdown_has_a_heading_for_every_grid(folder: Path) -> None:
    table = shown(folder)
    objects_of(table)
    headings = [line for line in writers.markdown(table).splitlines() if line.startswith("## ")]
    assert len(headings) == 3 * 3 + 1
    assert len(set(headings)) == len(headings)
