"""Saved models are read with what they were trained on, and never one for another."""

import shutil
from pathlib import Path

import pytest
import tiny_experiment
from commands import call

from embexp import compare, records, run
from embexp.cli.saved import saved_model
from embexp.comparing.tables import without
from embexp.report.answer import Answer

pytestmark = pytest.mark.slow  # compiling
tiny = tiny_experiment.tiny
NEW = "review\na great film\na dull story\n"
WORDS = ("new.csv", "--text", "review")


@pytest.fixture(scope="module")
def made(tiny: Path) -> Path:
    """A folder with a file of texts and a comparison of it, all models saved."""
    home = tiny / "here"
    home.mkdir()
    shutil.copy(tiny / "mine.csv", home)
    (home / "new.csv").write_text(NEW)
    settings = {"lexicon": None, "epochs": 1, "batch_size": 16, "buckets": 1}
    data = {"text": "review", "label": "stars", "vectors": tiny / "vectors.txt"}
    effort = {"regimes": ["random", "tuned"], "seeds": 2, "trials": 1}
    own = {"results": home / "runs", "save_models": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(home)
        compare("mine.csv", **data, **effort, **own, **settings)
    return home


@pytest.fixture
def here(made: Path, tmp_path: Path, monkeypatch) -> Path:
    """A copy that may be harmed."""
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return tmp_path / "copy"


def refused(capsys, *words: str) -> str:
    """The one sentence with which a command ends."""
    assert call(*words) == 2
    out, said = capsys.readouterr()
    assert out == ""
    assert said.count("\n") == 1
    return said


def test_texts_that_have_changed_since_training_are_not_read_as_its_words(here, capsys):
    assert call("predict", "mine", *WORDS) == 0
    lines = (here / "mine.csv").read_text().splitlines(keepends=True)
    (here / "mine.csv").write_text("".join(lines[:1] + lines[4:]))
    capsys.readouterr()
    said = refused(capsys, "predict", "mine", *WORDS)
    assert "corpus 'mine.csv' has changed since a model of " in said
    only = ("--only", "regime=tuned", "seed=0")
    assert "has changed" in refused(capsys, "vectors", "export", "mine", "new.vec", *only)
    assert not (here / "new.vec").exists()


def test_texts_that_are_not_there_are_named_as_those_of_training(here, capsys, monkeypatch):
    (here / "mine.csv").rename(here / "other.csv")
    said = refused(capsys, "predict", "mine", *WORDS)
    assert "is read with what it was trained on" in said
    assert "'mine.csv'" in said
    assert "no file 'none.csv'" in refused(capsys, "predict", "mine", "none.csv")


def test_no_other_model_is_taken_for_one_that_is_damaged(here, capsys):
    folder = here / "runs" / "mine"
    chosen = saved_model(folder, ())
    path = folder / "models" / f"{chosen.spec.digest}.npz"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert records.lost(folder, records.read_runs(folder)) == {chosen.spec.digest}
    assert "is damaged, so that another model" in refused(capsys, "predict", "mine", *WORDS)
    assert call("table", "mine") == 0
    assert "1 run is damaged and left out" in capsys.readouterr().out
    path.write_bytes(whole)
    assert records.lost(folder, records.read_runs(folder)) == set()
    assert saved_model(folder, ()).spec == chosen.spec


def test_an_answer_without_damaged_runs_is_not_sure():
    said = without(2, Answer("Validation chooses random.", {"regime": "random"}, sure=True))
    assert not said.sure
    assert said.answer.startswith("2 runs are damaged and left out, so that this may not hold:")
    assert said.answer.endswith("Validation chooses random.")


def test_a_run_is_named_without_the_settings_that_other_data_chose(here):
    folder = here / "runs" / "mine"
    asked = ("regime=random", "seed=0")
    own = saved_model(folder, asked).spec
    other = own.model_copy(update={"search": records.OTHER_DATA})
    run([other], results=folder, save_models=True)
    assert saved_model(folder, asked).spec == own
    named = f"search={records.OTHER_DATA}"
    assert saved_model(folder, (*asked, named)).spec.search == records.OTHER_DATA


def test_texts_without_a_known_word_are_counted(here, capsys):
    (here / "new.csv").write_text(NEW + "qqqq zzzz\n:-)\n")
    assert call("predict", "mine", *WORDS) == 0
    out, said = capsys.readouterr()
    assert len(out.splitlines()) == 5
    assert said.startswith("the model knows no word of 2 of 4 texts")


def test_a_model_is_shown_in_one_line(here):
    shown = repr(saved_model(here / "runs" / "mine", ("regime=random", "seed=0")))
    assert shown.startswith("Trained(mean · random · seed 0: ")
    assert len(shown) < 100
