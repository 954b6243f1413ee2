"""What is damaged, cut or no vector file is refused in one sentence; odd files are read."""

import bz2
import gzip
import lzma
from pathlib import Path

import numpy as np
import pytest
from vector_files import KINDS, SUFFIX, TABLE, WORDS, glove, written

from embexp import formats
from embexp.errors import InputError


def test_packed_by_content_whatever_the_name(tmp_path):
    for packed in gzip.compress(b"a 1 2\n"), bz2.compress(b"a 1 2\n"), lzma.compress(b"a 1 2\n"):
        (tmp_path / "vectors").write_bytes(packed)
        assert formats.read(tmp_path / "vectors")[0] == ["a"]


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        (["a 1 2", "b 1 2 3"], "line 2: 3 numbers follow the word where 2 are expected"),
        (["a 1 2", "b 1"], "line 2: 1 numbers follow the word where 2 are expected"),
        (["a 1 2", "b 1 nan"], "line 2: 'nan' is not a finite float32 number"),
        (["a 1 2", "b 1 -inf"], "line 2: '-inf' is not"),
        (["a 1 2", "b 1 1e39"], "line 2: '1e39' is not"),
        (["a 1 2", "b 1_0 2"], "line 2: '1_0' is not"),
        (["a 1 2", "b 1 x"], "line 2: 'x' is not"),
        (["a 1 2 3", "b 1  3"], "line 2: '' is not"),
        (["a 1 2 3", "b 1\x002 3 4"], "line 2: '1\\x002' is not"),
        (["a 1 2", " 1 2"], "line 2: the word '' is empty"),
        (["a 1 2", "b  1 2"], "line 2: the word 'b ' is empty or begins or ends with a space"),
        (["3 2", "a 1 2", "b 1 2"], "its header says 3 rows but it holds 2"),
        (["1 2", "a 1 2", "b 1 2"], "its header says 1 rows but it holds 2"),
        (["2 2"], "its header says 2 rows but it holds 0"),
        (["2 0", "a", "b"], "no header 'ROWS DIM' with both above 0"),
        (["a b c"], "neither 'ROWS DIM' nor a word and its numbers"),
        (["{", "1 2"], "neither"),
        ([""], "it is empty"),
    ],
)
def test_a_wrong_text_file_is_refused_with_its_line(tmp_path, lines, reason):
    path = glove(tmp_path, *lines)
    with pytest.raises(InputError) as caught:
        formats.read(path)
    assert str(path) in str(caught.value)
    assert reason in str(caught.value)


def test_an_empty_and_a_missing_file_are_refused(tmp_path):
    (tmp_path / "empty").touch()
    with pytest.raises(InputError, match="it is empty"):
        formats.read(tmp_path / "empty")
    with pytest.raises(InputError, match="there is no file"):
        formats.read(tmp_path / "missing")
    with pytest.raises(InputError, match="is a folder; give the path of a file"):
        formats.read(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "a 0.5 1\nb c 2 3\n. . . 4 5\n",
        "a 0.5 1 \r\nb c 2 3 \r\n. . . 4 5\r\n",
        "3 2\r\na 0.5 1\r\nb c 2 3\r\n. . . 4 5\r\n",
        "\ufeffa 0.5 1\nb c 2 3\n. . . 4 5",
        "a 0.5 1\n\nb c 2 3\n. . . 4 5\n\n",
        "\ufeff3 2\na 0.5 1\nb c 2 3\n. . . 4 5\n\n",
    ],
)
def test_words_with_spaces_line_ends_and_marks(tmp_path, text):
    path = tmp_path / "odd.txt"
    path.write_bytes(text.encode())
    words, table = formats.read(path)
    assert words == ["a", "b c", ". . ."]
    assert table.tolist() == [[0.5, 1], [2, 3], [4, 5]]
    assert formats.read(path, words=["b c", "b"])[0] == ["b c"]


def test_a_needed_word_is_a_whole_word(tmp_path):
    path = glove(tmp_path, "a b 1 2", "a 3 4", "c 5 x")
    assert formats.read(path, words=["a"])[1].tolist() == [[3, 4]]
    assert formats.read(path, words=["a b"])[1].tolist() == [[1, 2]]
    for absent in "b", "a b c", "\ud800":
        with pytest.raises(InputError, match="vectors of none"):
            formats.read(path, words=[absent])


def test_a_cut_last_number_is_refused_but_a_missing_newline_is_not(tmp_path):
    assert formats.read(glove(tmp_path, "a 1 2", "b 3 4", end=""))[1].tolist() == [[1, 2], [3, 4]]
    assert formats.read(glove(tmp_path, "a 0.5", "b", end=""), words=["a"])[1].tolist() == [[0.5]]
    with pytest.raises(InputError, match="seems cut in its last number"):
        formats.read(glove(tmp_path, "a 0.25 0.75", "b 0.5125 0.8", end=""))


def test_the_header_of_a_binary_file_must_be_right(tmp_path):
    path = written(tmp_path, "word2vec-binary")
    rows = path.read_bytes().partition(b"\n")[2]
    for header in b"14 7\n", b"16 7\n", b"15 6\n", b"15 8\n", b"15 999999999\n", b"0 7\n":
        path.write_bytes(header + rows)
        with pytest.raises(InputError, match=r"vectors\.bin"):
            formats.read(path)


@pytest.mark.parametrize(
    ("words", "table", "reason"),
    [
        (["a", "b"], np.ones((1, 2)), "distinct words and a row"),
        (["a", "a"], np.ones((2, 2)), "distinct words"),
        (["a"], np.full((1, 2), np.nan), "finite"),
        (["a"], np.full((1, 2), 1e39), "finite"),
        ([], np.ones((0, 2)), "a row"),
        ([""], np.ones((1, 2)), "cannot stand"),
        (["\ud800"], np.ones((1, 2)), "cannot stand"),
    ],
)
@KINDS
def test_what_could_not_be_read_back_is_not_written(tmp_path, kind, words, table, reason):
    path = tmp_path / f"vectors{SUFFIX[kind]}"
    path.write_text("as before")
    with pytest.raises(InputError, match=reason):
        formats.write(path, words, table)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["as before"]


@pytest.mark.parametrize("kind", ["word2vec", "glove", "word2vec-binary", "safetensors", "npz"])
def test_a_newline_cannot_stand_where_words_are_lines(tmp_path, kind):
    with pytest.raises(InputError, match="cannot stand"):
        formats.write(tmp_path / f"vectors{SUFFIX[kind]}", ["a\nb"], np.ones((1, 2)))


def test_a_name_without_a_format_and_a_missing_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"tells no vector format.*\.vec"):
        formats.write(tmp_path / "vectors.doc", WORDS, TABLE)
    with pytest.raises(InputError, match="did you mean 'glove'"):
        formats.write(tmp_path / "vectors.doc", WORDS, TABLE, format="glov")
    with pytest.raises(InputError, match="cannot be written: No such file or directory"):
        formats.write(tmp_path / "missing" / "vectors.txt", WORDS, TABLE)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        formats.write(tmp_path / "file" / "vectors.txt", WORDS, TABLE)
    formats.write(tmp_path / "vectors.doc", WORDS, TABLE, format="glove")
    assert formats.read(tmp_path / "vectors.doc")[0] == WORDS
    assert formats.suffix_format(Path("a.w2v.txt.gz")) == "word2vec"


@pytest.mark.parametrize(("kind", "binary"), [("word2vec", False), ("word2vec-binary", True)])
def test_gensim_reads_what_is_written(tmp_path, kind, binary):
    from gensim.models import KeyedVectors

    words = ["the", "и", "😀"]
    theirs = KeyedVectors.load_word2vec_format(
        str(written(tmp_path, kind, words, TABLE[:3])), binary=binary
    )
    assert theirs.index_to_key == words
    np.testing.assert_array_equal(theirs.vectors, TABLE[:3])


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("word2vec_c_text_10d.txt", b""),
        ("word2vec_text_300d_header.txt", b""),
        ("fasttext_cyrillic_5d.vec", b""),
        ("word2vec_c_binary_10d.bin", b""),
        ("glove.6B.50d.first-words.txt", b"76 50\n"),
        ("glove.6B.100d.sample100.txt.gz", b"100 100\n"),
    ],
)
def test_real_files_read_as_gensim_reads_them(data_dir, tmp_path, name, header):
    from gensim.models import KeyedVectors

    path = data_dir / "vectors" / "format-samples" / name
    content = path.read_bytes()
    (tmp_path / "theirs").write_bytes(
        header + (gzip.decompress(content) if name.endswith(".gz") else content)
    )
    theirs = KeyedVectors.load_word2vec_format(
        str(tmp_path / "theirs"), binary=name.endswith(".bin")
    )
    words, table = formats.read(path)
    assert words == theirs.index_to_key
    np.testing.assert_array_equal(table, theirs.vectors)
