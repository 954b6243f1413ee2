"""A corpus into a vocabulary that is closed, or open to words that training does not
show; open rows are never trained."""

import numpy as np
import pytest

from embexp.spec import make
from embexp.sweep.group import run_group
from embexp.sweep.material import material_of
from embexp.sweep.task import task_of
from embexp.words import Vectors

SMALL = {"batch": 4, "buckets": 2, "epochs": 2, "rate": 0.05, "lexicon": None}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """Splits of which the later ones have words of their own; `once` stands in training
    a single time."""
    folder = tmp_path_factory.mktemp("open")
    splits = {
        "train": ["good film,1", "bad film,0"] * 6 + ["once good,1"],
        "validation": ["good movie,1", "bad movie,0"],
        "test": ["nice once,1", "bad talkie,0"],
    }
    for name, lines in splits.items():
        (folder / f"{name}.csv").write_text(
            "text,label\n" + "\n".join(lines) + "\n", encoding="utf-8"
        )
    words = ["good", "bad", "film", "movie", "nice", "talkie", "himalaya", "alps"]
    Vectors(words, np.random.default_rng(0).normal(size=(len(words), 5))).write(
        folder.parent / "open-vectors.txt"
    )
    (folder.parent / "pairs.tsv").write_text(
        "film\tmovie\t9\nalps\thimalaya\t8\nonce\tbad\t1\n", encoding="utf-8"
    )
    return {
        "corpus": str(folder),
        "vectors": str(folder.parent / "open-vectors.txt"),
        "similarity": (str(folder.parent / "pairs.tsv"),),
        "cosines": ("alps:nowhere",),
    }


def of(corpus, vocabulary: str, **fields):
    return make(
        **{
            **SMALL,
            **corpus,
            "regime": "glove-tuned",
            "encoder": "mean",
            "seed": 0,
            "vocabulary": vocabulary,
            **fields,
        }
    )


def test_a_closed_vocabulary_is_that_of_training_and_an_open_one_adds_what_training_does_not_show(
    corpus,
):
    closed, opened = (material_of(of(corpus, name)).vocabulary for name in ("training", "open"))
    assert closed.words == ["<pad>", "<unk>", "film", "good", "bad"]
    assert opened.words == [
        *closed.words,
        "movie",
        "nice",
        "talkie",
        "alps",
        "himalaya",
        "nowhere",
    ]  # `once` is too rare in training
    assert opened.counts.tolist() == [*closed.counts, 0, 0, 0, 0, 0, 0]
    wide = material_of(of(corpus, "open", min_count=1)).vocabulary
    assert "once" in wide
    assert wide.counts[wide.index["once"]] == 1


def test_open_rows_are_measured_and_no_training_moves_them(corpus):
    spec = of(corpus, "open")
    outcome = run_group(task_of(spec), [spec], size=1)[0]
    last = {name: value for step, split, name, value in outcome.values if split == "words"}
    (pairs,) = (value for name, value in last.items() if "pairs" in name)
    assert (pairs.n, pairs.total) == (2, 3)
    moved = last["top1_share"]
    assert (moved.n, moved.total) == (3, 9)  # good, bad and film


def test_an_open_vocabulary_serves_taggers_too(tmp_path):
    for split, words in (
        ("train", ["anna N", "walks O"] * 4),
        ("dev", ["bob N", "walks O"]),
        ("test", ["eve N", "runs O"]),
    ):
        (tmp_path / f"{split}.conll").write_text("\n".join([*words, ""]) + "\n", encoding="utf-8")
    spec = make(
        corpus=str(tmp_path),
        head="tags",
        vocabulary="open",
        regime="random",
        encoder="lstm",
        seed=0,
        vectors=None,
        dim=4,
    )
    vocabulary = material_of(spec).vocabulary
    assert {"bob", "eve", "runs"} <= set(vocabulary.words)
    assert vocabulary.counts[vocabulary.index["eve"]] == 0
