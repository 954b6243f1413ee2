"""Neighbours and sums of words are gensim's, and tables go to gensim and back."""

import numpy as np
import pytest
from gensim.models import FastText, KeyedVectors

from embexp import formats
from embexp.errors import InputError
from embexp.formats.subwords import Subwords
from embexp.words import Vectors

WORDS = [f"w{i}" for i in range(60)]
VECTORS = Vectors(WORDS, np.random.default_rng(0).normal(size=(60, 8)))


def keyed():
    theirs = KeyedVectors(8)
    theirs.add_vectors(WORDS, VECTORS.table)
    return theirs


def same(ours, theirs):
    assert [word for word, _ in ours] == [word for word, _ in theirs]
    np.testing.assert_allclose(
        [cosine for _, cosine in ours], [cosine for _, cosine in theirs], rtol=1e-5, atol=1e-6
    )


@pytest.mark.parametrize("k", [1, 7, 59])
def test_neighbours_are_gensims(k):
    same(VECTORS.neighbors("w3", k), keyed().most_similar("w3", topn=k))


def test_sums_of_words_are_gensims():
    same(
        VECTORS.neighbors({"w1": 1, "w2": -1, "w3": 1}, 5),
        keyed().most_similar(positive=["w1", "w3"], negative=["w2"], topn=5),
    )
    same(
        VECTORS.neighbors({"w1": 2, "w2": -0.5}, 5),
        keyed().most_similar(positive=[("w1", 2)], negative=[("w2", -0.5)], topn=5),
    )


def test_the_words_asked_for_are_left_out_and_k_is_bounded():
    found = VECTORS.neighbors({"w1": 1, "w2": 1}, 1000)
    assert len(found) == 58
    assert not {"w1", "w2"} & {word for word, _ in found}


def test_rows_of_zeros_and_sums_that_vanish_have_no_direction():
    vectors = Vectors(["a", "b", "zero"], np.array([[1.0, 0], [2, 0], [0, 0]]))
    assert vectors.neighbors("a") == [("b", 1.0), ("zero", 0.0)]
    with pytest.raises(InputError, match="a, b give a vector of length zero"):
        vectors.neighbors({"a": 1, "b": -1})
    with pytest.raises(InputError, match="zero give a vector of length zero"):
        vectors.neighbors("zero")


def test_unknown_words_and_none_are_refused():
    with pytest.raises(InputError, match="unknown word 'w99'"):
        VECTORS.neighbors({"w1": 1, "w99": -1})
    with pytest.raises(InputError, match="no word"):
        VECTORS.neighbors({})


def test_gensims_vectors_come_and_go():
    ours = Vectors.from_keyed_vectors(keyed())
    assert ours.words == WORDS
    assert ours.table.tobytes() == VECTORS.table.tobytes()
    assert ours.subwords is None
    theirs = ours.to_keyed_vectors()
    assert theirs.most_similar("w5")[0][0] == ours.neighbors("w5")[0][0]
    np.testing.assert_array_equal(theirs["w9"], VECTORS["w9"])
    assert "w9" in theirs
    assert theirs.index_to_key == WORDS


def test_gensims_fasttext_brings_its_n_grams():
    theirs = FastText(
        [["alpha", "beta", "gamma"]] * 5,
        vector_size=6,
        min_count=1,
        min_n=2,
        max_n=4,
        bucket=100,
        epochs=2,
        workers=1,
    ).wv
    ours = Vectors.from_keyed_vectors(theirs)
    np.testing.assert_array_equal(ours["beta"], theirs["beta"])
    assert ours.subwords is not None
    np.testing.assert_allclose(ours.subwords.vector("betas"), theirs["betas"], rtol=1e-5, atol=1e-7)


def test_n_grams_go_through_a_file(tmp_path):
    grams = Subwords(3, 6, 40, np.random.default_rng(1).normal(size=(40, 8)).astype(np.float32))
    vectors = Vectors(WORDS, VECTORS.table, grams)
    vectors.write(tmp_path / "own.safetensors")
    found = Vectors.read(tmp_path / "own.safetensors")
    assert found.table.tobytes() == vectors.table.tobytes()
    assert found.subwords is not None
    np.testing.assert_array_equal(found.subwords.vector("unseen"), grams.vector("unseen"))
    vectors.write(tmp_path / "own.vec")
    assert Vectors.read(tmp_path / "own.vec").subwords is None
    assert formats.contents(tmp_path / "own.vec").table.tobytes() == vectors.table.tobytes()
