"""Tables are functions of the rows: means, intervals, tests and holes against scipy,
and texts that every format holds unharmed."""

import csv
import html.parser
import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_runs import ended
from rich.console import Console
from scipy import stats

from embexp import records
from embexp.errors import InputError
from embexp.records import Row
from embexp.report import formatting, select, tables, writers
from embexp.report.arms import Arm, arms_of, order
from embexp.report.comparison import fitting, least_pairs
from embexp.report.formatting import Table

ACCURACY = {
    "frozen · glove": (0.75, 0.76, 0.74, 0.77),
    "tuned · glove": (0.86, 0.88, 0.87, 0.88),
    "random": (0.80, 0.74, 0.79, 0.70),
}
SIMLEX = {"frozen · glove": 0.265, "tuned · glove": 0.17, "random": 0.0}
SELECTED = 64


def write(
    folder: Path,
    arm: str,
    seed: int,
    accuracy: float,
    error: str | None = None,
    encoder: str = "mean",
    **fields: object,
) -> None:
    run = ended({"encoder": encoder, "seed": seed, **fields}, arm, error)
    digest = run.digest
    rows = [
        *(
            Row(digest, digest, step, "validation", "accuracy", 0.6, 0.5, 0.7, 90, 90, 0.5)
            for step in (0, SELECTED, 128)
        ),
        Row(digest, digest, SELECTED, "test", "accuracy", accuracy, 0.7, 0.9, 200, 200, 0.5),
        *(
            Row(
                digest,
                digest,
                step,
                "words",
                "simlex999",
                SIMLEX.get(arm, 0.0) + step / 1000 + seed / 100,
                None,
                None,
                905 - seed,
                999,
                0.0,
            )
            for step in (0, SELECTED, 128)
        ),
        Row(
            digest, digest, SELECTED, "words", "simlex999", 0.9, None, None, 10, 999, 0.0, ">=1000"
        ),
    ]
    records.append(folder, [] if error else rows, run)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for regime, values in ACCURACY.items():
        for seed, value in enumerate(values):
            write(tmp_path, regime, seed, value)
    return tmp_path


def compare(folder: Path, **options: Any) -> Table:
    return tables.comparison(records.read_rows(folder), records.read_runs(folder), **options)


def entry(table: Table, arm: str, measure: str = "accuracy") -> dict[str, object]:
    (found,) = [line for line in table.objects if (line["arm"], line["measure"]) == (arm, measure)]
    return found


def test_values_are_those_of_scipy(folder: Path) -> None:
    table = compare(folder)
    tests = {}
    for regime in ("tuned · glove", "random"):
        a, b = np.array(ACCURACY[regime]), np.array(ACCURACY["frozen · glove"])
        found = entry(table, regime)
        interval = stats.t.interval(0.95, 3, a.mean(), stats.sem(a))
        assert [found["mean"], found["low"], found["high"]] == pytest.approx([a.mean(), *interval])
        tests[regime] = stats.ttest_rel(a, b)
        bounds = tests[regime].confidence_interval()
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
    # the SimLex differences are the same for every seed, so only these two are tests
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
    assert entry(compare(folder, stratum=">=1000"), "random", "simlex999")["mean"] == pytest.approx(
        0.9
    )
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
        "200 / 200",
    )


def test_the_baseline_is_compared_within_one_encoder(folder: Path) -> None:
    write(folder, "random", 0, 0.5, encoder="lstm")
    table = compare(folder)
    (lstm,) = [
        line
        for line in table.objects
        if line["encoder"] == "lstm" and line["measure"] == "accuracy"
    ]
    assert lstm["difference"] is None
    assert entry(compare(folder, baseline="random"), "frozen · glove")["baseline"] == "random"


def test_a_baseline_at_one_setting_only_is_that_of_all_settings(tmp_path: Path) -> None:
    for rate in (0.1, 0.2):
        for seed in range(3):
            write(tmp_path, "tuned · glove", seed, 0.8 + rate / 10 + seed / 100, table_rate=rate)
            if rate == 0.1:
                write(tmp_path, "frozen · glove", seed, 0.7 + seed / 50, table_rate=rate)
    shown = compare(tmp_path, baseline="frozen · glove", measures=["accuracy"])
    found = {
        one["table_rate"]: one["difference"]
        for one in shown.objects
        if one["arm"] == "tuned · glove"
    }
    expected = {
        rate: np.mean([0.8 + rate / 10 + seed / 100 - 0.7 - seed / 50 for seed in range(3)])
        for rate in (0.1, 0.2)
    }
    assert found == pytest.approx(expected)
    write(
        tmp_path, "frozen · glove", 0, 0.9, table_rate=0.3
    )  # two of them: which one is meant would be a guess
    shown = compare(tmp_path, baseline="frozen · glove", measures=["accuracy"])
    assert [one["difference"] for one in shown.objects if one.get("table_rate") == 0.2] == [None]


def test_another_field_than_the_regime_is_compared_with_all_else_alike(tmp_path: Path) -> None:
    for seed in range(3):
        for regime, gain in (("random", 0.0), ("tuned · glove", 0.1)):
            for clip, more in ((None, 0.0), (1.0, 0.02)):
                write(tmp_path, regime, seed, 0.7 + gain + more + seed / 50, clip=clip)
    table = compare(tmp_path, by="clip", baseline="none", measures=["accuracy"])
    found = {(one["arm"], one["clip"]): one["difference"] for one in table.objects}
    assert found == {
        ("tuned · glove", None): None,
        ("tuned · glove", 1.0): pytest.approx(0.02),
        ("random", None): None,
        ("random", 1.0): pytest.approx(0.02),
    }
    assert [line[:2] for line in table.summary[0].body[:4]] == [
        ("none", "random"), ("1.0", "random"), ("none", "tuned · glove"), ("1.0", "tuned · glove"),
    ]  # fmt: skip
    assert "from clip none, all else alike, paired by seed" in table.caption[1]
    assert compare(tmp_path, by="clip").objects[0]["baseline"] == "1.0"
    assert compare(tmp_path, baseline="random").objects[0]["by"] == "regime"
    with pytest.raises(InputError, match=r"unknown clip '2'; known: 1\.0, none"):
        compare(tmp_path, by="clip", baseline="2")
    with pytest.raises(
        InputError, match="unknown field in which these runs differ 'rate'; known: "
    ):
        compare(tmp_path, by="rate")


def test_a_run_without_a_holdout_has_the_curve_of_its_training_split(folder: Path) -> None:
    rows = [row for row in records.read_rows(folder) if row["measure"] == "accuracy"]
    for row in rows:
        if row["regime"] == "random" and row["split"] == "validation":
            row["split"] = "train"
    along = select.along(rows, "accuracy")
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


def arms(*runs: tuple[str, int, dict[str, Any]]) -> list[Arm]:
    """The arms of runs that are given by label, seed and fields of the spec."""
    lines = [ended({"encoder": "mean", "seed": seed, **own}, arm) for arm, seed, own in runs]
    return list(arms_of(line._asdict() for line in lines).values())


def test_arms_have_the_fields_that_tell_them_apart_and_no_other() -> None:
    by_label = arms(
        ("random", 0, {"table_rate": 0}),
        ("random", 1, {"table_rate": 0}),
        ("tuned · glove", 0, {"table_rate": 1}),
    )
    assert set(by_label) == {
        Arm("mean", "random", (), "random"),
        Arm("mean", "tuned · glove", (), "tuned", "glove"),
    }
    sizes = arms(
        ("one-hot", 0, {"size": 1000, "steps": 50}),
        ("one-hot", 1, {"size": 200, "steps": 10}),
        ("random", 0, {"size": 200, "steps": 10}),
    )
    assert [arm.rest for arm in sizes] == [(("size", 1000),), (("size", 200),), (("size", 200),)]
    assert [str(arm) for arm in sorted(sizes, key=order)] == [
        "mean / one-hot / size=200", "mean / random / size=200", "mean / one-hot / size=1000",
    ]  # fmt: skip
    lists = arms(("random", 0, {"widths": [3, 4]}), ("random", 0, {"widths": [3]}))
    assert [arm.rest for arm in lists] == [(("widths", "[3, 4]"),), (("widths", "[3]"),)]


def test_vectors_tell_apart_only_arms_of_one_label() -> None:
    assert [arm.rest for arm in arms(("tuned · glove", 0, {}), ("tuned · word2vec", 0, {}))] == [
        (),
        (),
    ]
    same = arms(("random", 0, {"vectors": "glove"}), ("random", 0, {"vectors": "word2vec"}))
    assert [arm.rest for arm in same] == [(("vectors", "glove"),), (("vectors", "word2vec"),)]
    assert [arm.vectors for arm in same] == [None, None]


def test_parameters_of_one_encoder_do_not_part_the_runs_of_another(tmp_path: Path) -> None:
    for seed in range(2):
        write(tmp_path, "random", seed, 0.7 + seed / 100)
        for size in (50, 100):
            write(tmp_path, "random", seed, 0.8 + seed / 50, encoder="cnn", hidden_size=size)
    table = compare(tmp_path, by="encoder", baseline="mean", measures=["accuracy"])
    assert [line[:3] for line in table.summary[0].body[:3]] == [
        ("cnn", "50", "random"),
        ("cnn", "100", "random"),
        ("mean", "—", "random"),
    ]
    found = {one["hidden_size"]: one["difference"] for one in table.objects}
    assert found == {None: None, 50: pytest.approx(0.105), 100: pytest.approx(0.105)}
    assert {str(arm) for arm in arms_of(records.read_rows(tmp_path)).values()} == {
        "mean / random", "cnn / random / hidden_size=50", "cnn / random / hidden_size=100",
    }  # fmt: skip


def test_a_baseline_is_named_by_its_label_or_by_a_regime_that_one_arm_has(folder: Path) -> None:
    assert compare(folder, baseline="tuned").objects[0]["baseline"] == "tuned · glove"
    assert compare(folder).objects[0]["baseline"] == "frozen · glove"
    write(folder, "frozen · word2vec", 0, 0.5)
    assert compare(folder).objects[0]["baseline"] == "frozen · glove"
    assert compare(folder, baseline="frozen · word2vec").objects[0]["by"] == "regime"
    with pytest.raises(InputError, match=r"unknown regime 'frozen'; .*frozen · word2vec"):
        compare(folder, baseline="frozen")
    runs = records.read_runs(folder)
    assert fitting(runs, "tuned", "regime") == {"by": "regime", "baseline": "tuned"}
    assert fitting(runs, "frozen", "regime") == {"by": "regime", "baseline": None}
    assert fitting(runs, "frozen", "padding") == {}


def test_controls_are_marked_and_come_last(folder: Path) -> None:
    write(folder, "permuted · glove", 0, 0.7)
    table = compare(folder)
    assert [line[0] for line in table.summary[0].body] == [
        "frozen · glove", "random", "tuned · glove", "permuted · glove (control)", "chance",
    ]  # fmt: skip
    found = entry(table, "permuted · glove")
    assert (found["regime"], found["vectors"], found["control"]) == ("permuted", "glove", True)
    assert entry(table, "random")["vectors"] is None


def test_a_star_stands_only_where_the_exact_test_can_reach_it(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for seed in range(6):
        write(tmp_path, "frozen · glove", seed, 0.7 + rng.normal() / 1000)
        if seed < 5:
            write(tmp_path, "tuned · glove", seed, 0.9 + rng.normal() / 1000)

    def shown() -> tuple[str, str]:
        table = compare(tmp_path, measures=["accuracy"])
        assert entry(table, "tuned · glove")["p"] < 0.001
        assert entry(table, "tuned · glove")["starred"] == table.summary[0].body[1][2].endswith("*")
        return table.summary[0].body[1][2], table.caption[1]

    cell, caption = shown()  # 2/2⁵ > .05
    assert not cell.endswith("*")
    assert "* marks p < .05 with 6 pairs or more: with fewer" in caption
    assert "(2/2ⁿ > .05/1)" in caption
    write(tmp_path, "tuned · glove", 5, 0.9)
    cell, caption = shown()  # 2/2⁶ < .05
    assert cell.endswith("*")
    assert "* marks p < .05; d_z" in caption


@pytest.mark.parametrize("tests", [1, 2, 3, 12, 108])
def test_the_fewest_pairs_are_those_of_the_exact_test(tests: int) -> None:
    least = least_pairs(tests)
    exact = [
        stats.permutation_test(
            (np.arange(1.0, n + 1),), np.mean, permutation_type="samples", n_resamples=np.inf
        ).pvalue
        for n in (least - 1, least)
    ]
    assert exact[0] > 0.05 / tests >= exact[1]


def test_what_is_not_there_is_refused_with_what_is(folder: Path) -> None:
    rows, runs = records.read_rows(folder), records.read_runs(folder)
    with pytest.raises(InputError, match=r"unknown measure 'acuracy'; did you mean 'accuracy'\?"):
        tables.comparison(rows, runs, ["acuracy"])
    with pytest.raises(InputError, match="unknown regime 'glove'"):
        tables.comparison(rows, runs, baseline="glove")
    with pytest.raises(InputError, match="unknown checkpoint 'lst'; did you mean 'last'"):
        tables.comparison(rows, runs, checkpoint="lst")
    with pytest.raises(InputError, match="unknown step '7'; known: 0, 128, 64"):
        tables.comparison(rows, runs, checkpoint=7)
    with pytest.raises(InputError, match="no run has ended"):
        tables.comparison([], {})


NASTY = "a|b <i>&amp;</i> $x_1$ 5% #{y} \\z [red]~^"


def nasty(folder: Path) -> Table:
    write(folder, "random", 0, 0.5, encoder=NASTY)
    write(folder, "random", 0, 0.6)
    write(folder, "random", 1, 0.0, error=NASTY)
    return compare(folder)


def test_csv_and_json_hold_the_same_unrounded_values(folder: Path) -> None:
    table = nasty(folder)
    objects = json.loads(writers.json(table))
    assert objects == list(table.objects)
    lines = list(csv.DictReader(io.StringIO(writers.csv(table))))
    assert [
        {key: "" if value is None else str(value) for key, value in line.items()}
        for line in objects
    ] == lines


class Texts(html.parser.HTMLParser):
    """The texts of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_html_is_escaped(folder: Path) -> None:
    table = nasty(folder)
    page = Texts()
    page.feed(writers.html(table))
    assert NASTY in page.texts
    assert page.tags == {"h1", "table", "caption", "thead", "tbody", "tr", "th", "td", "p"}
    assert {
        text for grid in table.summary for line in grid.body for text in line if text.strip()
    } <= set(page.texts)


def test_markdown_rows_have_one_width_and_as_many_columns_as_the_head(folder: Path) -> None:
    text = writers.markdown(nasty(folder))
    blocks = [
        [line for line in block.splitlines() if line.startswith("|")]
        for block in text.split("\n\n")
    ]
    for block in filter(None, blocks):
        assert len({len(line) for line in block}) == 1
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block}) == 1
    assert "\\<i\\>" in text


def test_latex_escapes_what_it_would_obey(folder: Path) -> None:
    text = writers.latex(nasty(folder))
    assert (
        r"a|b $<$i$>$\&amp;$<$/i$>$ \$x\_1\$ 5\% \#\{y\} "
        r"\textbackslash{}z {[}red]\textasciitilde{}\textasciicircum{}" in text
    )
    assert text.count("\\begin{") == text.count("\\end{")
    assert not set(text) & set("−—–ρΔⁿ")


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


def test_numbers_are_written_without_a_false_minus() -> None:
    texts = [
        formatting.number(value)
        for value in (0.8704, -0.0462, 1.0, -0.0001, 0.0, 12.5, float("nan"))
    ]
    assert texts == [".870", "−.046", "1.000", ".000", ".000", "12.500", "—"]


def test_rows_of_runs_that_ended_since_are_left_out(folder: Path) -> None:
    runs = records.read_runs(folder)
    write(folder, "random", 9, 0.1)
    assert (
        tables.comparison(records.read_rows(folder), runs).objects
        == tables.comparison(
            [row for row in records.read_rows(folder) if row["seed"] != 9], runs
        ).objects
    )
