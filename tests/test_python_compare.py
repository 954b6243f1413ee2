"""Comparisons asked for in Python: the same runs and numbers as the command's."""

import json
import sys
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import small_corpus
import tiny_experiment
from commands import call
from rich.console import Console

import embexp
from embexp import Comparison, InputError, Vectors, compare, progress
from embexp.comparing.compare import data_of
from embexp.records import Results
from embexp.report.formatting import Grid, Table

tiny, untrained = tiny_experiment.tiny, small_corpus.untrained
MINE = {"text": "review", "label": "stars"}
QUICK: dict[str, Any] = {"regimes": ["random", "tuned"], "seeds": 2, "trials": 1}
SETTINGS: dict[str, Any] = {"lexicon": None, "epochs": 1, "batch_size": 16, "buckets": 1}
COLUMNS = {"text": None, "label": None, "second": None, "header": True, "head": "classes"}
TEXTS = [f"a {word} film {number}" for number in range(5) for word in ("good", "bad")]
LABELS = ["pos", "neg"] * 5


@pytest.fixture(scope="module")
def found(tiny: Path) -> Comparison:
    own = {"vectors": tiny / "vectors.txt", "results": tiny / "runs"}
    return compare(tiny / "mine.csv", **MINE, **own, **QUICK, **SETTINGS)


@pytest.mark.slow
def test_the_command_finds_all_runs_made_and_says_the_same(
    found, tiny, capsys, monkeypatch, untrained
):
    monkeypatch.chdir(tiny)
    words = ["compare", str(tiny / "mine.csv"), "--vectors", str(tiny / "vectors.txt")]
    words += ["--text", "review", "--label", "stars", "--regimes", "random", "tuned"]
    words += ["--seeds", "2", "--trials", "1", "--format", "json"]
    settings = [f"{name}={json.dumps(value)}" for name, value in SETTINGS.items()]
    assert call(*words, "--set", *settings) == 0
    *rows, said = json.loads(capsys.readouterr().out)
    table = found.table()
    assert {*table.columns} == {name for each in rows for name in each}
    for name in ("arm", "measure", "mean", "low", "high", "difference", "n"):
        assert [None if pd.isna(value) else value for value in table[name]] == [
            each[name] for each in rows
        ]
    time = " All runs together"  # which grows where the best is trained again, to be saved
    assert found.answer.split(time)[0] == said["answer"].split(time)[0]
    assert found.answer.startswith("Cross-validation chooses")
    assert (found.sure, found.difference) == (said["sure"], said["difference"])
    assert (found.low, found.high) == (said["low"], said["high"])
    assert found.best.spec.regime == said["best"]["regime"]


@pytest.mark.slow
def test_of_several_saved_models_the_chosen_arm_s_predicts(found, tiny, tmp_path, capsys):
    own = {"vectors": tiny / "vectors.txt", "results": tmp_path, "save_models": True}
    again = compare(tiny / "mine.csv", **MINE, **own, **QUICK, **SETTINGS)
    assert len([*again.folder.glob("models/*")]) > 1
    (tmp_path / "new.txt").write_text("a great film\n\na dull story\n")
    words = ["predict", str(again.folder), str(tmp_path / "new.txt"), "--no-header"]
    assert call(*words) == 0
    _, *lines = capsys.readouterr().out.splitlines()
    classes = found.best.predict(["a great film", "", "a dull story"])
    assert [line.split("\t")[0] for line in lines] == classes.tolist()


@pytest.mark.slow
def test_the_best_arm_predicts_and_has_vectors(found, tiny, capsys, monkeypatch):
    monkeypatch.chdir(tiny)
    new = ["a great film", "a dull story"]
    (tiny / "new.csv").write_text("\n".join(["review", *new]) + "\n")
    assert call("predict", "mine", "new.csv", "--text", "review", "--format", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert found.best.predict(new).tolist() == [each["class"] for each in said]
    shares = [[*each["probabilities"].values()] for each in said]
    np.testing.assert_array_equal(found.best.predict_proba(new), shares)
    assert (
        found.best.predict(pd.Series(new, index=[5, 9])).tolist()
        == found.best.predict(new).tolist()
    )
    for wrong, said in (
        ("a great film", "not a single text"),
        (pd.DataFrame({"review": new}), r"shape \(2, 1\); give the column"),
        ([], "there are no texts"),
        (["a great film", None], "text 1 is None, of type NoneType"),
    ):
        with pytest.raises(InputError, match=said):
            found.best.predict(wrong)
    assert found.best.classes == ("0", "1")
    vectors = found.best.vectors
    keyed = vectors.to_keyed_vectors()
    assert np.shares_memory(keyed.vectors, found.best.table)
    assert np.shares_memory(Vectors.from_keyed_vectors(keyed).table, keyed.vectors)
    assert keyed.index_to_key == vectors.words


@pytest.mark.slow
def test_it_is_drawn_and_written_as_a_page(found, tmp_path):
    pytest.importorskip("matplotlib")
    assert found.figure().get_suptitle() == found.figure("plane").get_suptitle()
    with pytest.raises(InputError, match="unknown figure 'plan'; did you mean 'plane'"):
        found.figure("plan")
    page = found.report(tmp_path / "own.html")
    assert "embexp report" in page.read_text()
    assert found.report() == found.folder / "report.html"


@pytest.mark.slow
def test_it_shows_itself_briefly(found):
    assert repr(found).startswith("Comparison(2 arms, best mean · ")
    assert len(repr(found)) < 200
    html = found._repr_html_()
    assert "Cross-validation chooses" in html
    assert '<th scope="row">random</th>' in html


def test_text_from_data_is_escaped_where_it_shows_itself():
    grid = Grid("", ("regime",), (("<script>",),), 1)
    answer = {"answer": "chooses <b>x</b>", "sure": False}
    shown = Table("", ("<i>",), (grid,), (), ("<u>",), ({"arm": "x"},), answer)
    own = Comparison(Path("runs/\x1b[31m"), shown, Results([], {}, 0), None)
    html = own._repr_html_()
    assert not any(each in html for each in ("<script>", "<b>x", "<i>", "<u>"))
    assert "\x1b" not in repr(own)
    assert (own.answer, own.sure, own.difference) == ("chooses <b>x</b>", False, None)
    with pytest.raises(InputError, match="has no answer"):
        own.best  # noqa: B018 - the access is the test


def test_the_same_texts_in_any_form_are_the_same_data():
    frame = pd.DataFrame({"review": TEXTS, "stars": LABELS})
    as_lists = data_of(TEXTS, LABELS, COLUMNS)
    assert data_of(frame, None, COLUMNS | MINE) == as_lists
    assert data_of(frame["review"], frame["stars"], COLUMNS) == as_lists
    assert data_of((TEXTS, LABELS), None, COLUMNS) == as_lists
    assert as_lists["corpus"] == embexp.corpus_of((TEXTS, LABELS))
    assert data_of(Path("own.csv"), None, COLUMNS | MINE)["corpus"] == "own.csv"


@pytest.mark.parametrize(
    ("data", "labels", "options", "said"),
    [
        ("own.csv", LABELS, {}, "labels are given beside the path 'own.csv'"),
        (pd.DataFrame({"text": TEXTS}), LABELS, {}, "labels are given beside a DataFrame"),
        (TEXTS, None, {}, "no pair of lists"),
        (None, None, {}, "None was given for the data"),
        (TEXTS, LABELS[1:], {}, "10 texts but 9 labels"),
        (TEXTS, LABELS, {"second": "b"}, "second is of a file, but the data are a list"),
        (TEXTS, LABELS, {"head": "class"}, "unknown head 'class'; did you mean 'classes'"),
        (TEXTS, LABELS, {"seeds": 0}, "seeds 0 makes no runs"),
        (TEXTS, LABELS, {"trials": -1}, "trials -1 is no number of trials"),
        (TEXTS, LABELS, {"minutes": -1}, "minutes -1 is no time"),
        (TEXTS, LABELS, {"minutes": 1, "trials": 2}, "minutes begins with 4 trials"),
        (TEXTS, LABELS, {"splits": 0}, "splits 0 is no number of splits"),
        (TEXTS, LABELS, {"budgets": 3}, "budgets 3 is too few"),
        (TEXTS, LABELS, {"head": "tags"}, r"no tags of tokens \(head tags\)"),
        (TEXTS, LABELS, {"regimes": []}, "regimes is given without a value"),
        (TEXTS, LABELS, {"regime": "tuned"}, "regime is no setting here; give regimes"),
        (TEXTS, LABELS, {"seed": 1}, "seed is no setting here; give seeds"),
        (TEXTS, LABELS, {"learning_rat": 1.0}, "'learning_rat'; did you mean 'learning_rate'"),
        (TEXTS, LABELS, {"trails": 3}, "unknown argument 'trails'; did you mean 'trials'"),
        (TEXTS, LABELS, {"vectors": 3}, "a int is neither gensim's KeyedVectors nor"),
    ],
)
def test_mistakes_are_refused_before_any_training(data, labels, options, said, untrained, tmp_path):
    with pytest.raises(InputError, match=said):
        compare(data, labels, results=tmp_path, **options)
    assert [*tmp_path.iterdir()] == []


def test_progress_is_shown_in_a_notebook_in_one_place(monkeypatch):
    drawn: list[str] = []

    def text(shown: Any) -> str:
        console = Console(width=100)
        with console.capture() as caught:
            console.print(shown)
        return caught.get().strip()

    def display(shown: Any, *, display_id: bool) -> SimpleNamespace:
        assert display_id
        drawn.append(text(shown))
        return SimpleNamespace(update=update)

    def update(anew: Any, *, raw: bool = False) -> None:
        drawn.append(anew["text/plain"] if raw else text(anew))

    monkeypatch.setitem(sys.modules, "IPython.display", SimpleNamespace(display=display))
    monkeypatch.setattr(progress, "console", Console(force_jupyter=True))
    monkeypatch.setattr(progress.Place, "OFTEN", 0.0)
    with progress.saying("reading the data"):
        assert drawn == ["reading the data"]
    with progress.counting("training", 40) as advance:
        advance(10, "mean, 4 runs")
    assert drawn[1] == ""
    assert drawn[2].startswith("training")
    assert drawn[3].startswith("mean, 4 runs")
    assert "10/40" in drawn[3]
    assert drawn[4:] == [""]


def test_the_version_is_the_installed_one():
    assert embexp.__version__ == version("embexp")
