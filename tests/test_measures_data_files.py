"""Word pairs and lexicons, by name and from a user's file, and what is said about broken ones."""

import gzip

import numpy as np
import pytest

from embexp.errors import InputError
from embexp.measures.lexicons import lexicon
from embexp.measures.pairs import similarity_pairs


@pytest.fixture
def nothing_beside(monkeypatch):
    monkeypatch.delenv("EMBEXP_DATA", raising=False)


@pytest.mark.parametrize(
    ("name", "pairs", "first"),
    [("simlex999", 999, ("old", "new", 1.58)), ("wordsim353", 353, ("love", "sex", 6.77))],
)
def test_packaged_pairs_need_no_data_folder(nothing_beside, name, pairs, first):
    read = similarity_pairs(name)
    assert len(read) == len(read.words1) == pairs
    assert (read.words1[0], read.words2[0], read.scores[0]) == first


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "pairs"),
    [("rg65", 65), ("mturk287", 287), ("verb143", 144), ("wordsim353-rel", 252), ("yp130", 130)],
)
def test_pairs_beside(data_dir, name, pairs):
    read = similarity_pairs(name)
    assert len(read) == pairs
    assert all(word == word.strip().lower() for word in read.words1 + read.words2)


@pytest.mark.parametrize(
    "content",
    [
        "Sun\tlight\t7\nold\tnew\t1.5\n",
        "\ufeffword1,word2,mean\r\n\r\nsun,light,7\r\n# remark\r\nold,new,1.5",
        "word1\tword2\tPOS\tSimLex999\tsd\nsun\tlight\tN\t7\t0.4\nold\tnew\tA\t1.5\t0.1\n",
        "sun light 7.0\nold new 1.5\n",
        '"word 1","word 2","score"\n"sun","light","7"\n"old","new","1.5"\n',
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_users_pairs(tmp_path, content, packed):
    path = tmp_path / "mine.tsv"
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    read = similarity_pairs(path)
    assert (read.name, read.words1, read.words2) == ("mine", ("sun", "old"), ("light", "new"))
    assert np.array_equal(read.scores, [7, 1.5])


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"a\tb\t1\nc\td\n", "line 2: expected two words and a number"),
        (b"a\tb\t1\nc\td\tnan\n", "line 2: expected two words and a number"),
        (b"a\tb\t1\n", "holds 1 word pairs"),
        (b"", "holds 0 word pairs"),
        (b"a\tb\t1\n\xff\tb\t2\n", "line 2: the bytes ff are not UTF-8"),
        (gzip.compress(b"a\tb\t1\nc\td\t2\n" * 99, mtime=0)[:-12], "fetch it again"),
    ],
)
def test_broken_pairs_are_refused_with_the_place(tmp_path, content, sentence):
    (tmp_path / "pairs.tsv").write_bytes(content)
    with pytest.raises(InputError, match=sentence):
        similarity_pairs(tmp_path / "pairs.tsv")


def test_unknown_names_and_missing_files_are_told_apart(nothing_beside):
    with pytest.raises(InputError, match="did you mean 'simlex999'"):
        similarity_pairs("simlex99")
    with pytest.raises(InputError, match=r"no similarity set file 'my\.tsv'"):
        similarity_pairs("my.tsv")
    with pytest.raises(InputError, match="set EMBEXP_DATA"):
        similarity_pairs("rg65")
    with pytest.raises(InputError, match="did you mean 'vader'"):
        lexicon("vadr")
    with pytest.raises(InputError, match=r"set EMBEXP_DATA to a folder that holds .* and "):
        lexicon("huliu")


def test_vader_equals_what_its_package_reads(nothing_beside):
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    read, theirs = lexicon("vader"), SentimentIntensityAnalyzer().lexicon
    assert len(read) > 7000
    assert all(theirs[word] == value for word, value in read.items())
    assert not {":)", "lol)", "o.o"} & read.keys()
    assert not any(" " in word for word in read)


@pytest.mark.data
def test_lexicons_beside_are_signed_by_polarity(data_dir):
    huliu, warriner = lexicon("huliu"), lexicon("warriner")
    assert len(huliu) == 2006 + 4783 - 2 * 3  # three words stand in both lists
    assert set(huliu.values()) == {-1, 1}
    assert "envious" not in huliu
    assert (huliu["good"], huliu["bad"]) == (1, -1)
    assert warriner["abandon"] < 0 < warriner["abalone"]
    assert warriner["aardvark"] == pytest.approx(1.26)


def test_a_users_lexicon(tmp_path):
    path = tmp_path / "mine.tsv"
    path.write_text("word\tvalence\nGood\t1.5\nbad\t-2\n")
    assert lexicon(path) == {"good": 1.5, "bad": -2}
    path.write_text("good\t1\nbad\n")
    with pytest.raises(InputError, match="line 2: expected a word"):
        lexicon(path)
    path.write_text("")
    with pytest.raises(InputError, match="holds no word"):
        lexicon(path)
