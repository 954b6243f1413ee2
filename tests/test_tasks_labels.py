"""Tasks whose labels are numbers or sets of classes, and pairs of texts, from file to answer."""

import csv
import json
import random

import jax.numpy as jnp
import numpy as np
import pytest
import small_corpus
from commands import call
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge
from sklearn.model_selection import PredefinedSplit, cross_val_score
from sklearn.pipeline import make_pipeline

from embexp import Spec, grid, records, run, trained
from embexp.baselines import BASELINES
from embexp.errors import InputError
from embexp.models.pairs import compared
from embexp.runner.baseline_texts import read
from embexp.runner.baselines import run_baselines
from embexp.runner.predict import predict
from embexp.tasks import folds_of, prepare_task
from embexp.tasks.encoded import read_corpus

small = small_corpus.small
FIELDS = {
    "vectors": None,
    "dim": 6,
    "regime": "random",
    "encoder": "mean",
    "seed": 0,
    "learning_rate": 0.05,
    "epochs": 12,
    "similarity": (),
    "relations": None,
    "lexicon": None,
}
GOOD, BAD, OTHER = ["good", "great", "fine"], ["bad", "dull", "poor"], ["a", "film", "the", "plot"]


def rows_of(count: int = 240):
    """Texts with a number from 10 to 16, any of two classes, and a second text with its class."""
    rng = random.Random(0)
    for _ in range(count):
        good, bad = rng.randint(0, 3), rng.randint(0, 3)
        words = [*rng.choices(GOOD, k=good), *rng.choices(BAD, k=bad), *rng.choices(OTHER, k=3)]
        rng.shuffle(words)
        praised = rng.random() < 0.5
        second = rng.choices(GOOD if praised else BAD, k=2) + rng.choices(OTHER, k=2)
        names = ["praise"] * (good > 0) + ["blame"] * (bad > 0)
        yield {
            "text": " ".join(words),
            "second": " ".join(second),
            "number": 13 + good - bad,
            "set": ", ".join(names),
            "second set": "good" if praised else "bad",
        }


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("labels") / "rows.csv"
    with path.open("w", newline="", encoding="utf-8") as target:
        writer = csv.DictWriter(target, ["text", "second", "number", "set", "second set"])
        writer.writeheader()
        writer.writerows(rows_of())
    return str(path)


def spec_of(file, **fields) -> Spec:
    (spec,) = grid(corpus=file, **FIELDS | fields)
    return spec


def values(folder) -> dict[str, float]:
    rows = records.read_rows(folder)
    return {row["measure"]: row["value"] for row in rows if row["split"] == "test"}


CASES = {
    "numbers": {"head": "regression", "label": "number"},
    "sets": {"head": "multi-label", "label": "set"},
    "pairs": {"label": "second set", "second": "second"},
}
LEARNT = {"numbers": ("pearson", 0.8), "sets": ("macro_f1", 0.8), "pairs": ("accuracy", 0.9)}


@pytest.mark.slow
@pytest.mark.parametrize("kind", CASES)
def test_a_task_is_learnt_saved_and_predicted(file, kind, tmp_path):
    spec = spec_of(file, **CASES[kind])
    run(spec, results=tmp_path, save_models=True)
    name, least = LEARNT[kind]
    assert values(tmp_path)[name] > least
    logits = np.load(tmp_path / "logits" / f"{spec.digest}.npy")
    model = trained(spec, results=tmp_path)
    texts = read_corpus(spec).splits["test"].texts
    np.testing.assert_allclose(predict(model, texts), logits, rtol=1e-4, atol=1e-4)


def test_numbers_are_learnt_and_measured_in_their_own_unit(file, tmp_path):
    spec = spec_of(file, **CASES["numbers"])
    run(spec, results=tmp_path)
    task = prepare_task(spec)
    assert task.scale.mean == pytest.approx(task.train.labels.mean())
    found = values(tmp_path)
    assert found["squared_error"] < np.var(task.test.labels)
    assert found["absolute_error"] < 2


def test_sets_may_be_empty_and_are_read_from_lists_and_texts_alike(tmp_path):
    rows = [{"text": f"word{n} other", "label": ["a", "b"][: n % 3]} for n in range(40)]
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    other = tmp_path / "rows.csv"
    lines = [f'{row["text"]},"{", ".join(row["label"])}"' for row in rows]
    other.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    tasks = [prepare_task(spec_of(str(each), head="multi-label")) for each in (path, other)]
    assert tasks[0].classes == ("a", "b")
    for name in ("train", "validation", "test"):
        one, two = (getattr(task, name).labels for task in tasks)
        np.testing.assert_array_equal(one, two)
    every = np.concatenate(
        [tasks[0].train.labels, tasks[0].validation.labels, tasks[0].test.labels]
    )
    assert sorted(every.sum(axis=1).tolist()) == sorted([0, 1, 2] * 13 + [0])


def test_the_features_of_a_pair_are_those_of_both_texts(file):
    spec = spec_of(file, **CASES["pairs"])
    task = prepare_task(spec)
    ids = task.train.ids
    words = [task.vocabulary.words[each] for each in ids.flat[: ids.offsets[1]]]
    first, second = words[: task.train.seconds[0]], words[task.train.seconds[0] :]
    row = next(row for row in rows_of() if row["text"].split() == first)
    assert row["second"].split() == second
    u, v = jnp.array([[1.0, -2.0]]), jnp.array([[3.0, 2.0]])
    assert compared(u, v).tolist() == [[1, -2, 3, 2, 2, 4, 3, -4]]


def test_sides_of_a_pair_are_cut_and_swapped_by_themselves(file):
    task = prepare_task(spec_of(file, **CASES["pairs"], max_length=2))
    assert task.train.ids.lengths.max() == 4
    assert set(task.train.seconds.tolist()) == {2}


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"head": "regression", "label": "second set"},
            "which is no number; leave head out for classes",
        ),
        (
            {"head": "regression", "label": "number", "output_activation": "sigmoid"},
            "leave output_",
        ),
        ({"label": "second set", "second": "secnd"}, "has no column 'secnd'"),
        (
            {"label": "second set", "second": "second", "head": "two-outputs"},
            "come in pairs; leave head",
        ),
        (
            {"label": "second set", "second": "second", "padding": "pre", "max_length": 5},
            "come in pairs; leave padding out",
        ),
    ],
)
def test_what_does_not_fit_the_labels_is_refused_in_one_sentence(file, fields, sentence):
    with pytest.raises(InputError, match=sentence):
        prepare_task(spec_of(file, **fields))


@pytest.mark.parametrize(
    ("lines", "fields", "sentence"),
    [
        (["a,,1"], {}, "rows.csv, line 42 has a pair with an empty side"),
        (["a,b,"], {}, "has no label in column 'label'"),
        (
            ["a,b,inf"],
            {"head": "regression"},
            r"rows.csv, line 42 has the label 'inf' in column 'label', which is no number",
        ),
    ],
)
def test_a_broken_row_is_refused_with_its_place(tmp_path, lines, fields, sentence):
    good = [f"text{n} a,second{n} b,{n % 2}" for n in range(40)]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(["text,other,label", *good, *lines]), encoding="utf-8")
    with pytest.raises(InputError, match=sentence):
        prepare_task(spec_of(str(path), second="other", **fields))


def test_numbers_that_are_all_the_same_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("text,label\n" + "".join(f"word{n},3\n" for n in range(20)), encoding="utf-8")
    with pytest.raises(InputError, match="all its numbers are 3, so there is nothing to learn"):
        prepare_task(spec_of(str(path), head="regression"))


def test_the_best_head_of_a_frozen_mean_is_a_ridge_regression_on_both_texts(file, small):
    words = sorted({word for row in rows_of() for word in f"{row['text']} {row['second']}".split()})
    path = small.folder / "own.txt"
    table = np.random.default_rng(1).normal(size=(len(words), 4))
    lines = [f"{word} {' '.join(map(str, row))}" for word, row in zip(words, table, strict=True)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    fields = {"label": "number", "second": "second", "head": "regression", "regime": "frozen"}
    spec = spec_of(file, **fields, vectors=str(path), dim=None)
    task = prepare_task(spec)
    texts = read(task, spec, means=True)
    train, test = texts(task.train), texts(task.test)
    place = {word: row for row, word in enumerate(words)}

    def own(split):
        parts = zip(np.split(split.ids.flat, split.ids.offsets[1:-1]), split.seconds, strict=True)
        for ids, second in parts:
            rows = table[[place[task.vocabulary.words[each]] for each in ids]]
            u, v = rows[:second].mean(axis=0), rows[second:].mean(axis=0)
            yield np.concatenate([u, v, abs(u - v), u * v])

    np.testing.assert_allclose(train.means, list(own(task.train)), rtol=1e-4, atol=1e-5)
    fitted = BASELINES["ridge-mean-vectors"].fit(train, texts(task.validation), 1)
    mean, spread = train.means.mean(axis=0), train.means.std(axis=0)
    model = Ridge(alpha=1 / fitted.chosen["C"]).fit((train.means - mean) / spread, train.labels)
    expected = model.predict((test.means - mean) / spread)
    np.testing.assert_allclose(fitted.score(test)[:, 0], expected, rtol=1e-6)


@pytest.mark.parametrize("kind", ["numbers", "sets"])
def test_baselines_of_the_kind_stand_beside_and_beat_the_one_that_reads_nothing(
    file, kind, tmp_path
):
    spec = spec_of(file, **CASES[kind])
    run_baselines([spec], results=tmp_path)
    runs, rows = records.read_runs(tmp_path), records.read_rows(tmp_path)
    name = {"numbers": "squared_error", "sets": "nll"}[kind]
    found = {
        runs[row["digest"]]["spec"]["regime"].removeprefix("baseline: "): row["value"]
        for row in rows
        if (row["measure"], row["split"]) == (name, "test")
    }
    nothing, texts = {
        "numbers": ("mean-number", "ridge-tf-idf"),
        "sets": ("base-rates", "sets-tf-idf"),
    }[kind]
    assert found.keys() == {nothing, texts}
    assert found[texts] < 0.7 * found[nothing]
    whole = spec.model_copy(update={"holdout": "none", "last_step": 9})
    task = prepare_task(whole)
    texts_of = read(task, whole, means=BASELINES[texts].reads == "means")
    train, folds = texts_of(task.train), folds_of(task.train.labels, 0)
    crossed = BASELINES[texts].cross_validated(train, folds, len(task.classes))
    assert crossed.loss < 0.7 * found[nothing]
    assert np.isfinite(crossed.score(texts_of(task.test))).all()
    if kind == "numbers":
        assert crossed.loss == pytest.approx(by_scikit_learn(train, folds, crossed.chosen))


def by_scikit_learn(train, folds, chosen) -> float:
    """The mean squared error over folds of ridge regression on TF-IDF, with such settings."""
    words = TfidfVectorizer(
        tokenizer=str.split,
        token_pattern=None,
        lowercase=False,
        ngram_range=(1, chosen["ngrams"]),
        sublinear_tf=True,
    )
    model = make_pipeline(words, Ridge(alpha=1 / chosen["C"]))
    scores = cross_val_score(
        model,
        [" ".join(text) for text in train.tokens],
        train.labels,
        scoring="neg_mean_squared_error",
        cv=PredefinedSplit(folds),
    )
    return -float(scores.mean())


@pytest.mark.long
@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "title"),
    [("numbers", "Pearson's r"), pytest.param("sets", "macro F1", marks=pytest.mark.long)],
)
def test_compare_answers_in_the_measure_of_the_labels(
    file, kind, title, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    own = CASES[kind]
    words = ["compare", file, "--label", own["label"], "--head", own["head"], "--trials", "0"]
    words += ["--seeds", "2", "--regimes", "random", "--set", "epochs=3"]
    assert call(*words, "--set", "vectors=null", "--set", "dim=4", "--format", "json") == 0
    *_, answer = json.loads(capsys.readouterr().out)
    assert f"chooses random (mean): {title} " in answer["answer"]


def test_classes_that_are_numbers_are_said_to_be_some(tmp_path):
    path = tmp_path / "ratings.csv"
    lines = [f"film number {each},{1 + each / 50:.2f}" for each in range(60)]
    path.write_text("\n".join(["text,label", *lines]), encoding="utf-8")
    with pytest.raises(
        InputError, match=r"class .* has 1 distinct text, .*; its 60 labels are numbers"
    ):
        prepare_task(spec_of(str(path)))
