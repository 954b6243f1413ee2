"""Printed values stand beside those of the same arms, and printed differences beside ours with
their intervals.
"""

from pathlib import Path

import pytest
import tiny_experiment
from commands import call
from report_runs import write

from embexp import records
from embexp.errors import InputError
from embexp.report import published, writers
from embexp.report.tables import comparison
from embexp.runner import experiments

tiny, here = tiny_experiment.tiny, tiny_experiment.here

ACCURACY = {"random": (0.70, 0.74, 0.72), "tuned · glove": (0.80, 0.83, 0.80)}
NAMES = ("encoder", "regime", "accuracy")


@pytest.fixture
def made(tmp_path: Path):
    """The comparison of two arms of three seeds under two encoders."""
    for encoder, above in {"mean": 0.0, "cnn": 0.01}.items():
        for arm, values in ACCURACY.items():
            for seed, value in enumerate(values):
                write(tmp_path, arm, seed, value + above, encoder=encoder)
    rows, runs, _ = records.read(tmp_path).reported()
    return comparison(rows, runs, baseline="random", measures=["accuracy"])


def known(*values: tuple) -> list[dict]:
    return [dict(zip(NAMES, each, strict=True)) for each in values]


def test_values_and_differences_stand_beside_the_printed_ones(made):
    printed = known(("mean", "random", 0.71), ("mean", "tuned", 0.78))
    levels, differences = published.table(made, printed, "a paper").summary
    assert [(*line[:2], line[3], line[5]) for line in levels.body] == [
        ("mean", "random", ".710", ".010"),
        ("mean", "tuned", ".780", ".030"),
    ]
    (line,) = differences.body
    assert line[:2] == ("mean", "tuned")
    assert line[3] == ".070"
    assert line[4].startswith(".090 [")
    assert line[5] == "yes"


@pytest.mark.parametrize(
    ("tuned", "sentence"),
    [
        (0.80, "1 have the same sign here; the intervals of 1"),
        (0.99, "1 have the same sign here; the intervals of 0"),
        (0.60, "0 have the same sign here; the intervals of 0"),
    ],
)
def test_a_sentence_counts_signs_and_intervals(made, tuned, sentence):
    printed = known(("cnn", "random", 0.71), ("cnn", "tuned", tuned))
    caption = published.table(made, printed, "a paper").caption
    assert sentence in caption[1]


def test_an_arm_that_is_not_here_is_a_hole_and_without_differences_none_are_counted(made):
    printed = known(("mean", "random", 0.71), ("lstm", "tuned", 0.9))
    (levels,) = published.table(made, printed, "a paper").summary
    assert levels.body[1][-2:] == ("—", "—")
    assert "a paper" in writers.markdown(published.table(made, printed, "a paper"))


@pytest.mark.parametrize(
    ("known", "sentence"),
    [
        ([{"regime": "random", "acuracy": 0.5}], "'acuracy'; did you mean 'accuracy'"),
        ([{"regime": "random"}], "has no measure; give its value"),
        (
            [{"regime": "random", "accuracy": 0.5}, {"encoder": "cnn", "accuracy": 0.5}],
            "need the same settings in the same order",
        ),
    ],
)
def test_printed_values_that_no_arm_could_have_are_refused(here, known, sentence):
    text = (here / "experiments" / "tiny.py").read_text()
    path = here / "experiments" / "wrong.py"
    path.write_text(f"{text}\nPUBLISHED = {known}\n")
    with pytest.raises(InputError, match=sentence):
        experiments.load(str(path))


def test_an_experiment_with_printed_values_writes_them_beside_its_table(here, capsys):
    experiment = here / "experiments" / "tiny.py"
    copy = here / "experiments" / "printed.py"
    values = [{"regime": "random", "accuracy": 0.5}, {"regime": "frozen", "accuracy": 0.6}]
    more = f'BASELINE = "random"\nSOURCE = "a paper"\nPUBLISHED = {values}\n'
    copy.write_text(experiment.read_text() + more)
    assert call("run", "printed") == 0
    assert "published.md" in capsys.readouterr().err
    text = (here / "runs" / "printed" / "published.md").read_text()
    assert "| frozen | accuracy" in text
    assert "Published: a paper." in text
