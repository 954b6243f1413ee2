"""Whole runs over other tokens than words: the table, the new texts and the model that results."""

import csv
import random
from pathlib import Path

import numpy as np
import pytest
from commands import call
from test_vectors_language_models import DIM, write_tensors

from embexp import grid, load_corpus, run, trained
from embexp.errors import InputError
from embexp.grids import make
from embexp.runner.predict import predict
from embexp.vectors.registry import load_vectors

pytestmark = pytest.mark.slow  # compiling
GOOD, BAD, OTHER = "很好非常喜欢", "太差非常失望", "这家店的菜价格服务味道"
SMALL = {
    "batch_size": 8,
    "buckets": 2,
    "epochs": 3,
    "learning_rate": 0.05,
    "lexicon": None,
    "tracked_pairs": (),
    "similarity": (),
    "seed": 0,
    "encoder": "mean",
}


@pytest.fixture(scope="module")
def texts(tmp_path_factory) -> Path:
    """Reviews in Chinese, some with a word in Latin letters, and their labels."""
    rng = random.Random(0)
    file = tmp_path_factory.mktemp("texts") / "reviews.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["text", "label"])
        for number in range(240):
            telling = GOOD if number % 2 else BAD
            letters = rng.choices(OTHER, k=6) + rng.choices(telling, k=3)
            rows.writerow(["".join(letters) + rng.choice(["", " film", ", OK!"]), number % 2])
    return file


@pytest.fixture(scope="module")
def model(texts, tmp_path_factory) -> Path:
    """A language model's folder whose tokenizer was learnt from the same reviews."""
    from embexp.data.tokenizers import tokenizer

    folder = tmp_path_factory.mktemp("model")
    learnt = tokenizer("trained:bpe,size=60", load_corpus(str(texts)).splits["train"].texts)
    learnt.tokenizer.save(str(folder / "tokenizer.json"))
    table = np.random.default_rng(0).normal(size=(len(learnt.names), DIM)).astype(np.float32)
    write_tensors(folder / "model.safetensors", wte__weight=table)
    return folder


@pytest.mark.parametrize(
    "tokenizer",
    [
        *(pytest.param(name, marks=pytest.mark.long) for name in ("words", "characters")),
        *("trained:unigram,size=60", "hf"),
    ],
)
def test_new_texts_get_the_logits_of_the_run(texts, model, tmp_path, tokenizer):
    name = f"hf:{model}" if tokenizer == "hf" else tokenizer
    fields = SMALL | {"corpus": str(texts), "tokenizer": name}
    (spec,) = grid(**fields, vectors=f"hf:{model}", regime="tuned")
    rows = run([spec], results=tmp_path, save_models=True)
    (accuracy,) = {
        row["value"] for row in rows if (row["measure"], row["split"]) == ("accuracy", "test")
    }
    assert accuracy > 0.8
    found = trained(spec, results=tmp_path)
    test = load_corpus(str(texts)).splits["test"].texts
    expected = np.load(tmp_path / "logits" / f"{spec.digest}.npy")
    np.testing.assert_allclose(predict(found, test), expected, rtol=1e-4, atol=1e-5)


def test_a_tuned_table_goes_back_into_the_models_folder(texts, model, tmp_path):
    fields = SMALL | {"corpus": str(texts), "tokenizer": f"hf:{model}"}
    specs = grid(**fields, vectors=f"hf:{model}", regime=["tuned", "frozen"])
    run(specs, results=tmp_path, save_models=True)
    target = tmp_path / "tuned"
    command = ("vectors", "export", str(tmp_path), str(target), "--as-model", "--only")
    assert call(*command, "regime=tuned") == 0
    learned = trained(specs[0], results=tmp_path).vectors
    written = load_vectors(f"hf:{target}", learned.words)
    assert {*written.words} == {*learned.words}
    for word in learned.words:
        np.testing.assert_array_equal(written[word], learned[word])
    before = load_vectors(f"hf:{model}", learned.words)
    assert any((written[word] != before[word]).any() for word in learned.words)


def test_words_that_are_no_piece_are_said_to_have_no_row(texts, model, tmp_path, capsys):
    other = tmp_path / "other.csv"
    other.write_text(texts.read_text("utf-8").replace("film", "mil"), "utf-8")
    specs = grid(**SMALL, corpus=str(other), vectors=f"hf:{model}", regime="tuned")
    run(specs, results=tmp_path, save_models=True)
    assert call("vectors", "export", str(tmp_path), str(tmp_path / "new"), "--as-model") == 0
    words = trained(specs[0], results=tmp_path).vectors.words
    pieces = {*load_vectors(f"hf:{model},compose=none", words).words}
    said = capsys.readouterr()
    others = len(words) - len(pieces)
    assert others
    assert f"; {others} words are no piece of it" in said.out + said.err


def test_runs_that_started_elsewhere_have_no_model_to_go_back_to(texts, tmp_path, capsys):
    fields = SMALL | {"corpus": str(texts), "tokenizer": "characters", "vectors": None, "dim": 5}
    run(grid(**fields, regime="random"), results=tmp_path, save_models=True)
    assert call("vectors", "export", str(tmp_path), str(tmp_path / "new"), "--as-model") == 2
    assert "did not start from a language model" in capsys.readouterr().err


def test_vectors_can_be_trained_on_the_same_tokens(texts, tmp_path):
    fields = SMALL | {"corpus": str(texts), "tokenizer": "characters", "regime": "frozen"}
    (spec,) = grid(**fields, vectors="trained:ppmi-svd,dim=5")
    run([spec], results=tmp_path, save_models=True)
    found = trained(spec, results=tmp_path)
    assert {"好", "差"} < {*found.vectors.words}
    assert np.abs(found.vectors["好"]).sum() > 0


def test_compare_says_that_letters_are_no_words(texts, model, tmp_path, capsys):
    quick = ["--trials", "0", "--seeds", "1", "--regimes", "random", "--results", str(tmp_path)]
    own = ["--vectors", f"hf:{model}", "--set", "epochs=1", "batch_size=8"]
    assert call("compare", str(texts), *quick, *own) == 0
    said = capsys.readouterr().err
    assert "of the tokens are single characters of scripts without spaces" in said
    assert "those of Chinese, but simlex999, wordsim353, vader are lists of English" in said
    assert said.count("those of Chinese") == 1


def test_tags_keep_the_tokens_of_their_files():
    with pytest.raises(InputError, match="reads the tokens that its files have"):
        make(corpus="x", regime="random", encoder="lstm", seed=0, head="tags", tokenizer="unicode")


def test_a_mean_reads_the_order_of_words_where_pairs_of_them_are_tokens(tmp_path):
    """As in fastText; what tells classes apart is the same words."""
    rng, file = random.Random(0), tmp_path / "order.csv"
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(["text", "label"])
        for number in range(240):
            told = "not bad but good" if number % 2 else "not good but bad"
            others = " ".join(rng.choices(["film", "plot", "end", "cast", "song"], k=4))
            rows.writerow([f"{told} {others}", number % 2])
    about = SMALL | {"learning_rate": 0.1, "epochs": 20, "buckets": 1, "optimiser": "lazy-adam"}
    about |= {"corpus": str(file), "vectors": None, "dim": 8, "regime": "random"}
    cuts = ["words", "ngrams:buckets=500,letters=3-4"]
    found = {
        row["digest"]: row["value"]
        for row in run(grid(tokenizer=cuts, **about), results=tmp_path / "runs")
        if (row["split"], row["measure"], row["stratum"]) == ("test", "accuracy", "all")
    }
    by_words, by_pairs = (found[spec.digest] for spec in grid(tokenizer=cuts, **about))
    assert by_words < 0.7
    assert by_pairs == 1.0
