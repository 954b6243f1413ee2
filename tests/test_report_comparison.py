"""Arms are told apart by what differs, compared with their baseline, and starred with care."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from report_runs import compare, ended, entry, filled, write
from scipy import stats

from embexp import records, search
from embexp.errors import InputError
from embexp.report.arms import SEARCHED, Arm, arms_of, order
from embexp.report.comparison import fitting, least_pairs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return filled(tmp_path)


def arms(*runs: tuple[str, int, dict[str, Any]]) -> list[Arm]:
    """The arms of runs that are given by label, seed and fields of the spec."""
    lines = [ended({"encoder": "mean", "seed": seed, **own}, arm) for arm, seed, own in runs]
    return list(arms_of(line._asdict() for line in lines).values())


def test_intervals_hold_possible_values_only_and_the_caption_says_so(tmp_path: Path) -> None:
    for seed, value in enumerate((0.99, 0.6, 1.0)):
        write(tmp_path, "random", seed, value)
        write(tmp_path, "frozen · glove", seed, 0.01)
    table = compare(tmp_path, measures=["accuracy", "simlex999"])
    wide = stats.t.interval(0.95, 2, np.mean([0.99, 0.6, 1.0]), stats.sem([0.99, 0.6, 1.0]))
    assert wide[1] > 1
    found = entry(table, "random")
    assert (found["low"], found["high"]) == (pytest.approx(wide[0]), 1.0)
    assert found["difference_high"] == 1.0
    assert "cut off at the ends of a measure's range (accuracy)." in table.caption[0]
    assert "cut off" not in compare(tmp_path, measures=["simlex999"]).caption[0]


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
        assert entry(table, "tuned · glove")["p"] <= 2 / 2**5
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


def test_what_a_search_draws_for_every_arm_does_not_come_before_what_is_compared() -> None:
    """Points of a regime share choices of a search, and their baseline has one of these."""
    points = [
        ("anchored", 0, {"dropout": 0.2 + 0.1 * (w == 0.5), "weight": w}) for w in (0.1, 0.5, 1)
    ]
    found = arms(*points, ("tuned", 0, {"dropout": 0.3}))
    assert len({*found}) == 4
    assert [[name for name, _ in arm.rest] for arm in found] == [["weight"]] * 4
    alone = arms(*(("anchored", 0, {"dropout": each}) for each in (0.2, 0.3)))
    assert [arm.settings for arm in alone] == [["dropout=0.2"], ["dropout=0.3"]]


def test_choices_that_agree_over_budgets_and_draws_tell_no_arms_apart() -> None:
    """Each seed of few labels has a draw; a search chose one rate for two of three budgets."""
    rates = {None: 0.1, 100: 0.2, 400: 0.1}
    found = arms(
        *(
            (
                "tuned",
                seed,
                {"train_texts": count, "draw": seed if count else 0}
                | {"learning_rate": rate, "last_step": 9 if count else None},
            )
            for count, rate in rates.items()
            for seed in range(3)
        )
    )
    assert [arm.settings for arm in dict.fromkeys(found)] == [
        ["train_texts=all"],
        ["train_texts=100"],
        ["train_texts=400"],
    ]


def test_what_is_searched_for_every_arm_is_what_the_search_has():
    assert {*SEARCHED} == {"learning_rate", *search.COMMON}
