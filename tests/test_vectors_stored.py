"""Vectors in memory: read back by their name as they were, and what is refused."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors, Word2Vec

import embexp
from embexp.errors import InputError
from embexp.tasks import prepare_task
from embexp.vectors import registry

WORDS = ["good", "bad", "film", "naïve"]
TABLE = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)


def keyed(words: list[Any] = WORDS, table: np.ndarray = TABLE) -> KeyedVectors:
    made = KeyedVectors(table.shape[1])
    if words:
        made.add_vectors(words, table)
    return made


def test_keyed_vectors_are_read_back_bit_for_bit_under_a_name_of_their_own():
    name = embexp.vectors_of(keyed())
    assert name == embexp.vectors_of(keyed()) == embexp.vectors_of(embexp.Vectors(WORDS, TABLE))
    assert name != embexp.vectors_of(keyed(WORDS, TABLE * 2))
    assert name != embexp.vectors_of(keyed(WORDS[::-1]))
    read = registry.load_vectors(name)
    assert read.words == WORDS
    assert read.table.tobytes() == TABLE.tobytes()
    assert registry.load_vectors(name, ["film", "other"]).words == ["film"]
    assert registry.checksum(name).startswith(name.removeprefix("stored:"))


def test_a_start_table_has_the_vectors_in_memory():
    (spec,) = embexp.grid(
        corpus=embexp.corpus_of(([f"good bad film {number}" for number in range(20)], [0, 1] * 10)),
        vectors=embexp.vectors_of(keyed()),
        regime="frozen",
        encoder="mean",
        seed=0,
        lexicon=None,
        similarity=(),
    )
    task = prepare_task(spec)
    np.testing.assert_array_equal(task.vectors["bad"], TABLE[1])
    assert task.checksums["vectors"] == registry.checksum(spec.vectors)


def test_fasttext_keeps_its_n_grams():
    texts = [["alpha", "beta", "gamma"]] * 5
    model = FastText(texts, vector_size=4, min_count=1, bucket=50, epochs=1, workers=1)
    read = registry.load_vectors(embexp.vectors_of(model.wv))
    assert read.subwords is not None
    np.testing.assert_allclose(
        read.subwords.vector("betas"), model.wv["betas"], rtol=1e-5, atol=1e-7
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (lambda: keyed([], TABLE), "the KeyedVectors hold no word"),
        (lambda: keyed([1, 2, 3, 4]), "have 1 in row 0, which is no word of one line"),
        (lambda: keyed(["a", "b\nc", "d", "e"]), r"have 'b\\nc' in row 1"),
        (lambda: keyed(["a", "b", "", "e"]), "have '' in row 2"),
        (lambda: keyed(["a", "b\ud800", "d", "e"]), r"in row 1, which is no word"),
        (lambda: keyed(WORDS, TABLE * np.nan), "the vector of 'good' .* holds NaN"),
        (
            lambda: embexp.Vectors(["a", "a", "b", "c"], TABLE),
            "1 of the Vectors' words stand twice",
        ),
        (lambda: Word2Vec([WORDS] * 5, vector_size=2, min_count=1, workers=1), "give its .wv"),
        (lambda: "mine.vec", "a str is neither gensim's KeyedVectors nor embexp.Vectors"),
    ],
)
def test_a_mistake_is_said_in_one_sentence(given, said):
    with pytest.raises(InputError, match=said):
        embexp.vectors_of(given())


def test_names_that_are_not_in_the_cache_are_refused(tmp_path: Path, monkeypatch):
    monkeypatch.setenv("EMBEXP_CACHE", str(tmp_path))
    for name in ("stored:0123456789abcdef", "stored:../0123456789abcdef", "stored:"):
        with pytest.raises(InputError, match=r"is not in the cache .* under the same name"):
            registry.load_vectors(name)
