"""Texts on which arms disagree are those whose probabilities differ most, in a plain loop."""

import json
from pathlib import Path

import numpy as np
import pytest
import small_corpus
from commands import call
from report_runs import ended

from embexp import records, run, trained
from embexp.comparing.disagreements import disagreements
from embexp.comparing.page import page_of
from embexp.errors import InputError
from embexp.measures.task import task_measures, task_scores
from embexp.records import Row
from embexp.report import disagreement
from embexp.report.disagreement import KnownTexts

small = small_corpus.small
TEXTS = 40
LABELS = np.arange(TEXTS) % 2
NASTY = "<script>alert(1)</script> " * 30


def probabilities(arm: str, seed: int) -> np.ndarray:
    return np.random.default_rng([seed, len(arm)]).uniform(0.02, 0.98, TEXTS)


def write(folder: Path, arm: str, seed: int, **spec: object) -> None:
    right = probabilities(arm, seed)
    logits = np.zeros((TEXTS, 2), np.float32)
    logits[np.arange(TEXTS), LABELS] = np.log(right / (1 - right))
    run = ended({"encoder": "mean", "seed": seed, **spec}, arm, data={"corpus": "c"})
    rows = [
        Row(run.digest, run.run, 8, "test", name, *value)
        for name, value in task_measures(logits, LABELS)
    ]
    scores = {
        name: each if each.dtype == bool else each.astype(np.float16)
        for name, each in task_scores(logits, LABELS)
    }
    records.append(folder, rows, run, [records.write_scores(folder, run.digest, scores)])


def shown(folder: Path, known: KnownTexts | None = None, lacking: str = "no corpus"):
    found = records.read(folder)
    scores = records.scores_of(folder, found.runs)

    def texts() -> KnownTexts:
        if known is None:
            raise InputError(lacking)
        return known

    return disagreement.table(found.rows, found.runs, scores, texts)


def test_texts_are_those_whose_mean_probability_differs_most(tmp_path: Path) -> None:
    for seed in range(3):
        for arm in ("frozen · glove", "random", "random-labels", "baseline: tf-idf"):
            write(tmp_path, arm, seed)
        write(tmp_path, "random", seed, encoder="cnn")
    table = shown(tmp_path)
    assert [grid.title for grid in table.summary] == ["mean / frozen · glove against random"]
    means = [
        np.mean([probabilities(arm, seed) for seed in range(3)], axis=0)
        for arm in ("frozen · glove", "random")
    ]
    wanted = sorted(range(TEXTS), key=lambda i: -abs(means[0][i] - means[1][i]))[:10]
    assert [each["place"] for each in table.objects] == wanted
    first = table.objects[0]
    assert first["probability"] == pytest.approx(means[0][wanted[0]], abs=2e-3)
    assert first["other_probability"] == pytest.approx(means[1][wanted[0]], abs=2e-3)
    right = [probabilities("random", seed)[wanted[0]] > 0.5 for seed in range(3)]
    assert first["other_right"] == pytest.approx(np.mean(right))
    assert table.summary[0].body[0][0] == str(wanted[0])
    assert table.summary[0].body[0][-1] == f"{sum(right)}/3"
    assert table.caption[-1].endswith("Not shown: no corpus.")


def test_texts_and_labels_are_shown_cut_and_on_one_line(tmp_path: Path) -> None:
    for arm in ("frozen · glove", "random"):
        write(tmp_path, arm, 0)
    known = KnownTexts([f"text {i}\n{'x' * i * 20}" for i in range(TEXTS)], ["a", "b"] * 20)
    table = shown(tmp_path, known)
    assert table.summary[0].header[:2] == ("text", "label")
    for each, line in zip(table.objects, table.summary[0].body, strict=True):
        assert line[0].startswith(f"text {each['place']} ")
        assert len(line[0]) <= disagreement.LONGEST + 2
        assert line[1] == each["label"] == "ab"[each["place"] % 2]
    fewer = shown(tmp_path, KnownTexts(known.texts[1:], known.labels[1:]))
    assert "more texts, or fewer" in fewer.caption[-1]
    assert fewer.objects[0]["text"] is None


def test_it_says_when_there_is_nothing_to_compare(tmp_path: Path) -> None:
    write(tmp_path, "random", 0)
    write(tmp_path, "frozen · glove", 0, head="numbers")
    with pytest.raises(InputError, match="no two arms with the loss of each test text"):
        shown(tmp_path)


@pytest.mark.slow
def test_texts_come_from_the_corpus_in_the_order_of_their_scores(small, tmp_path, capsys) -> None:
    corpus = small_corpus.write_texts(tmp_path / "corpus")
    lines = (corpus / "test.csv").read_text().splitlines()
    (corpus / "test.csv").write_text("\n".join([*lines, f"good {NASTY},neg"]) + "\n")
    specs = [
        spec.model_copy(update={"corpus": str(corpus)})
        for spec in small.specs(regime=["random", "frozen"], seed=0)
    ]
    run(specs, results=tmp_path / "runs", save_models=True)
    assert call("table", str(tmp_path / "runs"), "--disagree", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert {each["arm"] for each in found} == {"frozen · vectors.txt"}
    models = {spec.arm: trained(spec, results=tmp_path / "runs") for spec in specs}
    for each in found:
        for name in ("", "other_"):
            model = models[each["other" if name else "arm"]]
            (shares,) = model.predict_proba([each["text"]])
            right = shares[model.classes.index(each["label"])]
            assert each[f"{name}probability"] == pytest.approx(right, rel=0.1)
    page = page_of(tmp_path / "runs", "embexp report runs")
    assert "Texts on which arms disagree" in page
    assert NASTY.split()[0] not in page.split("Texts on which arms disagree")[1].split("<h2>")[0]
    (corpus / "test.csv").write_text("\n".join(lines) + "\n")
    table = disagreements(tmp_path / "runs", records.read(tmp_path / "runs"))
    assert "is not the corpus that these runs were made from" in table.caption[-1]
    assert call("table", str(tmp_path / "runs"), "--disagree", "--by", "encoder") == 2
    assert "--disagree shows texts at the selected step" in capsys.readouterr().err
