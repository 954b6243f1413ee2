"""What a user is told of the data before work starts."""

from pathlib import Path

import pytest

from embexp import Spec
from embexp.data.labels import alike_notice
from embexp.tasks import Task, prepare_task
from embexp.tasks.notices import notices

TEXTS = [f"{text} {number}" for number in range(50) for text in ("a good film", "a bad plot")]


def told(folder: Path, texts: list[str], labels: list[str], holdout: str = "validation") -> list:
    """The notices of some texts."""
    path = folder / "texts.csv"
    lines = (f"{text},{label}" for text, label in zip(texts, labels, strict=True))
    path.write_text("\n".join(["text,label", *lines]) + "\n", encoding="utf-8")
    return [*notices(*made(path, holdout))]


def made(path: Path, holdout: str = "validation") -> tuple[Spec, Task]:
    """The spec of a run on some texts, and its task."""
    spec = Spec(
        corpus=str(path),
        regime="random",
        encoder="mean",
        vectors=None,
        dim=4,
        seed=0,
        holdout=holdout,
        similarity=(),
        lexicon=None,
        relations=None,
    )
    return spec, prepare_task(spec)


def test_of_usual_texts_nothing_is_told(tmp_path):
    assert told(tmp_path, TEXTS, ["1", "0"] * 50) == []


def test_labels_that_differ_by_case_are_told_by_name(tmp_path):
    (said,) = told(tmp_path, TEXTS, ["Pos", "neg", "pos", "neg"] * 25)
    assert "'Pos' and 'pos' are two classes" in said


@pytest.mark.parametrize("holdout", ["validation", "none"])
def test_texts_without_a_word_are_counted_once(tmp_path, holdout):
    said = told(tmp_path, [*TEXTS[4:], "!!!", "?", "…", ""], ["1", "0"] * 50, holdout)
    assert said == ["4 of its 100 texts have no word; they are kept as they are"]


def test_one_text_in_hundred_without_a_word_is_not_told(tmp_path):
    assert told(tmp_path, ["!!!", *TEXTS[1:]], ["1", "0"] * 50) == []


def test_test_texts_that_are_repeated_or_trained_on_are_counted(tmp_path):
    text, label = [*TEXTS[:60], *["a film"] * 40], ["1", "0"] * 50
    folder = tmp_path / "splits"
    folder.mkdir()
    for name, rows in (("train", slice(0, 58)), ("test", slice(48, 100))):
        lines = (f"{one},{other}" for one, other in zip(text[rows], label[rows], strict=True))
        (folder / f"{name}.csv").write_text("\n".join(["text,label", *lines]) + "\n")
    repeated, seen = notices(*made(folder))
    assert repeated.startswith("39 of its 52 test texts have the words of another one, and")
    assert seen == "10 of its 52 test texts have the words of one in training or validation"


def test_texts_of_unknown_words_are_not_taken_for_the_same(tmp_path):
    lines = "".join(f"new{number},{number % 2}\n" for number in range(50))
    (tmp_path / "test.csv").write_text("text,label\n" + lines)
    known = (f"{text},{number % 2}\n" for number, text in enumerate(TEXTS))
    (tmp_path / "train.csv").write_text("text,label\n" + "".join(known))
    assert [*notices(*made(tmp_path))] == []


def test_names_are_alike_by_unicode_s_folding():
    assert alike_notice(["STRASSE", "straße", "Weg"]) is not None
    assert alike_notice(["weg", "strasse"]) is None
