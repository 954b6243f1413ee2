"""What fastText's program printed and gensim reads is what we read: models, n-grams, hashes."""

from pathlib import Path

import numpy as np
import pytest
from gensim.models.fasttext import load_facebook_vectors
from gensim.models.fasttext_inner import compute_ngrams_bytes, ft_hash_bytes
from gensim.test.utils import datapath

from embexp.formats.subwords import n_grams
from embexp.words import Vectors

THEIRS = pytest.mark.skipif(
    not Path(datapath("toy-model.bin")).exists(), reason="gensim came without its test data"
)


@THEIRS
@pytest.mark.parametrize(
    "name",
    [
        "lee_fasttext.bin",  # no magic number
        "non_ascii_fasttext.bin",  # no magic number
        "lee_fasttext_new.bin",
        "crime-and-punishment.bin",
        "toy-model.bin",
        "toy-model-pretrained.bin",  # an empty word
    ],
)
def test_gensims_own_models_are_read_as_gensim_reads_them(name):
    theirs = load_facebook_vectors(datapath(name))
    ours = Vectors.read(datapath(name))
    assert ours.words == [word for word in theirs.index_to_key if word]
    for word in ours.words:
        if word != "</s>":  # gensim gives it n-grams, which fastText's program does not
            np.testing.assert_allclose(ours[word], theirs[word], atol=1e-5)
    for word in "unheard-of", "нигде", "日本":
        np.testing.assert_allclose(ours.subwords.vector(word), theirs[word], atol=1e-5)


PRINTED = {
    "lee_fasttext.bin": {
        "hundred": "-0.57144 -0.0085561 0.15748 -0.67855 -0.25459 "
        "-0.58077 -0.09913 1.1447 0.23418 0.060007",
    },
    "crime-and-punishment.bin": {
        "steamtrain": "0.031988 0.022966 0.059483 0.094547 0.062693",
        "паровоз": "-0.0033987 0.056236 0.036073 0.094008 0.00085222",
        "rechtsschutzversicherungsgesellschaften": "-0.012889 0.029756 0.018020 0.099077 0.041939",
    },
    "toy-model.bin": {
        "quick": "0.023393 0.11499 0.11684 -0.13349 0.022543",
        "fox": "0.061692 0.082914 0.020081 -0.039159 0.03296",
        "lazy": "-0.022103 -0.020126 -0.033612 -0.049473 0.0054174",
    },
    "toy-model-pretrained.bin": {"monarchist": "0.76222 1.0669 0.7055 -0.090969 -0.53508"},
}


@THEIRS
@pytest.mark.parametrize("name", PRINTED)
def test_vectors_are_those_that_fasttext_printed(name):
    """By `fasttext print-word-vectors`, of words that the model lists and of others."""
    ours = Vectors.read(datapath(name))
    for word, printed in PRINTED[name].items():
        vector = ours[word] if word in ours else ours.subwords.vector(word)
        np.testing.assert_allclose(vector, np.fromstring(printed, sep=" "), rtol=1e-4)  # 5 digits


HASHES = {
    "команда": 1725507386,
    "маленьких": 3011324125,
    "друзей": 737001801,
    "возит": 4225261911,
    "грузы": 1301826944,
    "mysterious": 1903186891,
    "asteroid": 1988297200,
    "introduction": 2848265721,
    "北海道": 4096045468,
    "札幌": 3909947444,
    "西区": 3653372632,
}


@pytest.mark.parametrize("word", HASHES)
def test_hashes_are_those_of_fasttext(word):
    """With bytes above 127 taken as negative: fastText's program hashes a signed char."""
    hashes = n_grams([word.encode()], len(word), len(word))[1]
    assert HASHES[word] == ft_hash_bytes(word.encode())
    assert HASHES[word] in hashes.tolist()


PRINTED_GRAMS = {
    "test": "<te tes est st> <tes test est> <test test>",
    "тест": "<те тес ест ст> <тес тест ест> <тест тест>",
    "テスト": "<テス テスト スト> <テスト テスト> <テスト>",
    "試し": "<試し 試し> <試し>",
    "🚑🚒🚓🚕": "<🚑🚒 🚑🚒🚓 🚒🚓🚕 🚓🚕> <🚑🚒🚓 🚑🚒🚓🚕 🚒🚓🚕> <🚑🚒🚓🚕 🚑🚒🚓🚕>",
}


@pytest.mark.parametrize("word", PRINTED_GRAMS)
def test_n_grams_are_those_that_fasttext_printed(word):
    """By `fasttext print-ngrams`, of 3 to 5 characters."""
    expected = [gram.encode() for gram in PRINTED_GRAMS[word].split()]
    assert sorted(compute_ngrams_bytes(word, 3, 5)) == sorted(expected)
    hashes = n_grams([word.encode()], 3, 5)[1].tolist()
    assert sorted(hashes) == sorted(map(ft_hash_bytes, expected))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        (b"ab\xe6", [b"<ab", b"ab\xe6", b"b\xe6>"]),
        (b"a\x80b", [b"<a\x80b", b"a\x80b>"]),  # \x80 goes with the character before it
        (b"\x80ab", [b"<\x80ab", b"ab>"]),
        (b"\xd0\xd1", [b"<\xd0\xd1", b"\xd0\xd1>"]),
    ],
)
def test_broken_utf8_is_cut_where_fasttext_cuts_it(word, expected):
    """By hand from its `computeSubwords`: a byte 10xxxxxx continues a character."""
    hashes = n_grams([word], 3, 3)[1].tolist()
    assert sorted(hashes) == sorted(map(ft_hash_bytes, expected))
