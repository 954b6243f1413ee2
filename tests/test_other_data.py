"""Settings that other data sets chose for few labels: which, for which runs, and what is said."""

import io
import json
from itertools import product
from math import inf

import few_label_settings
import numpy as np
import pytest
import small_corpus
import tiny_experiment
from few_label_settings import Trial, chosen_by
from rich.console import Console

from embexp import compare
from embexp.comparing.beyond import Variant, folded, of_other_data
from embexp.records import OTHER_DATA
from embexp.report import other_data as report, writers
from embexp.report.formatting import Grid, Table
from embexp.runner import other_data
from embexp.runner.other_data import Fixed, beside

small, tiny = small_corpus.small, tiny_experiment.tiny
SETTINGS = {"learning_rate": 0.01, "weight_decay": 0.1, "dropout": 0.25}
KNOWN = [
    Fixed(None, "frozen", "mean", labels, epochs, SETTINGS)
    for labels, epochs in ((50, 9.5), (200, 4), (800, 2))
]
LABELS = 40


def trial(data, number, loss, epochs=2.0, regime="tuned"):
    return Trial(data, regime, 50, number, loss, epochs, {"learning_rate": number / 10})


def test_the_least_mean_rank_chooses_and_a_data_set_has_no_part_in_its_own_setting():
    losses = {"a": (9.0, 1.0, 2.0), "b": (0.1, 0.3, 0.2), "c": (5.0, 4.0, inf)}
    tried = [
        trial(data, number, loss, epochs=10.0 * place + number)
        for place, (data, own) in enumerate(losses.items())
        for number, loss in enumerate(own)
    ]
    found = {each.without: each for each in chosen_by(tried)}
    assert found.keys() == {None, *losses}
    assert found[None].settings == {"learning_rate": 0.1}
    assert found[None].epochs == 11.0  # the median
    assert found["a"].settings == {"learning_rate": 0.0}
    assert found["c"].epochs == 5.0  # of equal ranks the first trial


def test_a_run_takes_the_setting_of_the_nearest_number_of_labels(small):
    (spec,) = small.specs(regime="frozen", seed=3, batch_size=64, **folded(()))
    found = beside(spec, 90, KNOWN)
    assert {name: getattr(found, name) for name in SETTINGS} == SETTINGS
    assert (found.last_step, found.seed, found.search) == (19, 3, OTHER_DATA)  # 9.5 times 2 steps
    assert beside(spec, 110, KNOWN).last_step == 8
    own = [*KNOWN, Fixed(str(spec.corpus), "frozen", "mean", 50, 100.0, SETTINGS)]
    assert beside(spec, 200, own).last_step == 400
    (other,) = small.specs(regime="random", seed=3, **folded(()))
    assert beside(other, 90, KNOWN) is None


def test_only_few_labels_whose_training_is_not_fixed_have_such_settings(small, monkeypatch):
    monkeypatch.setattr(other_data, "known", lambda: KNOWN)
    few = folded(()) | {"train_texts": LABELS}
    variants = [
        Variant(small.specs(regime=["random", "frozen"], seed=0, **fields), {})
        for fields in ({}, few, few | {"split": 1})
    ]
    (found,) = of_other_data(variants, ["lexicon"], {})
    assert (found.regime, found.train_texts, found.split) == ("frozen", LABELS, 0)
    assert of_other_data(variants, ["lexicon", "batch_size"], {}) == []
    monkeypatch.setattr(other_data, "known", list)
    assert of_other_data(variants, [], {}) == []


def test_the_file_is_read_where_there_is_one(tmp_path):
    path = tmp_path / "settings.jsonl"
    assert other_data.known(path) == ()
    path = tmp_path / "other.jsonl"
    path.write_text("".join(json.dumps(each._asdict()) + "\n" for each in KNOWN))
    assert other_data.known(path) == KNOWN


def right(share: float, seed: int) -> np.ndarray:
    """Whether each of six seeds has each text right, of texts that are hard for all."""
    rng = np.random.default_rng(seed)
    hard = np.random.default_rng(0).uniform(size=300)
    return hard + rng.normal(0, 0.03, (6, 300)) < share


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.5, " less."),
        (0.9, "more: its search here did not pay."),
        (0.7, "is not shown to differ: "),
    ],
)
def test_what_an_arm_has_is_set_against_other_data(share, said):
    arm, other = ("mean", "tuned"), ("mean", "random")
    searched = {50.0: {arm: right(0.7, 1), other: right(0.7, 2)}, inf: {arm: right(0.8, 3)}}
    (found,) = report.gains(searched, {50.0: {arm: right(share, 4)}}, "accuracy")
    expected = searched[50.0][arm].mean() - right(share, 4).mean()
    assert found.gain.mean == pytest.approx(expected)
    assert found.gain.low < expected < found.gain.high
    (sentence,) = report.sentences(arm, [found])
    assert sentence.startswith("With the settings that other data sets chose and 50 labels, tuned")
    assert said in sentence
    assert report.sentences(other, [found]) == []


def test_every_way_of_showing_a_table_has_both_settings():
    arm = ("mean", "tuned")
    found = report.gains({inf: {arm: right(0.7, 1)}}, {inf: {arm: right(0.6, 2)}}, "accuracy")
    block = Grid("", ("regime", "accuracy"), (("tuned", ".7"),), 1)
    shown = report.with_gains(Table("", (), (block,), (), (), ()), found, "accuracy")
    console = Console(width=80, file=io.StringIO(), record=True)
    console.print(writers.terminal(shown))
    for text in (writers.markdown(shown), writers.latex(shown), console.export_text()):
        assert "settings of other data" in text


@pytest.fixture(scope="module")
def compared(tiny, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(other_data, "known", lambda: KNOWN)
        return compare(
            tiny / "mine.csv",
            text="review",
            label="stars",
            vectors=tiny / "vectors.txt",
            results=tmp_path_factory.mktemp("runs"),
            regimes="frozen",
            seeds=1,
            trials=1,
            lexicon=None,
            similarity=(),
            tracked_pairs=(),
        )


@pytest.mark.long
def test_a_comparison_of_few_labels_has_them_beside_its_own(compared):
    table = compared.table()
    own = table[table["measure"] == "accuracy"].set_index("regime")
    both = own.loc[["frozen", "other data: frozen"]]
    first, other = both["mean"]
    assert both["difference"].iloc[1] == pytest.approx(other - first)
    assert both["by"].iloc[1] == "settings"
    assert compared.best.spec.search == 0
    assert "With the settings that other data sets chose, frozen" in compared.answer
    text = (compared.folder / "table.md").read_text()
    assert "## Beside settings that other data sets chose" in text
    assert compared.report().read_text().count("other data: frozen") > 0


def lines():
    """Cross-validation is .1 above other data with 50 labels, and .02 below with 200."""
    values = product(("a", "b", "c"), few_label_settings.REGIMES, (50, 200), range(2))
    for place, (data, regime, labels, draw) in enumerate(values):
        gain = (0.1 if labels == 50 else -0.02) + 1e-4 * place
        yield {
            "data": data,
            "regime": regime,
            "labels": labels,
            "draw": draw,
            "accuracy_cross_validated": 0.7 + gain,
            "accuracy_other_data": 0.7,
            "nll_cross_validated": 0.5 - gain,
            "nll_other_data": 0.5,
        }


def test_the_table_says_what_cross_validation_gains_over_data_sets():
    tried = [
        trial(data, number, float(number), regime=regime)._replace(labels=labels)
        for data, regime in product("abc", few_label_settings.REGIMES)
        for labels in (50, 200)
        for number in range(3)
    ]
    made = few_label_settings.table([*lines()], tried)
    text = writers.markdown(made)
    assert "For tuned the gain by cross-validation is .10" in text
    assert "3 of 3 |" in text
    assert "0 of 3 |" in text
    assert len(made.details[0].body) == 3 * 3 * 2
    assert len(made.details[1].body) == 3 * 2
