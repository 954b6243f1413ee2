"""The commands that show results take names, checkpoints and the words of an earlier version."""

import json
from pathlib import Path

import pytest
from report_runs import SELECTED, SIMLEX, filled

from embexp import cli


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process stands where `runs/mine` is."""
    monkeypatch.chdir(tmp_path)
    filled(tmp_path / "runs" / "mine")


def call(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """The exit code of a command, and what it printed."""
    try:
        cli.main(words)
    except SystemExit as done:
        return int(done.code or 0), *capsys.readouterr()
    return 0, *capsys.readouterr()


@pytest.mark.parametrize(
    ("checkpoint", "step"), [("selected", SELECTED), ("start", 0), ("last", 128), ("64", 64)]
)
def test_a_checkpoint_is_a_name_or_a_step(capsys, checkpoint, step):
    words = ("--measure", "simlex999", "--format", "json", "--checkpoint", checkpoint)
    code, out, _ = call(capsys, "table", "mine", *words)
    found = {each["arm"]: each["mean"] for each in json.loads(out)}
    assert code == 0
    assert found["random"] == pytest.approx(SIMLEX["random"] + 0.015 + step / 1000)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--checkpoint", "lst"), "unknown checkpoint 'lst'; did you mean 'last'"),
        (("--checkpoint", "7"), "unknown step '7'; known: 0, 64, 128"),
        (("--baseline", "tund"), "unknown regime 'tund'; "),
        (("--by", "clip"), "unknown field in which these runs differ 'clip'; "),
        (("--emergence", "--checkpoint", "last"), "--emergence shows whole curves and no baseline"),
    ],
)
def test_what_is_not_there_is_one_sentence_and_exit_2(capsys, words, said):
    code, out, err = call(capsys, "table", "mine", *words)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"embexp: {said}")


def test_a_baseline_of_an_earlier_version_says_what_to_write(capsys):
    with pytest.warns(FutureWarning, match="regime=glove-tuned is now written regime=tuned"):
        _, out, _ = call(capsys, "table", "mine", "--baseline", "glove-tuned", "--format", "json")
    assert {each["baseline"] for each in json.loads(out)} == {"tuned · glove"}
