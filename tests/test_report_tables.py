"""Tables are functions of the rows: means, intervals, tests and holes against scipy,
and texts that every format holds unharmed."""

import io
from pathlib import Path

import numpy as np
import pytest
from report_runs import ACCURACY, SELECTED, SIMLEX, compare, entry, filled, write
from rich.console import Console
from scipy import stats

from embexp import records
from embexp.errors import InputError
from embexp.report import select, tables, writers
from embexp.report.arms import arms_of
from embexp.report.inference import Inference


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return filled(tmp_path)


def test_values_are_those_of_scipy(folder: Path) -> None:
    table = compare(folder)
    tests = {}
    for regime in ("tuned · glove", "random"):
        a, b = np.array(ACCURACY[regime]), np.array(ACCURACY["frozen · glove"])
        found = entry(table, regime)
        interval = stats.t.interval(0.95, 3, a.mean(), stats.sem(a))
        assert [found["mean"], found["low"], found["high"]] == pytest.approx([a.mean(), *interval])
        tests[regime] = stats.permutation_test(
            (a - b,), np.mean, permutation_type="samples", n_resamples=np.inf
        )
        bounds = stats.ttest_rel(a, b).confidence_interval()
        assert [
            found["difference"],
            found["difference_low"],
            found["difference_high"],
        ] == pytest.approx([(a - b).mean(), *bounds])
        assert found["effect"] == pytest.approx((a - b).mean() / (a - b).std(ddof=1))
        assert (found["seeds"], found["pairs"], found["n"], found["total"], found["chance"]) == (
            4,
            4,
            200,
            200,
            0.5,
        )
    assert entry(table, "tuned · glove")["p"] == pytest.approx(2 * tests["tuned · glove"].pvalue)
    assert entry(table, "random")["p"] == pytest.approx(
        max(2 * tests["tuned · glove"].pvalue, tests["random"].pvalue)
    )
    assert entry(table, "frozen · glove")["p"] is None


def test_checkpoints_strata_and_the_fewest_items(folder: Path) -> None:
    start = SIMLEX["random"] + 0.015
    for checkpoint, value in (
        ("start", start),
        ("selected", start + 0.064),
        ("last", start + 0.128),
        (SELECTED, start + 0.064),
    ):
        assert entry(compare(folder, checkpoint=checkpoint), "random", "simlex999")[
            "mean"
        ] == pytest.approx(value)
    assert entry(compare(folder), "random", "simlex999")["n"] == 902
    assert entry(compare(folder, stratum="seen >=1000"), "random", "simlex999")[
        "mean"
    ] == pytest.approx(0.9)
    assert entry(compare(folder, checkpoint="last"), "random")["mean"] == pytest.approx(0.6), (
        "validation, as test has no rows then"
    )


def test_failed_and_missing_seeds_are_holes(folder: Path) -> None:
    write(folder, "tuned · glove", 4, 0.0, error="RuntimeError: the loss\nis NaN at step 7")
    write(folder, "random-frozen", 0, 0.0, error="out of memory")
    table = compare(folder)
    assert entry(table, "tuned · glove")["seeds"] == 4
    assert entry(table, "tuned · glove")["failed"] == 1
    lines = {line[0]: line for line in table.summary[0].body}
    assert lines["tuned · glove"][1] == "4/5 (1 failed)"
    assert lines["frozen · glove"][1] == "4/5 (1 not run)"
    assert lines["random-frozen (control)"][1:3] == ("0/5 (1 failed, 4 not run)", "—")
    assert (
        table.notes[0]
        == "Failed: mean / tuned · glove, seed 4: RuntimeError: the loss is NaN at step 7"
    )
    assert entry(table, "random-frozen")["mean"] is None
    assert "out of memory" in writers.markdown(table)


def test_a_table_of_failures_only_still_shows_them(tmp_path: Path) -> None:
    write(tmp_path, "random", 0, 0.0, error="no disk")
    table = compare(tmp_path, damaged=1)
    assert entry(table, "random")["errors"] == "seed 0: no disk"
    assert table.notes[-1].startswith("1 damaged line was ignored")
    assert all(write(table) for write in writers.FORMATS.values())


def test_one_seed_has_a_value_but_no_interval_or_test(tmp_path: Path) -> None:
    write(tmp_path, "frozen · glove", 0, 0.75)
    write(tmp_path, "tuned · glove", 0, 0.875)
    table = compare(tmp_path)
    assert entry(table, "tuned · glove")["difference"] == pytest.approx(0.125)
    assert entry(table, "tuned · glove")["p"] is None
    assert table.details[0].body[1] == (
        "tuned · glove",
        "1/1",
        ".875",
        "[.700, .900]",
        ".125",
        "—",
        "—",
        "—",
        "—",
        "200 / 200",
    )


def test_a_run_without_a_holdout_has_the_curve_of_its_training_split(folder: Path) -> None:
    rows = [row for row in records.read_rows(folder) if row["measure"] == "accuracy"]
    for row in rows:
        if row["regime"] == "random" and row["split"] == "validation":
            row["split"] = "train"
    along = select.along(rows, "accuracy", arms_of(rows))
    assert {arm.label for arm in along[128]} == {"frozen · glove", "tuned · glove", "random"}
    assert {row["split"] for values in along[128].values() for row in values.values()} == {
        "train",
        "validation",
    }
    assert {
        row["split"] for values in select.at(rows, "accuracy").values() for row in values.values()
    } == {"test"}


def test_splits_are_named_and_never_compared_with_each_other(tmp_path: Path) -> None:
    for seed in range(3):
        write(tmp_path, "random", seed, 0.7 + seed / 50)
        write(tmp_path, "frozen · glove", seed, 0.6)
    rows, runs = records.read_rows(tmp_path), records.read_runs(tmp_path)
    last = tables.comparison(rows, runs, ["accuracy", "simlex999"], checkpoint="last")
    assert last.summary[0].header[2:] == ("accuracy (validation)", "SimLex-999 ρ")
    assert last.details[0].title == "accuracy (validation) (chance .500)"
    assert compare(tmp_path).summary[0].header[2] == "accuracy"
    for row in rows:
        if row["regime"] == "random" and row["split"] == "validation":
            row["split"] = "train"
    mixed = tables.comparison(rows, runs, ["accuracy"], checkpoint="last")
    assert mixed.summary[0].header[2] == "accuracy (train or validation)"
    assert [one["difference"] for one in mixed.objects] == [None, None]
    assert [one["split"] for one in mixed.objects] == ["validation", "train"]


def test_the_last_step_is_said_to_be_scored_where_nothing_was_held_out(tmp_path: Path) -> None:
    write(tmp_path, "random", 0, 0.7, holdout="none")
    assert (
        compare(tmp_path)
        .caption[0]
        .startswith("Mean over seeds [95 % interval by Student's t], at the last step.")
    )
    write(tmp_path, "random", 1, 0.7)
    assert (
        "selected or, where nothing was held out, at the last step." in compare(tmp_path).caption[0]
    )


def test_what_is_not_there_is_refused_with_what_is(folder: Path) -> None:
    rows, runs = records.read_rows(folder), records.read_runs(folder)
    with pytest.raises(InputError, match=r"unknown measure 'acuracy'; did you mean 'accuracy'\?"):
        tables.comparison(rows, runs, ["acuracy"])
    with pytest.raises(InputError, match="unknown regime 'glove'"):
        tables.comparison(rows, runs, baseline="glove")
    with pytest.raises(InputError, match="unknown checkpoint 'lst'; did you mean 'last'"):
        tables.comparison(rows, runs, checkpoint="lst")
    with pytest.raises(InputError, match="unknown step '7'; known: 0, 64, 128"):
        tables.comparison(rows, runs, checkpoint=7)
    with pytest.raises(InputError, match="no run has ended"):
        tables.comparison([], {})


def test_the_summary_is_at_most_120_wide_and_loses_no_measure(folder: Path) -> None:
    for regime, values in ACCURACY.items():
        for seed, value in enumerate(values):
            write(folder, regime, seed, value, encoder="bilstm-attention")
    table = compare(folder)
    console = Console(width=120, file=io.StringIO(), record=True)
    console.print(writers.terminal(table))
    shown = console.export_text()
    for grid in table.summary:
        for line in (grid.header, *grid.body):
            assert all(text in shown for text in line), "no text is cut or wrapped"
    markdown = [
        line
        for line in writers.markdown(table).split("## ")[0].splitlines()
        if line.startswith("|")
    ]
    assert max(map(len, markdown)) <= 120
    assert [name for grid in table.summary for name in grid.header[3:]] == [
        "accuracy",
        "SimLex-999 ρ",
    ]


def test_a_terminal_of_80_columns_shows_every_number_whole(folder: Path) -> None:
    for seed, value in enumerate(ACCURACY["random"]):
        write(folder, "pretrained-random-labels · glove-840b-300d", seed, value, encoder="cnn")
    table = compare(folder)
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(writers.terminal(table))
    shown = console.export_text()
    assert max(map(len, shown.splitlines())) <= 80
    numbers = [line[i] for grid in table.summary for line in grid.body for i in (2, 3, 4)]
    assert len(numbers) == 3 * (2 * 3 + 1 - 2)
    assert all(text in shown for text in numbers)
    assert [len(grid.header) for grid in (*table.narrow, *table.summary)] == [4, 4, 5]
    wide = Console(width=120, file=io.StringIO(), record=True)
    wide.print(writers.terminal(table, wide=True))
    assert wide.export_text().count("accuracy  ") == 1


def test_a_measure_of_too_few_words_is_left_to_the_details_and_no_star_stands_alone(
    tmp_path: Path,
) -> None:
    for seed in range(9):
        write(tmp_path, "frozen · glove", seed, 0.6)
        write(tmp_path, "random", seed, 0.7 + seed / 100)
    rows = [
        {**row, "n": 43} if row["measure"] == "simlex999" else row
        for row in records.read_rows(tmp_path)
    ]
    both = Inference(family=["accuracy", "simlex999"])
    runs = records.read_runs(tmp_path)
    table = tables.comparison(rows, runs, inference=both)
    assert entry(table, "random", "simlex999")["starred"]
    assert table.summary[0].header == ("regime", "seeds", "accuracy")
    said = "Not in the summary, as the runs know fewer than 100 of their words: SimLex-999 ρ."
    assert said in table.caption
    assert [grid.title[:6] for grid in table.details] == ["accura", "SimLex"]
    alone = tables.comparison(rows, runs, ["simlex999"], inference=both)
    assert [line[2] for line in alone.summary[0].body[:2]] == ["only n = 43"] * 2


def test_the_settings_in_which_arms_differ_are_named(tmp_path: Path) -> None:
    for seed in range(2):
        write(tmp_path, "frozen · glove", seed, 0.6, learning_rate=0.01, epochs=5, clip=None)
        write(tmp_path, "random", seed, 0.7, learning_rate=0.012345, epochs=5, clip=1.0)
        write(tmp_path, "random-labels", seed, 0.7, learning_rate=0.5, epochs=9, clip=2.0)
    said = "Arms also differ in clip 1, none; learning_rate 0.01, 0.0123."
    assert said in compare(tmp_path).caption
    for number in range(5):
        rate = 10.0**-number
        write(tmp_path, f"tuned · glove{number}", 0, 0.6, learning_rate=rate, epochs=5, clip=None)
    said = "Arms also differ in clip 1, none; learning_rate 0.0001 to 1."
    assert said in compare(tmp_path).caption


def test_rows_of_runs_that_ended_since_are_left_out(folder: Path) -> None:
    runs = records.read_runs(folder)
    write(folder, "random", 9, 0.1)
    assert (
        tables.comparison(records.read_rows(folder), runs).objects
        == tables.comparison(
            [row for row in records.read_rows(folder) if row["seed"] != 9], runs
        ).objects
    )


def test_usual_measures_without_values_are_left_out_and_named(folder: Path) -> None:
    rows = []
    for row in records.read_rows(folder):
        rows += [row, {**row, "measure": "cos(good,bad)", "value": None}]
        others = (
            "lexicon@10(mine)",
            "similarity(mine)",
            "cos(a,b)",
            "not usual",
            "cos(film,movie)",
        )
        rows += [{**row, "measure": each} for each in others]
    runs = records.read_runs(folder)
    shown = tables.comparison(rows, runs)
    names = list(dict.fromkeys(each["measure"] for each in shown.objects))
    usual = ["accuracy", "lexicon@10(mine)", "simlex999", "similarity(mine)", "cos(film,movie)"]
    assert names == [*usual, "cos(a,b)"]
    assert "Left out, as the runs know too few of their words: cos(good, bad)." in shown.caption
    named = tables.comparison(rows, runs, ["cos(good,bad)"])
    assert [each["measure"] for each in named.objects] == ["cos(good,bad)"] * len(ACCURACY)
    assert not any(each.startswith("Left out") for each in named.caption)
