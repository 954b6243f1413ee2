"""Vectors trained on the task's corpus: what a name means, and what is refused."""

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.vectors.corpus_trained import corpus_trained_vectors, is_corpus_trained, parse
from embexp.vectors.train import train_vectors

TEXTS = ["the good film", "the bad film", "a good plot", "a bad plot"] * 8


def test_a_name_gives_a_method_and_numbers():
    assert parse("trained:skipgram") == ("skipgram", {})
    assert parse("trained:glove,dim=8,learning_rate=0.05,x_max=1e1") == (
        "glove",
        {"dim": 8, "learning_rate": 0.05, "x_max": 10.0},
    )
    assert is_corpus_trained("trained:glove")
    assert not is_corpus_trained("glove-6b-50d")


def test_they_are_what_training_on_the_texts_gives():
    ours = corpus_trained_vectors("trained:ppmi-svd,dim=2,window=2", TEXTS)
    reference = train_vectors(TEXTS, "ppmi-svd", min_count=2, dim=2, window=2)
    assert ours.words == reference.words
    np.testing.assert_array_equal(ours.table, reference.table)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("trained:skipgran", "did you mean 'skipgram'"),
        (
            "trained:skipgram,dim",
            "'dim' is not of the form name=number",
        ),
        ("trained:skipgram,dim=x", "not of the form name=number"),
        ("trained:ppmi-svd,dims=2", "dim"),
    ],
)
def test_wrong_names_are_refused(name, sentence):
    with pytest.raises(InputError, match=sentence):
        corpus_trained_vectors(name, TEXTS)
